"""What changed between two moments, as rows of the macros `metric_diff` and `paper_diff`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import duckdb

from scholar_etl.store.sql import fetch_rows, naive_utc, translated


def metric_diff(
    connection: duckdb.DuckDBPyConnection, from_at: datetime, to_at: datetime, authors: Iterable[str] = ()
) -> list[dict[str, Any]]:
    """Return the metrics whose value at `to_at` differs from that at `from_at` (both aware), by author and metric.

    `authors` are author_ids, none meaning all. Keys of a row: author_id, name, metric, old_value, new_value, delta,
    pct_change (percent of the old value), changed_at (aware, UTC), cause. `old_value` is None when nothing was known.
    """
    return _fetch(connection, "queries/metric_diff.sql", from_at, to_at, authors)


def paper_diff(
    connection: duckdb.DuckDBPyConnection, from_at: datetime, to_at: datetime, authors: Iterable[str] = ()
) -> list[dict[str, Any]]:
    """Return how the listings at `to_at` differ from those at `from_at` (both aware), by author and paper.

    `authors` are author_ids, none meaning all. Keys of a row: author_id, paper_id, title, change (added, removed,
    changed), field, old_value, new_value, changed_at (aware, UTC), cause. A changed paper has a row for each changed
    field, with both values as text; `field` and the values are None for the others.
    """
    return _fetch(connection, "queries/paper_diff.sql", from_at, to_at, authors)


def _fetch(
    connection: duckdb.DuckDBPyConnection,
    query: str,
    from_at: datetime,
    to_at: datetime,
    authors: Iterable[str],
) -> list[dict[str, Any]]:
    parameters = {"from_at": naive_utc(from_at), "to_at": naive_utc(to_at), "authors": list(authors)}
    with translated("cannot compare two moments of the warehouse"):
        return fetch_rows(connection, query, parameters)
