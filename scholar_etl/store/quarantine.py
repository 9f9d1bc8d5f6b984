"""Pages held back, as the published warehouse tells of them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import duckdb

from scholar_etl.store.sql import fetch_rows, naive_utc, translated


def quarantined(connection: duckdb.DuckDBPyConnection, *, with_resolved: bool = False) -> list[dict[str, Any]]:
    """Return the pages held back, newest first; also those that a later page has resolved, with `with_resolved`.

    Keys of a row: capture_id, author_id, name (None when no page of the author was ever accepted), fetched_at (aware,
    UTC), url, reasons (a line each), extractor_version, resolved_at (None: still held).
    """
    with translated("cannot read the warehouse"):
        return fetch_rows(connection, "queries/quarantined.sql", {"with_resolved": with_resolved})


def last_good_values(connection: duckdb.DuckDBPyConnection, author_id: str, before: datetime) -> dict[str, Any] | None:
    """Return the author's name and metrics as they stood just before a moment (aware); None when nothing was known.

    Keys: name, h_index, paper_count, citation_count, novelty_pct, ai_score, observed_at (aware, UTC).
    """
    parameters = {"author_id": author_id, "before": naive_utc(before - timedelta(microseconds=1))}
    with translated("cannot read the warehouse"):
        rows = fetch_rows(connection, "queries/last_good_values.sql", parameters)
    return rows[0] if rows else None
