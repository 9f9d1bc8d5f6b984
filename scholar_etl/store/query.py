"""The user's own SQL: within a time and a memory, and ended at once by Ctrl-C."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any, TypeVar

import duckdb

from scholar_etl.errors import QueryError, QueryMemoryError, QueryTimeoutError
from scholar_etl.interruptible import Interruptible

T = TypeVar("T")

_CHUNK = 1_000


def run_query(
    connection: duckdb.DuckDBPyConnection,
    query: str,
    *,
    timeout_s: float | None = None,
    within: AbstractContextManager[None] | None = None,
) -> tuple[list[str], Iterator[tuple[Any, ...]]]:
    """Run a query and return its column names and its rows, fetched as they are taken.

    `timeout_s` is how many seconds DuckDB may work on it, None for as long as it likes; what the taker of the rows
    does between them does not count. `within` is entered whenever DuckDB works. Raises `QueryError`, also while rows
    are taken: `QueryTimeoutError` when the time is up, `QueryMemoryError` when the query needs more memory than it
    gets.
    """
    calls = Interruptible(connection.interrupt, timeout_s)

    def begin() -> list[str]:
        with within or nullcontext():
            if not connection.extract_statements(query):
                raise QueryError('the query is empty: try "from authors"')
            return [column[0] for column in connection.execute(query).description or ()]

    def fetch() -> list[tuple[Any, ...]]:
        with within or nullcontext():
            return connection.fetchmany(_CHUNK)

    def rows() -> Iterator[tuple[Any, ...]]:
        while chunk := _told(calls, fetch, timeout_s):
            yield from chunk

    return _told(calls, begin, timeout_s), rows()


def _told(calls: Interruptible, work: Callable[[], T], timeout_s: float | None) -> T:
    """Make a call, and turn what DuckDB raises, and the end of the time, into a `QueryError` of one line."""
    try:
        return calls.call(work)
    except TimeoutError as error:
        raise QueryTimeoutError(timeout_s or 0) from error
    except (duckdb.OutOfMemoryException, MemoryError) as error:
        raise QueryMemoryError from error
    except duckdb.Error as error:
        # Below the first lines DuckDB draws the query with a caret, which one line cannot hold.
        said = " ".join(str(error).split("\n\nLINE ")[0].split())
        hint = _NOTHING_ELSE if isinstance(error, duckdb.PermissionException) else ""
        raise QueryError(f"the query failed: {said}{hint}") from error


_NOTHING_ELSE = (
    " (a query here reads the warehouse alone: 'scholar-etl export' writes files, and any DuckDB client opens "
    "the published file)"
)
