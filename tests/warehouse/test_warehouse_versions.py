"""A file from every earlier version of the warehouse is brought up to date and says what it said.

`versions/<number>.sql` fills the tables of that version with what its own code had stored; `versions/<number>.json`
holds the rows that its views and macros gave.
"""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from worlds import at, capture_id, judge, observe, paper

from scholar_etl.errors import WarehouseError
from scholar_etl.model import Original
from scholar_etl.store import LatestOriginal, Warehouse, connect, metric_diff, run_checks
from scholar_etl.store.sql import list_sql, naive_utc, read_sql

VERSIONS = Path(__file__).parent / "versions"
MIGRATIONS = list_sql("migrations")

# No longer public since the version: they are kept of each author's newest page only.
DROPPED = {"captures": {"etag", "last_modified"}}

# In the files, one observation was loaded without its capture, and some captures after their run had been counted.
FINDINGS = {"observation_without_capture", "run_counts_disagree"}


def file_of_version(path: Path, version: int) -> None:
    """Make a warehouse file as that version left it: its migrations, and rows that its code had written."""
    with duckdb.connect() as connection:
        connection.execute(f"attach '{path}' as scholar (storage_version 'v1.5.0')")
        connection.execute("use scholar")
        for number, name in enumerate(MIGRATIONS[:version], 1):
            connection.execute(read_sql(name))
            connection.execute("insert into etl.migration values (?, ?, '2026-03-01')", [number, name])
        connection.execute((VERSIONS / f"{version:04}.sql").read_text(encoding="utf-8"))


@pytest.fixture(params=range(1, len(MIGRATIONS)))
def version(request: pytest.FixtureRequest) -> int:
    """Return each version before the present one."""
    assert isinstance(request.param, int)
    return request.param


def plain(value: Any) -> Any:
    """Return a value as the JSON files hold it."""
    return str(value) if isinstance(value, datetime | date) else value


def test_it_says_what_it_said(tmp_path: Path, version: int) -> None:
    """Every view and macro gives the rows that it gave, and the warehouse's checks find nothing new."""
    path = tmp_path / "scholar.duckdb"
    file_of_version(path, version)
    with Warehouse(path):
        pass
    expected = json.loads((VERSIONS / f"{version:04}.json").read_text(encoding="utf-8"))
    with connect(path) as connection:
        for relation, rows in expected.items():
            result = connection.execute(f"from {relation} order by all")
            names = [column[0] for column in result.description]
            stored = [dict(zip(names, map(plain, row), strict=True)) for row in result.fetchall()]
            gone = DROPPED.get(relation, set())
            assert stored == [{key: row[key] for key in row if key not in gone} for row in rows], relation
        assert {finding.check for finding in run_checks(connection)} == FINDINGS


def test_history_goes_on(tmp_path: Path) -> None:
    """An upgraded file takes in what comes next, newer and late, and remembers what to ask for."""
    path = tmp_path / "scholar.duckdb"
    file_of_version(path, 1)
    with Warehouse(path) as warehouse:
        original = Original(
            capture_id(1, 2), "https://www.scholarfeed.org/author/1", at(2), "sha1:AAAA", "2.warc.gz", 1
        )
        assert warehouse.latest_originals()["scholarfeed:1"] == LatestOriginal(
            original, "https://www.scholarfeed.org/author/01", '"c"', None
        )
        assert warehouse.last_success()["scholarfeed:1"] == at(2)
        again = warehouse.load([observe(2, [paper("x"), paper("z")], h_index=4, citation_count=13, version=2)])
        assert (again.repeats, again.is_change) == (1, False)
        warehouse.load([observe(5, [paper("z")], h_index=5)], [judge(5)])
        late = [paper("x"), paper("z")]
        warehouse.load([observe(4, late, copy=1, h_index=4)], [judge(4, copy=1)])
        changes = metric_diff(warehouse.connection, at(2), at(6), ["scholarfeed:1"])
        assert [(row["metric"], row["old_value"], row["new_value"]) for row in changes] == [("h_index", 4, 5)]
        gone = warehouse.connection.execute(
            "select last_confirmed_at, valid_to from paper_history where title = 'On x' and affiliation is null "
            "order by valid_from desc limit 1"
        )
        assert gone.fetchall() == [(naive_utc(at(4)), naive_utc(at(5)))]
        assert {finding.check for finding in run_checks(warehouse.connection)} == FINDINGS


def test_an_upgrade_is_all_or_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the last step of an upgrade fails, the file is of its old version, and the next attempt succeeds."""
    path = tmp_path / "scholar.duckdb"
    file_of_version(path, 1)
    private = path.with_name(".scholar.duckdb.writer")
    with monkeypatch.context() as patch:
        patch.setattr("scholar_etl.store.migrate.run_file", _fail)
        with pytest.raises(WarehouseError, match=r"cannot open.*no space"), Warehouse(path):
            pass
    assert not private.exists()
    with duckdb.connect(str(path), read_only=True) as connection:
        assert connection.execute("select max(version) from etl.migration").fetchone() == (1,)
    with Warehouse(path) as warehouse:
        newest = warehouse.connection.execute("select max(version), max(applied_at) from etl.migration").fetchone()
    assert newest is not None
    assert newest[0] == len(MIGRATIONS)
    assert newest[1] > datetime(2026, 3, 1)  # noqa: DTZ001 - as stored, in UTC


def _fail(*_: object) -> None:
    raise duckdb.IOException("no space")


def test_every_version_has_its_file() -> None:
    """A migration cannot be added without a file of the version before it."""
    assert {path.stem for path in VERSIONS.iterdir()} == {f"{number:04}" for number in range(1, len(MIGRATIONS))}
