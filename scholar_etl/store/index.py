"""The index of the archive: where each capture lies, as the published warehouse knows it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import duckdb

from scholar_etl.errors import UnknownCaptureError
from scholar_etl.store.sql import fetch_rows, translated


def archived_captures(connection: duckdb.DuckDBPyConnection, authors: Iterable[str] = ()) -> list[dict[str, Any]]:
    """Return the captures of these author_ids (of all, when none is named), by author and moment.

    Keys of a row: capture_id, author_id, fetched_at (aware, UTC), http_status (None: no response came), outcome,
    refers_to (the capture whose payload this one repeats, or None), warc_file, warc_offset.
    """
    with translated("cannot read the warehouse"):
        return fetch_rows(connection, "queries/archived_captures.sql", {"authors": list(authors)})


def find_capture(connection: duckdb.DuckDBPyConnection, capture_id: str) -> dict[str, Any]:
    """Return where the one capture lies whose id is, or begins with, `capture_id`.

    Keys: capture_id, warc_file, warc_offset; original_file and original_offset, which are the same unless it repeats
    another one's payload; problems, a list of the fields of `Problem`, None when the page is not held.
    Raises `UnknownCaptureError` when there is none, or more than one.
    """
    with translated("cannot read the warehouse"):
        found = fetch_rows(connection, "queries/find_captures.sql", {"prefix": capture_id})
    if len(found) != 1 or not capture_id:
        raise UnknownCaptureError(capture_id, is_ambiguous=bool(found))
    return found[0]
