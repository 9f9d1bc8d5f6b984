"""`status --check`: whatever a check of the warehouse finds is named, and is an exit code."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import duckdb
from testbed import Bench, strict_json


def double_every_row(path: Path) -> None:
    """Store twice whatever the file lets us store twice."""
    with duckdb.connect(str(path)) as connection:
        tables = connection.execute(
            "select table_name from duckdb_tables() where schema_name = 'etl' and not has_primary_key"
        ).fetchall()
        for (table,) in tables:
            connection.execute(f'insert into etl."{table}" from etl."{table}"')


def test_a_finding_is_named_and_exits_1(refreshed: Bench) -> None:
    """A warehouse that holds its rows twice fails; the table and the JSON name the same checks, with their rows."""
    sound = refreshed("status", "--check")
    assert (sound.code, sound.err) == (0, "")
    double_every_row(refreshed.published)
    done = refreshed("status", "--check")
    assert (done.code, done.err) == (1, "")
    assert "all checks of the warehouse passed" not in done.out
    document = refreshed("status", "--check", "--format", "json")
    assert document.code == 1
    findings = strict_json(document.out)["findings"]
    assert findings
    for finding in findings:
        assert finding["rows"]
        assert f"check {finding['check']}: {len(finding['rows']):,} rows" in done.out


def test_findings_are_looked_for_only_when_asked(refreshed: Bench) -> None:
    """Without --check, status says how things stand and nothing of their soundness."""
    double_every_row(refreshed.published)
    done = refreshed("status")
    assert (done.code, done.err) == (0, "")
    assert "check" not in done.out


def test_each_check_is_seen_to_find_something() -> None:
    """For every check there is a test that breaks a warehouse so that this check finds it."""
    tried = (Path(__file__).parents[1] / "warehouse" / "test_warehouse_history.py").read_text(encoding="utf-8")
    checks = [Path(entry.name).stem for entry in files("scholar_etl.warehouse").joinpath("checks").iterdir()]
    assert checks
    assert [check for check in checks if f'"{check}",' not in tried] == []
