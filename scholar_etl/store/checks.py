"""The warehouse's checks of itself: `warehouse/checks/*.sql`, each a query that returns offending rows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

import duckdb

from scholar_etl.store.sql import fetch_rows, list_sql, translated


@dataclass(frozen=True, slots=True)
class Finding:
    """A check that found something: its name, and the offending rows by column name."""

    check: str
    rows: tuple[dict[str, Any], ...]


def run_checks(connection: duckdb.DuckDBPyConnection) -> list[Finding]:
    """Run every check on the connection's warehouse and return those that found rows: none when all is well."""
    findings = []
    for name in list_sql("checks"):
        with translated(f"the check {name} failed"):
            rows = fetch_rows(connection, name)
        if rows:
            findings.append(Finding(PurePath(name).stem, tuple(rows)))
    return findings
