"""What a report says of the published warehouse. Times are aware, in UTC."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import duckdb

from scholar_etl.store.sql import fetch_rows, naive_utc, translated

_READING = "cannot read the warehouse"


def report_authors(connection: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """Return every author by name: the columns of the view `authors`, last_outcome, last_news_at and digest.

    last_outcome is that of the newest capture. last_news_at is when the newest page came that said something new, other
    than another order of the papers. digest stands for all that can be told of the author but the papers' order and
    when the newest page came: it stays the same while pages say nothing new.
    """
    with translated(_READING):
        return fetch_rows(connection, "queries/report_authors.sql")


def report_papers(
    connection: duckdb.DuckDBPyConnection, authors: Iterable[str], *, from_at: datetime | None = None
) -> list[dict[str, Any]]:
    """Return what the listings of these author_ids ever showed, by author, paper and time: a row for each version.

    `from_at` (aware): only the versions that began or ended since; None: all.

    Keys: author_id, paper_id, title, category, published_on, has_code, authors, et_al, affiliation, abstract (None
    where the paper has one version), valid_from, valid_to, listed_from (since when it was listed without a gap),
    is_reread and is_reread_to (whether a newer extractor is the cause of what happened at valid_from, at valid_to).
    """
    parameters = {"authors": list(authors), "from_at": from_at and naive_utc(from_at)}
    with translated(_READING):
        return fetch_rows(connection, "queries/report_papers.sql", parameters)


def new_papers(connection: duckdb.DuckDBPyConnection, from_at: datetime, most: int) -> list[dict[str, Any]]:
    """Return the newest papers, `most` at most, that came to a listing after `from_at` (aware), newest first.

    Keys: author_id, name, paper_id, title, authors, et_al, category, published_on, first_seen_at.
    """
    with translated(_READING):
        return fetch_rows(connection, "queries/report_new_papers.sql", {"from_at": naive_utc(from_at), "most": most})


def recent_runs(connection: duckdb.DuckDBPyConnection, most: int) -> list[dict[str, Any]]:
    """Return the newest runs that went to the site, `most` at most, newest first: rows of the view `runs`."""
    with translated(_READING):
        return fetch_rows(connection, "queries/report_runs.sql", {"most": most})
