"""How authors' metrics moved."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import duckdb

from scholar_etl.store.sql import fetch_rows, naive_utc, translated


def metric_history(
    connection: duckdb.DuckDBPyConnection,
    *authors: str,
    metrics: Iterable[str] = (),
    from_at: datetime | None = None,
    to_at: datetime | None = None,
) -> list[dict[str, Any]]:
    """Return the values that the authors' metrics had from `from_at` to `to_at` (aware; None: as long as known).

    `authors` are author_ids. `metrics` are their names, none meaning all. The rows are those of the view
    `author_metrics`, by author, metric and time, with more keys: name, old_value (None for the first), delta,
    pct_change (percent of the old value), cause (of the step to this value), not_shown_from (since when pages came that
    show no value; None: none did) and last_seen_at (the author's newest page). Times are aware, in UTC.
    """
    parameters = {
        "authors": list(authors),
        "metrics": list(metrics),
        "from_at": from_at and naive_utc(from_at),
        "to_at": to_at and naive_utc(to_at),
    }
    with translated("cannot read the warehouse"):
        return fetch_rows(connection, "queries/metric_history.sql", parameters)
