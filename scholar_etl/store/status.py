"""What the published warehouse says of its own state."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb

from scholar_etl.store.sql import fetch_rows, naive_utc, translated


@dataclass(frozen=True, slots=True)
class Confirmation:
    """When the newest pages of some authors came: of the author seen last, and of the one not seen for longest."""

    newest_at: datetime
    stalest_at: datetime


@dataclass(frozen=True, slots=True)
class Status:
    """The state of a warehouse, as rows of `warehouse/queries/`. Times are aware, in UTC.

    `last_run` and `last_good_run` (the newest that accepted a page) are rows of the view `runs`, None when there is
    none. `freshness` has a row for each author, stalest first; `held` one for each page in quarantine; `lost` one for
    each field that pages no longer yield.
    """

    last_run: dict[str, Any] | None
    last_good_run: dict[str, Any] | None
    freshness: list[dict[str, Any]]
    held: list[dict[str, Any]]
    lost: list[dict[str, Any]]


def read_status(connection: duckdb.DuckDBPyConnection) -> Status:
    """Return the state of the warehouse that `connect` opened."""
    with translated("cannot read the warehouse's status"):
        runs = {row.pop("which"): row for row in fetch_rows(connection, "queries/last_runs.sql")}
        return Status(
            last_run=runs.get("last"),
            last_good_run=runs.get("last_good"),
            freshness=fetch_rows(connection, "queries/freshness.sql"),
            held=fetch_rows(connection, "queries/held_pages.sql"),
            lost=fetch_rows(connection, "queries/lost_fields.sql"),
        )


def last_good_run(connection: duckdb.DuckDBPyConnection) -> datetime | None:
    """Return when the newest run began that accepted a page (aware), None when there was none."""
    with translated("cannot read the warehouse"):
        runs = {row["which"]: row["started_at"] for row in fetch_rows(connection, "queries/last_runs.sql")}
    return runs.get("last_good")


def first_run_end(connection: duckdb.DuckDBPyConnection) -> datetime | None:
    """Return when the first run ended that accepted a page (aware); None where no other has followed it."""
    with translated("cannot read the warehouse"):
        ends = [row["ended_at"] for row in fetch_rows(connection, "queries/first_run_end.sql")]
    return ends[0] if ends else None


def confirmed(connection: duckdb.DuckDBPyConnection, at: datetime, authors: Iterable[str] = ()) -> Confirmation | None:
    """Return when these authors (all, when none is named) were last seen by the moment `at` (aware); None for never."""
    parameters = {"at": naive_utc(at), "authors": list(authors)}
    with translated("cannot read the warehouse"):
        (row,) = fetch_rows(connection, "queries/confirmed.sql", parameters)
    return Confirmation(**row) if row["newest_at"] else None


def read_jumps(connection: duckdb.DuckDBPyConnection, since: datetime) -> list[dict[str, Any]]:
    """Return the accepted changes far beyond their authors' past from a moment on (aware), newest first."""
    with translated("cannot read the warehouse"):
        moment = {"since": naive_utc(since)}
        moved = [row["author_id"] for row in fetch_rows(connection, "queries/moved_far.sql", moment)]
        return fetch_rows(connection, "queries/jumps.sql", {**moment, "author_ids": moved}) if moved else []


def author_names(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Return the name of every author in the warehouse by author_id."""
    with translated("cannot read the warehouse"):
        return {row["author_id"]: row["name"] for row in fetch_rows(connection, "queries/author_names.sql")}
