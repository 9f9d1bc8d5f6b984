"""A reader's connection: what SQL may do on it, and what it may take."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import duckdb
import pyarrow as pa
import pytest

from scholar_etl.errors import WarehouseError
from scholar_etl.model import Metrics, Observation, Paper, Profile
from scholar_etl.store import Warehouse, connect


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a published warehouse with one observation, to be copied."""
    path = tmp_path_factory.mktemp("made") / "scholar.duckdb"
    profile = Profile(
        "Ada", metrics=Metrics(h_index=1), papers=(Paper(1, "X", paper_id="title:x"),), listing_complete=True
    )
    observation = Observation(
        "scholarfeed:1",
        datetime(2026, 3, 1, tzinfo=UTC),
        profile,
        str(UUID(int=1)),
        "run",
        1,
        "scholarfeed",
        "https://example.org/author/1",
    )
    with Warehouse(path) as warehouse:
        warehouse.load([observation])
    return path


@pytest.fixture
def path(made: Path, tmp_path: Path) -> Path:
    """Return a copy of it, alone in a folder."""
    path = tmp_path / "published" / "scholar.duckdb"
    path.parent.mkdir()
    return Path(shutil.copy(made, path))


def files_in(folder: Path) -> dict[Path, bytes]:
    """Return every file below a folder with its content."""
    return {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()}


@pytest.mark.parametrize(
    "script",
    [
        "copy (select 1) to '{path}' (use_tmp_file false)",
        "copy (select 1) to '{path}.wal'",
        "copy (select 1) to '{folder}/new.csv'",
        "copy (select 1) to '/dev/stdout'",
        "export database '{folder}/export'",
        "use memory; detach scholar; attach '{path}' as again; delete from again.etl.observation",
        "use memory; detach scholar; attach '{path}' as again (read_only)",
        "attach '{path}' as again (read_only)",
        "attach '{folder}/new.duckdb'",
        "from read_blob('{path}')",
        "from read_duckdb('{path}', schema_name = 'etl', table_name = 'run')",
        "from read_text('/etc/hostname')",
        "from read_csv('/etc/hostname')",
        "from read_json('/etc/hostname')",
        "from '/etc/hostname'",
        "from glob('{folder}/*')",
        "from sniff_csv('/etc/hostname')",
        "from 'https://example.invalid/x.csv'",
        "from read_parquet('s3://bucket/x.parquet')",
        "install httpfs",
        "load httpfs",
        "load '{folder}/x.duckdb_extension'",
        "call start_ui()",
        "create persistent secret s (type s3, key_id 'a', secret 'b')",
        "select getenv('HOME')",
        "set enable_external_access = true",
        "reset disabled_filesystems",
        "set lock_configuration = false",
        "set memory_limit = '100GB'",
        "set temp_directory = '{folder}/spill'",
        "set allowed_directories = ['/']",
        "set python_enable_replacements = true",
        "pragma profiling_output = '{folder}/profile.json'",
        "call enable_logging(storage = 'file', storage_path = '{folder}/log')",
        "create table scholar.main.mine as select 1",
        "drop view authors",
        "delete from etl.observation",
    ],
)
def test_sql_reaches_nothing_but_the_warehouse(path: Path, script: str) -> None:
    """Each of these is refused, no file comes or changes, and readers see what they saw."""
    before = files_in(path.parent)
    with connect(path) as connection, pytest.raises(duckdb.Error):
        connection.execute(script.format(path=path, folder=path.parent))
    assert files_in(path.parent) == before
    with connect(path) as connection:
        assert connection.execute("select name from authors").fetchall() == [("Ada",)]


@pytest.mark.parametrize("call", ["execute", "sql", "query"])
def test_python_variables_are_no_tables(path: Path, call: str) -> None:
    """What the caller's frames hold stays the caller's; a table given on purpose is one."""
    mine = pa.table({"secret": [1]})
    with connect(path) as connection:
        with pytest.raises(duckdb.CatalogException):
            getattr(connection, call)("from mine")
        connection.register("given", mine)
        assert connection.execute("from given").fetchall() == [(1,)]


def test_a_query_fails_at_the_memory_limit(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not moved out to the disk, where nobody asked for files; the connection lives on."""
    monkeypatch.chdir(tmp_path)
    before = set(tmp_path.rglob("*"))
    with connect(path, memory_limit_mb=100) as connection:
        with pytest.raises(duckdb.OutOfMemoryException):
            connection.execute("select * from range(50_000_000) order by hash(range)").fetchone()
        assert set(tmp_path.rglob("*")) == before
        assert connection.execute("select count(*) from papers").fetchall() == [(1,)]


def test_a_memory_limit_that_is_none_is_refused(path: Path) -> None:
    """In one line of our own."""
    with pytest.raises(WarehouseError, match="cannot open the warehouse"):
        connect(path, memory_limit_mb=float("nan"))
