"""The user's own SQL: what a query may take, and how its end is told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

import duckdb
import pytest

from scholar_etl.errors import QueryError, QueryMemoryError, QueryTimeoutError
from scholar_etl.store import Warehouse, connect, run_query

ENDLESS = "select count(*) from range(1_000_000) a, range(1_000_000) b, range(1_000_000) c"
LARGE = "select * from range(50_000_000) order by hash(range)"


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a published warehouse without data."""
    path = tmp_path_factory.mktemp("query") / "scholar.duckdb"
    with Warehouse(path):
        pass
    return path


@pytest.fixture
def connection(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield a reader's connection with 100 MB."""
    with connect(path, memory_limit_mb=100) as connection:
        yield connection


def test_rows_come_as_they_are_taken(connection: duckdb.DuckDBPyConnection) -> None:
    """A query of more rows than fit anywhere gives its first ones."""
    columns, rows = run_query(connection, "select range as n from range(1_000_000_000_000)", timeout_s=3600)
    assert columns == ["n"]
    assert [next(rows) for _ in range(3)] == [(0,), (1,), (2,)]


def test_every_row_comes_once(connection: duckdb.DuckDBPyConnection) -> None:
    """Whatever the size of the pieces that they are fetched in."""
    for count in (0, 1, 999, 1_000, 1_001, 5_000):
        _, rows = run_query(connection, f"from range({count})", timeout_s=3600)
        assert list(rows) == [(n,) for n in range(count)]


def test_a_query_ends_at_the_end_of_its_time(connection: duckdb.DuckDBPyConnection) -> None:
    """It says how long that was and what to do, and the connection lives on."""
    with pytest.raises(QueryTimeoutError, match=r"longer than 0\.1 s: .*--timeout.*sql\.timeout_s") as caught:
        run_query(connection, ENDLESS, timeout_s=0.1)
    assert caught.value.timeout_s == 0.1
    assert list(run_query(connection, "select 1")[1]) == [(1,)]


def test_fetching_counts_as_well(connection: duckdb.DuckDBPyConnection) -> None:
    """The time is also up while rows are taken, however fast each of them comes."""
    _, rows = run_query(connection, "from range(1_000_000_000_000)", timeout_s=0.5)
    assert next(rows) == (0,)
    with pytest.raises(QueryTimeoutError):
        list(islice(rows, 1_000_000_000))
    assert list(run_query(connection, "select 1")[1]) == [(1,)]


def test_a_query_that_needs_too_much_says_so(connection: duckdb.DuckDBPyConnection) -> None:
    """One line with what to do, instead of DuckDB's advice to change settings that are locked."""
    with pytest.raises(QueryMemoryError, match=r"more memory than it may take: .*--memory-limit.*memory_limit_mb") as e:
        list(run_query(connection, LARGE)[1])
    assert "\n" not in str(e.value)
    assert list(run_query(connection, "select 1")[1]) == [(1,)]


def test_a_memory_error_of_python_is_one_of_the_query(connection: duckdb.DuckDBPyConnection) -> None:
    """Rows that become too large as Python's are the query's as much as DuckDB's."""

    @contextmanager
    def exhausted() -> Iterator[None]:
        yield
        raise MemoryError

    with pytest.raises(QueryMemoryError):
        run_query(connection, "select 1", within=exhausted())


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("", 'the query is empty: try "from authors"'),
        ("selekt", "the query failed: Parser Error: syntax error"),
        ("from nothing", "the query failed: Catalog Error"),
        ("copy authors to 'x.csv'", "a query here reads the warehouse alone: 'scholar-etl export' writes files"),
        ("select 'a'::int", "the query failed: Conversion Error"),
    ],
)
def test_a_wrong_query_is_one_line(connection: duckdb.DuckDBPyConnection, query: str, says: str) -> None:
    """DuckDB's reason on one line, with a word on what is closed on purpose."""
    with pytest.raises(QueryError) as caught:
        list(run_query(connection, query, timeout_s=3600)[1])
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)
