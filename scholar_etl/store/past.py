"""What the writer's warehouse knows of authors, for the judgement of captures that arrive."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import duckdb

from scholar_etl.collapse import Candidate, Past
from scholar_etl.model import METRIC_NAMES, Capture, Metrics
from scholar_etl.store.sql import fetch_rows, translated


@dataclass(frozen=True, slots=True)
class KnownAuthor:
    """An author as known now. Moments are aware, in UTC; `last_seen_at` is None when no page was ever accepted."""

    past: Past
    last_tried_at: datetime
    last_seen_at: datetime | None


@dataclass(frozen=True, slots=True)
class LoggedCapture:
    """An accepted capture, the version of the extractor that said so, and what it said.

    `candidate` is None where another capture speaks for the moment.
    """

    capture: Capture
    extractor_version: int
    candidate: Candidate | None


def known_authors(connection: duckdb.DuckDBPyConnection, author_ids: Collection[str]) -> dict[str, KnownAuthor]:
    """Return by author_id what is known of those of whom anything was ever captured."""
    known = {}
    for row in _fetch(connection, "queries/author_pasts.sql", author_ids):
        papers = dict(zip(row["paper_ids"] or (), row["titles"] or (), strict=True))
        past = Past(_metrics(row), papers)
        known[row["author_id"]] = KnownAuthor(past, row["last_tried_at"], row["last_seen_at"])
    return known


def held_captures(
    connection: duckdb.DuckDBPyConnection, author_ids: Collection[str], rule: str
) -> dict[str, list[dict[str, Any]]]:
    """Return by author_id the captures that a rule holds back, in the order of their moments.

    Keys of each: fetched_at (aware, UTC), and capture_id, warc_file, warc_offset, original_file and original_offset as
    in `find_capture`.
    """
    held = defaultdict(list)
    for row in _fetch(connection, "queries/held_for.sql", author_ids, rule=rule):
        held[row.pop("author_id")].append(row)
    return held


def author_logs(connection: duckdb.DuckDBPyConnection, author_ids: Collection[str]) -> dict[str, list[LoggedCapture]]:
    """Return by author_id every accepted capture, and every observation loaded without one, as history has them."""
    sightings = defaultdict(list)
    for row in _fetch(connection, "queries/author_sightings.sql", author_ids):
        sightings[row["author_id"]].append(row)
    listings: dict[tuple[str, UUID], dict[str, str]] = {}  # most pages list what others list
    logs = defaultdict(list)
    for row in _fetch(connection, "queries/author_logs.sql", author_ids):
        author_id, moment = row["author_id"], row["fetched_at"]
        outcome, version, metrics = row.pop("outcome"), row.pop("extractor_version"), _metrics(row)
        listing_hash, listing_complete = row.pop("listing_hash"), row.pop("listing_complete")
        candidate = None
        if listing_hash is not None:
            key = author_id, listing_hash
            if key not in listings:
                listings[key] = _papers_at(moment, sightings[author_id])
            candidate = Candidate(
                row["capture_id"], moment, metrics, listings[key], listing_complete, is_settled=outcome is None
            )
        fields = {name: value for name, value in row.items() if name not in METRIC_NAMES}
        logs[author_id].append(LoggedCapture(Capture(**fields), version, candidate))
    return logs


def _papers_at(moment: datetime, sightings: Iterable[dict[str, Any]]) -> dict[str, str]:
    return {s["paper_id"]: s["title"] for s in sightings if s["first_seen_at"] <= moment <= s["last_seen_at"]}


def _metrics(row: dict[str, Any]) -> Metrics:
    return Metrics(**{name: row[name] for name in METRIC_NAMES})


def _fetch(
    connection: duckdb.DuckDBPyConnection, query: str, author_ids: Collection[str], **parameters: Any
) -> list[dict[str, Any]]:
    with translated("cannot read the warehouse"):
        return fetch_rows(connection, query, {"authors": list(author_ids), **parameters})
