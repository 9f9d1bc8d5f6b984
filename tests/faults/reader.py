"""A reader of the published file: opens it again and again, and looks for anything that is not a whole run.

    python reader.py plain|library WAREHOUSE AUTHORS

It opens the file by DuckDB alone or by the library, and writes a line for each time, the number of runs that it saw.
It ends when standard input closes, and at the first thing that is wrong, with exit 1.
"""

from __future__ import annotations

import select
import sys
from collections.abc import Callable
from functools import partial

import duckdb

import scholar_etl

WHOLE = {
    "every run is complete": "select count(*) from runs where status <> 'complete' or finished_at is null",
    "every run has its captures": """
        select count(*) from runs
        left join (select run_id, count(*) as stored_count from captures group by run_id) using (run_id)
        where stored_count is distinct from capture_count or capture_count <> $authors
    """,
    "every author was seen in every run": """
        select count(*) from authors
        where (select count(*) from captures where captures.author_id = authors.author_id)
            <> (select count(*) from runs)
    """,
    "every author was seen in the last run": """
        select count(*) from authors, (select max(started_at) as started_at from runs) where last_seen_at < started_at
    """,
    "every listing is as long as its author's number of papers": """
        select count(*) from authors
        where paper_count <> (select count(*) from papers where papers.author_id = authors.author_id)
    """,
    "every author has five figures": """
        select count(*) from (
            select author_id from author_metrics where is_current group by author_id having count(*) <> 5
        )
    """,
    "no author is missing": "select abs(count(*) - $authors) from authors",
}
"""What holds of a whole run, and how much in the file speaks against it."""


def look(connection: duckdb.DuckDBPyConnection, authors: int) -> int:
    """Return how many runs there are. Raises `AssertionError` unless the last of them is there as a whole."""
    for promise, query in WHOLE.items():
        parameters = {"authors": authors} if "$authors" in query else {}
        assert connection.execute(query, parameters).fetchone() == (0,), promise
    (count,) = connection.execute("select count(*) from runs").fetchone() or (0,)
    return int(count)


def main() -> None:
    """Read until told to stop."""
    way, path, authors = sys.argv[1:]
    ways: dict[str, Callable[[], duckdb.DuckDBPyConnection]] = {
        "plain": partial(duckdb.connect, path, read_only=True),
        "library": partial(scholar_etl.connect, path),
    }
    seen = 0
    while not select.select([sys.stdin], [], [], 0)[0]:
        with ways[way]() as connection:
            count = look(connection, int(authors))
        assert count >= seen, f"{count} runs after {seen}"
        seen = count
        print(seen, flush=True)


if __name__ == "__main__":
    main()
