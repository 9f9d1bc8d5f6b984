"""Compaction and publication: what the writer does to its file, and what it must not do."""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from test_warehouse_files import capture, observe

from scholar_etl.errors import WarehouseError
from scholar_etl.fields import TABLES, VIEWS
from scholar_etl.files import replace_with_copy
from scholar_etl.model import JudgedCapture, Outcome, WatchedAuthor
from scholar_etl.store import Warehouse, compact, connect
from scholar_etl.store.sql import read_sql

DAYS = 6


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where a warehouse is published that holds something in every table."""
    path = tmp_path / "it's here" / "scholar.duckdb"
    with Warehouse(path) as warehouse:
        warehouse.sync_watch([WatchedAuthor("scholarfeed:1", "scholarfeed", "1", None, ("a",))])
        for day in range(DAYS):
            outcome = Outcome.QUARANTINED if day == 3 else Outcome.ACCEPTED
            given = [observe(day, h_index=day)] if outcome is Outcome.ACCEPTED else []
            warehouse.load(given, [JudgedCapture(capture(day), outcome, 1)])
    return path


def contents(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Return every row of every public view of a published file."""
    with connect(path) as connection:
        return {view: connection.execute(f"from {view} order by all").fetchall() for view in VIEWS}


def comments(path: Path) -> list[tuple[object, ...]]:
    """Return every name and comment of a published file."""
    with connect(path) as connection:
        return connection.execute(
            "select view_name, comment from duckdb_views() where database_name = 'scholar' "
            "union all select table_name || '.' || column_name, comment from duckdb_columns() "
            "where database_name = 'scholar' "
            "union all select function_name, comment from duckdb_functions() where database_name = 'scholar' "
            "union all select table_name, comment from duckdb_tables() where database_name = 'scholar' order by all"
        ).fetchall()


def test_compaction_changes_no_row_and_no_name(path: Path) -> None:
    """A compacted file says what it said, is commented as it was, passes the checks, and goes on being written to."""
    before = contents(path), comments(path)
    with Warehouse(path) as warehouse:
        warehouse.compact()
    assert (contents(path), comments(path)) == before
    with connect(path) as connection:
        assert connection.execute("select count(*) from etl.compaction").fetchone() == (1,)
        assert connection.execute("select tags['storage_version'] from duckdb_databases() where path is not null")
    with Warehouse(path) as warehouse:
        warehouse.load([observe(DAYS, h_index=DAYS)], [JudgedCapture(capture(DAYS), Outcome.ACCEPTED, 1)])
    assert len(contents(path)["captures"]) == DAYS + 1
    assert sorted(p.name for p in path.parent.iterdir()) == [
        ".scholar.duckdb.lock",
        ".scholar.duckdb.writer",
        "scholar.duckdb",
    ]


def test_a_compaction_that_needs_more_memory_takes_it(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the first limit does not do, the next one does, and nothing is lost; where none does, the file stays."""
    with Warehouse(path) as warehouse:
        warehouse.connection.execute(
            "insert into etl.capture select * exclude (i) replace (uuid() as capture_id, md5(i::varchar) as author_id) "
            "from (from etl.capture limit 1), range(100_000) r(i)"
        )
        warehouse.publish()
    before = contents(path)
    monkeypatch.setattr(compact, "_MEMORY", ("8MB",))
    with pytest.raises(WarehouseError, match="Out of Memory"), Warehouse(path) as warehouse:
        warehouse.compact()
    monkeypatch.setattr(compact, "_MEMORY", ("8MB", "80%"))
    with Warehouse(path) as warehouse:
        warehouse.compact()
    assert contents(path) == before
    with connect(path) as connection:
        assert connection.execute("select count(*) from etl.compaction").fetchone() == (1,)


@pytest.mark.parametrize("file", ["loads/compact.sql", "queries/lost_in_compaction.sql"])
def test_compaction_knows_every_table(file: str) -> None:
    """A table that a migration adds is copied, and counted before the old file goes."""
    named = {table for table in TABLES if f"compacted.etl.{table}" in read_sql(file)}
    assert named == set(TABLES) - {"compaction"}


def test_a_compaction_that_would_lose_a_row_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rows of old and new file are counted; where they differ the old file stays, and one line says so."""
    before = contents(path)

    def forget(name: str) -> str:
        text = read_sql(name)
        return text.replace("order by author_id, fetched_at, capture_id", "limit 2") if "compact.sql" in name else text

    with monkeypatch.context() as patch:
        patch.setattr("scholar_etl.store.sql.read_sql", forget)
        with (
            pytest.raises(WarehouseError, match="would lose rows of capture"),
            Warehouse(path) as warehouse,
        ):
            warehouse.compact()
    assert not list(path.parent.glob("*.compact*"))
    with Warehouse(path) as warehouse:
        warehouse.publish()
    assert contents(path) == before


def test_a_grown_file_is_compacted_when_it_is_published(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is when it has grown by half since the last time, and not before."""
    monkeypatch.setattr(compact, "_SMALLEST_BLOCKS", 1)

    def compacted_at() -> object:
        with connect(path) as connection:
            return connection.execute("select max(compacted_at) from etl.compaction").fetchone()

    with Warehouse(path) as warehouse:
        warehouse.load([observe(DAYS)])
    first = compacted_at()
    assert first != (None,)
    with Warehouse(path) as warehouse:
        warehouse.load([observe(DAYS + 1)])
    assert compacted_at() == first
    with Warehouse(path) as warehouse:
        warehouse.connection.execute("create table waste as select uuid() as u from range(1_000_000)")
        warehouse.connection.execute("drop table waste")
        warehouse.load([observe(DAYS + 2)])
    assert compacted_at() != first


def test_no_room_to_compact_fails_no_refresh(
    path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """What was loaded is published uncompacted, with a warning."""
    monkeypatch.setattr(compact, "_SMALLEST_BLOCKS", 1)

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("scholar_etl.store.writer.compact", fail)
    with caplog.at_level(logging.WARNING), Warehouse(path) as warehouse:
        warehouse.load([observe(DAYS)])
    assert "cannot compact" in caplog.text
    assert len(contents(path)["author_metrics"]) > 0
    with connect(path) as connection:
        assert connection.execute("select count(*) from etl.observation").fetchone() == (DAYS,)


def test_nothing_is_spilled_into_the_current_folder(path: Path) -> None:
    """What does not fit into memory goes beside the file."""
    with Warehouse(path) as warehouse:
        row = warehouse.connection.execute("select current_setting('temp_directory')").fetchone()
    assert row == (str(path.with_name(".scholar.duckdb.writer.tmp")),)


@pytest.fixture(scope="module")
def cloning(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Yield a folder on an XFS of its own, whose files can share blocks; skip where none can be mounted."""
    folder = tmp_path_factory.mktemp("cloning")
    image, mounted = folder / "image", folder / "mounted"
    mounted.mkdir()
    if os.geteuid() != 0 or not shutil.which("mkfs.xfs"):
        pytest.skip("needs root and mkfs.xfs (Debian's xfsprogs) to make a file system that can clone")
    with image.open("wb") as file:
        file.truncate(400_000_000)
    subprocess.run(["mkfs.xfs", "-q", "-m", "reflink=1", str(image)], check=True)
    if subprocess.run(["mount", "-o", "loop", str(image), str(mounted)], check=False).returncode:
        pytest.skip("no file system can be mounted here")
    yield mounted
    subprocess.run(["umount", str(mounted)], check=True)


def test_a_copy_shares_its_blocks_where_the_file_system_can(cloning: Path) -> None:
    """A cloned copy takes no room, and is a copy: what is written to one is not seen in the other."""
    source, target = cloning / "source", cloning / "target"
    source.write_bytes(os.urandom(20_000_000))
    free = shutil.disk_usage(cloning).free
    replace_with_copy(source, target)
    assert free - shutil.disk_usage(cloning).free < 1_000_000
    first = target.read_bytes()
    assert first == source.read_bytes()
    with source.open("r+b") as file:
        file.write(b"changed")
    assert target.read_bytes() == first


def test_a_warehouse_on_a_file_system_that_clones(cloning: Path) -> None:
    """Publishing by clone keeps readers and writer apart as publishing by copy does."""
    path = cloning / "scholar.duckdb"
    for day in range(3):
        with Warehouse(path) as warehouse:
            warehouse.load([observe(day)])
        with duckdb.connect(str(path), read_only=True) as connection:
            assert connection.execute("select count(*) from etl.observation").fetchone() == (day + 1,)
