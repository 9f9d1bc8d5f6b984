"""What changed between two moments: rows of the macros `metric_diff` and `paper_diff`, and both as one stream."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb

from scholar_etl.store.sql import fetch_rows, naive_utc, stream_rows, translated


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two moments (aware), and what of their difference is wanted.

    `authors` are author_ids, none meaning all. `metrics`: only these, and no papers; none meaning all. `min_delta` and
    `min_pct`: how large the change of a metric must be, in its own unit and in percent of the old value; None: any. A
    change that has no size, such as a first value, is never too small.
    """

    from_at: datetime
    to_at: datetime
    authors: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    min_delta: float | None = None
    min_pct: float | None = None

    @property
    def is_partial(self) -> bool:
        """Whether something may have changed that is not wanted."""
        return bool(self.metrics) or self.min_delta is not None or self.min_pct is not None


def changes(
    connection: duckdb.DuckDBPyConnection,
    comparison: Comparison,
    *,
    by_kind: bool = False,
    with_first_papers: bool = True,
) -> Iterator[dict[str, Any]]:
    """Yield a row for each changed metric and each change of a paper, an author's rows one after the other.

    First come the authors known at `from_at`, the largest change of a metric in percent first, then those first seen.
    `by_kind`: all metrics before all papers. Without `with_first_papers` the papers of authors first seen are left out.
    Keys: kind (metric, paper), author_id, name, is_first_seen, item (the metric, the paper_id), title, change (added,
    removed, changed), field, old_value, new_value (numbers of a metric, text of a paper's field), delta, pct_change,
    changed_at (aware, UTC), cause. The connection is not free until the last row is taken.
    """
    parameters = {
        "from_at": naive_utc(comparison.from_at),
        "to_at": naive_utc(comparison.to_at),
        "authors": list(comparison.authors),
        "metrics": list(comparison.metrics),
        "min_delta": comparison.min_delta,
        "min_pct": comparison.min_pct,
        "by_kind": by_kind,
        "with_first_papers": with_first_papers,
    }
    with translated("cannot compare two moments of the warehouse"):
        for row in stream_rows(connection, "queries/changes.sql", parameters):
            old_text, new_text = row.pop("old_text"), row.pop("new_text")
            if row["kind"] == "paper":
                row["old_value"], row["new_value"] = old_text, new_text
            yield row


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
