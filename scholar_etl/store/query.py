"""The user's own SQL."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import duckdb

from scholar_etl.errors import QueryError

_CHUNK = 1_000


def run_query(connection: duckdb.DuckDBPyConnection, query: str) -> tuple[list[str], Iterator[tuple[Any, ...]]]:
    """Run a query and return its column names and its rows, fetched as they are taken. Raises `QueryError`."""
    try:
        if not connection.extract_statements(query):
            raise QueryError('the query is empty: try "from authors"')
        cursor = connection.execute(query)
        columns = [column[0] for column in cursor.description or ()]
    except duckdb.Error as error:
        raise _query_error(error) from error
    return columns, _rows(cursor)


def _rows(cursor: duckdb.DuckDBPyConnection) -> Iterator[tuple[Any, ...]]:
    try:
        while chunk := cursor.fetchmany(_CHUNK):
            yield from chunk
    except duckdb.Error as error:
        raise _query_error(error) from error


def _query_error(error: duckdb.Error) -> QueryError:
    # Below the first lines DuckDB draws the query with a caret, which one line cannot hold.
    said = str(error).split("\n\nLINE ")[0]
    return QueryError(f"the query failed: {' '.join(said.split())}")
