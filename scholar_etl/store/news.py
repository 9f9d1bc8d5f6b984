"""What is new in the published warehouse since each author was last looked at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import duckdb
import pyarrow as pa

from scholar_etl.model import AuthorMark
from scholar_etl.store.sql import fetch_rows, naive_utc, translated

_TIMESTAMP = pa.timestamp("us")
_MARK = pa.schema(
    {"author_id": pa.string(), "since_at": _TIMESTAMP, "seen_to": _TIMESTAMP, "tried_to": _TIMESTAMP},
)

Row = dict[str, Any]


class News:
    """What came after the marks, as rows of `warehouse/queries/news_*.sql`; timestamps are aware, in UTC."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    @classmethod
    @contextmanager
    def since(cls, connection: duckdb.DuckDBPyConnection, marks: Iterable[AuthorMark]) -> Iterator[News]:
        """Let the connection, one that `connect` opened, know the marks as long as the block lasts."""
        rows = [
            {
                "author_id": mark.author_id,
                "since_at": _naive(mark.since_at),
                "seen_to": _naive(mark.seen_to),
                "tried_to": _naive(mark.tried_to),
            }
            for mark in marks
        ]
        connection.register("arrow_mark", pa.Table.from_pylist(rows, schema=_MARK))
        try:
            yield cls(connection)
        finally:
            connection.unregister("arrow_mark")

    def authors(self) -> list[Row]:
        """Return the authors of whom a page has come, accepted or not, with the mark's moments (None: no mark)."""
        return self._fetch("authors")

    def metrics(self, authors: Sequence[str], since: datetime) -> list[Row]:
        """Return author_id, metric, value and valid_from of what held at some time since a moment (aware), in order."""
        return self._fetch("metrics", authors=authors, since=naive_utc(since))

    def papers(self, authors: Sequence[str]) -> list[Row]:
        """Return the papers listed now that are new (is_new), or show code for the first time (is_new_code)."""
        return self._fetch("papers", authors=authors)

    def pages(self, authors: Sequence[str]) -> list[Row]:
        """Return since when there has been no page (outcome not_found) or pages were held back (quarantined)."""
        return self._fetch("pages", authors=authors)

    def _fetch(self, what: str, **parameters: Any) -> list[Row]:
        with translated("cannot look for news in the warehouse"):
            return fetch_rows(self._connection, f"queries/news_{what}.sql", parameters)


def _naive(moment: datetime | None) -> datetime | None:
    return None if moment is None else naive_utc(moment)
