"""Loading: observations and judged captures into history, in one transaction, by set SQL.

History is a function of the observations loaded so far, never of their order or number of arrivals. What that means
is defined by `warehouse/loads/rejudge_moments.sql`, `rewrite_spans.sql` and `warehouse/macros/author_state.sql`; an
author whose history only goes on takes a shorter way to the same rows, at the cost of what changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb
import pyarrow as pa

from scholar_etl.model import FieldYield, JudgedCapture, LayoutYield, Observation, WatchedAuthor
from scholar_etl.store.sql import read_sql, run_file, transaction
from scholar_etl.store.stage import (
    Staged,
    stage_captures,
    stage_listings,
    stage_observations,
    stage_places,
    stage_texts,
    stage_versions,
    stage_watch,
    stage_yields,
)


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
    with transaction(connection):
        _stage(connection, "loads/stage_rows.sql", tables)
        run_file(connection, "loads/classify_authors.sql")
        ((is_rejudging, is_relisting),) = connection.execute(read_sql("queries/find_work.sql")).fetchall()
        is_meeting = is_rejudging or is_relisting
        run_file(connection, "loads/rejudge_moments.sql" if is_rejudging else "loads/rejudge_nothing.sql")
        if is_meeting:
            _meet_listings(connection, staged)
        if is_rejudging:  # in terms of the log as it was, so before it changes
            run_file(connection, "loads/expand_sightings.sql")
            run_file(connection, "loads/clear_moments.sql")
        run_file(connection, "loads/write_captures.sql")
        if is_meeting:
            _write_spans(connection, is_rejudging=is_rejudging)
        run_file(connection, "loads/write_authors.sql")
        if _is_true(connection, "queries/is_restating.sql"):
            run_file(connection, "loads/restate_some_authors.sql")
        run_file(connection, "loads/find_latest_pages.sql")
        if is_rejudging:
            run_file(connection, "loads/find_rejudged_pages.sql")
        run_file(connection, "loads/write_latest_pages.sql")
        counted = connection.execute(read_sql("queries/count_load.sql")).fetchone()
        run_file(connection, "loads/drop_staging.sql")
    new, replaced, retracted, judged = counted or (0, 0, 0, 0)
    return LoadCounts(new, replaced, retracted, len(given) - new - replaced, judged)


def _meet_listings(connection: duckdb.DuckDBPyConnection, staged: Staged) -> None:
    """Find where the staged listings differ from what is listed, and write the contents that are new."""
    needed = [key.bytes for key in _fetch_column(connection, "queries/needed_listings.sql")]
    listings, papers = stage_listings(staged, needed)
    _stage(connection, "loads/stage_listings.sql", {"arrow_listing": listings})
    run_file(connection, "loads/meet_listings.sql")
    numbers = _fetch_column(connection, "queries/unknown_contents.sql")
    if numbers:
        versions, texts = stage_versions(papers[number] for number in numbers)
        _stage(connection, "loads/stage_versions.sql", {"arrow_version": versions})
        unknown = [key.bytes for key in _fetch_column(connection, "queries/unknown_texts.sql")]
        arrow_text = stage_texts((key, texts[key]) for key in unknown)
        _stage(connection, "loads/write_contents.sql", {"arrow_text": arrow_text})


def _write_spans(connection: duckdb.DuckDBPyConnection, *, is_rejudging: bool) -> None:
    """Write what the listings, met before, change in the spans of papers and in their aliases."""
    run_file(connection, "loads/append_spans.sql")
    if is_rejudging:
        run_file(connection, "loads/rewrite_spans.sql")
    run_file(connection, "loads/find_retitled.sql")
    if is_rejudging or _is_true(connection, "queries/is_retitling.sql"):
        run_file(connection, "loads/find_realiased.sql")
        if _is_true(connection, "queries/is_realiasing.sql"):
            run_file(connection, "loads/write_aliases.sql")


def write_watch(connection: duckdb.DuckDBPyConnection, authors: Iterable[WatchedAuthor]) -> bool:
    """Make the warehouse's copy of the watchlist equal to `authors`; return whether it was not."""
    table = stage_watch(authors)
    with transaction(connection):
        _stage(connection, "loads/stage_watch.sql", {"arrow_watch": table})
        is_equal = _is_true(connection, "queries/is_watch_equal.sql")
        if not is_equal:
            run_file(connection, "loads/write_watch.sql")
        connection.execute("drop table stage_watch")
    return not is_equal


def finish_run(
    connection: duckdb.DuckDBPyConnection,
    run: Mapping[str, object],
    fields: Iterable[FieldYield],
    layouts: Iterable[LayoutYield],
) -> None:
    """Record the end of a run (the parameters of `queries/finish_run.sql`), and what its pages yielded."""
    arrow_field, arrow_layout = stage_yields(str(run["run_id"]), fields, layouts)
    with transaction(connection):
        run_file(connection, "queries/finish_run.sql", run)
        _stage(connection, "loads/write_yields.sql", {"arrow_field": arrow_field, "arrow_layout": arrow_layout})


def move_captures(connection: duckdb.DuckDBPyConnection, warc_file: str, capture_ids: Sequence[str]) -> None:
    """Note that the captures with these ids lie in the rows of a packed file, in that order."""
    with transaction(connection):
        _stage(connection, "loads/move_captures.sql", {"arrow_moved": stage_places(warc_file, capture_ids)})


def _is_true(connection: duckdb.DuckDBPyConnection, query: str) -> bool:
    return connection.execute(read_sql(query)).fetchone() == (True,)


def _fetch_column(connection: duckdb.DuckDBPyConnection, query: str) -> list[Any]:
    return [value for (value,) in connection.execute(read_sql(query)).fetchall()]


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
