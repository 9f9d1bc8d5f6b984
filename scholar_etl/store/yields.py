"""What earlier runs yielded, as the writer of the next one asks."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any

import duckdb

from scholar_etl.store.sql import fetch_rows, naive_utc, translated
from scholar_etl.yields import UsualYield

_READING = "cannot read the warehouse"


def shown_fields(connection: duckdb.DuckDBPyConnection) -> dict[str, frozenset[str]]:
    """Return by author_id the fields that accepted pages have shown: those of the last 10 runs, and the newest one."""
    with translated(_READING):
        rows = fetch_rows(connection, "queries/shown_fields.sql")
    # Few sets are distinct.
    sets: dict[frozenset[str], frozenset[str]] = {}
    shown = {}
    for row in rows:
        author_id = row.pop("author_id")
        fields = frozenset(field for field, is_shown in row.items() if is_shown)
        shown[author_id] = sets.setdefault(fields, fields)
    return shown


def usual_yields(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], UsualYield]:
    """Return what the last 10 runs in which it was not lost yielded of each field, by source and field."""
    with translated(_READING):
        rows = fetch_rows(connection, "queries/usual_yields.sql")
    return {(row.pop("source"), row.pop("field")): UsualYield(**row) for row in rows}


def usual_layouts(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], dict[str, int]]:
    """Return the numbers of pages of the last 10 runs by path, by source and part."""
    places: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    with translated(_READING):
        rows = fetch_rows(connection, "queries/usual_layouts.sql")
    for row in rows:
        places[row["source"], row["part"]][row["path"]] = row["page_count"]
    return places


def page_before(connection: duckdb.DuckDBPyConnection, author_id: str, before: datetime) -> dict[str, Any] | None:
    """Return the place of the author's last accepted page before a moment (aware), as `find_capture` does, or None."""
    with translated(_READING):
        rows = fetch_rows(connection, "queries/page_before.sql", {"author_id": author_id, "before": naive_utc(before)})
    return rows[0] if rows else None
