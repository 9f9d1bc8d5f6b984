"""Loading: observations and judged captures into history, in one transaction, by set SQL.

History is a function of the observations loaded so far, never of their order or number of arrivals.
`warehouse/loads/rewrite_spans.sql` is the definition; `append_spans.sql` gives the same at the cost of what changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime

import duckdb
import pyarrow as pa

from scholar_etl.model import JudgedCapture, Observation, WatchedAuthor
from scholar_etl.store.sql import read_sql, run_file
from scholar_etl.store.stage import stage_captures, stage_contents, stage_listings, stage_observations, stage_watch


@dataclass(frozen=True, slots=True)
class LoadCounts:
    """What one load did, in rows of the log of observations.

    `observations`: new moments in history. `rereadings`: moments whose standing reading was replaced.
    `retracted`: moments taken out, since a newer extractor refuses their capture. `repeats`: observations given that
    changed nothing. `captures`: captures that are new or judged anew.
    """

    observations: int = 0
    rereadings: int = 0
    retracted: int = 0
    repeats: int = 0
    captures: int = 0

    @property
    def is_change(self) -> bool:
        """Whether the load changed anything at all."""
        return bool(self.observations or self.rereadings or self.retracted or self.captures)


def load(
    connection: duckdb.DuckDBPyConnection,
    observations: Iterable[Observation],
    captures: Iterable[JudgedCapture],
    recorded_at: datetime,
) -> LoadCounts:
    """Take observations and captures into the attached warehouse, all or nothing, and say what that did.

    `recorded_at` (aware) is the moment of the load; it is kept beside each new observation and decides nothing.
    """
    given = list(observations)
    staged = stage_observations(given, recorded_at)
    tables = {"arrow_capture": stage_captures(captures), "arrow_observation": staged.observations}
    with _transaction(connection):
        _stage(connection, "loads/stage_rows.sql", tables)
        run_file(connection, "loads/write_captures.sql")
        run_file(connection, "loads/rank_readings.sql")
        run_file(connection, "loads/classify_authors.sql")
        needed = _fetch_hashes(connection, "queries/needed_listings.sql")
        listings, papers = stage_listings(staged, needed)
        _stage(connection, "loads/stage_listings.sql", {"arrow_listing": listings})
        unknown = _fetch_hashes(connection, "queries/unknown_contents.sql")
        versions, texts = stage_contents({content_hash: papers[content_hash] for content_hash in unknown})
        _stage(connection, "loads/stage_contents.sql", {"arrow_version": versions, "arrow_text": texts})
        run_file(connection, "loads/expand_sightings.sql")
        run_file(connection, "loads/write_observations.sql")
        run_file(connection, "loads/write_versions.sql")
        run_file(connection, "loads/append_spans.sql")
        run_file(connection, "loads/rewrite_spans.sql")
        run_file(connection, "loads/write_aliases.sql")
        counted = connection.execute(read_sql("queries/count_load.sql")).fetchone()
        run_file(connection, "loads/drop_staging.sql")
    new, replaced, retracted, judged = counted or (0, 0, 0, 0)
    return LoadCounts(new, replaced, retracted, len(given) - new - replaced, judged)


def write_watch(connection: duckdb.DuckDBPyConnection, authors: Iterable[WatchedAuthor]) -> bool:
    """Make the warehouse's copy of the watchlist equal to `authors`; return whether it was not."""
    table = stage_watch(authors)
    with _transaction(connection):
        _stage(connection, "loads/stage_watch.sql", {"arrow_watch": table})
        is_equal = connection.execute(read_sql("queries/is_watch_equal.sql")).fetchone() == (True,)
        if not is_equal:
            run_file(connection, "loads/write_watch.sql")
        connection.execute("drop table stage_watch")
    return not is_equal


def _fetch_hashes(connection: duckdb.DuckDBPyConnection, query: str) -> list[bytes]:
    return [row[0].bytes for row in connection.execute(read_sql(query)).fetchall()]


@contextmanager
def _transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    connection.begin()
    try:
        yield
    except BaseException:
        # A failed statement may have ended the transaction: the first error is the one to tell.
        with suppress(duckdb.Error):
            connection.rollback()
        raise
    connection.commit()


def _stage(connection: duckdb.DuckDBPyConnection, name: str, tables: Mapping[str, pa.Table]) -> None:
    """Run a file that copies Arrow tables, which it knows by name, into temporary ones.

    Copied, because DuckDB 1.5 cannot filter a UUID of an Arrow table.
    """
    for table_name, table in tables.items():
        connection.register(table_name, table)
    try:
        run_file(connection, name)
    finally:
        for table_name in tables:
            connection.unregister(table_name)
