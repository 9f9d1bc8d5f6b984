"""Finding, quoting and running the SQL files of `warehouse/`, and what crosses the border to DuckDB."""

from __future__ import annotations

import errno
import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import Any
from weakref import WeakKeyDictionary

import duckdb

from scholar_etl.errors import WarehouseError

_CHUNK = 1_000
# By connection and file, as long as the connection lives: parsing takes a tenth of a load of 100 authors, and DuckDB
# may tell statements kept until the interpreter ends as leaks.
_PARSED: WeakKeyDictionary[duckdb.DuckDBPyConnection, dict[str, list[duckdb.Statement]]] = WeakKeyDictionary()
_NESTED = re.compile(r'\{"exception_type":.*\}', re.DOTALL)
_MAKE_ROOM = "; make room on its disk, or raise the limit on sizes, then try again"
# By what the error says: DuckDB hands on the system's words, not its number.
_ADVICE = {os.strerror(number): _MAKE_ROOM for number in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)} | {
    os.strerror(errno.EACCES): "; see who may read and write there",
    "not a valid DuckDB database file": "; move that file away: 'scholar-etl replay' makes it anew from the archive",
}


@cache
def read_sql(name: str) -> str:
    """Return the text of one SQL file, named by its path under `warehouse/`: `loads/append_spans.sql`."""
    return files("scholar_etl.warehouse").joinpath(*name.split("/")).read_text(encoding="utf-8")


def list_sql(folder: str) -> list[str]:
    """Return the names of a folder's SQL files, sorted, in the form that `read_sql` takes."""
    found = files("scholar_etl.warehouse").joinpath(folder).iterdir()
    return sorted(f"{folder}/{entry.name}" for entry in found if entry.name.endswith(".sql"))


def quote(text: str) -> str:
    """Return `text` as an SQL string literal, for the statements that take no parameters."""
    return "'" + text.replace("'", "''") + "'"


def run_file(connection: duckdb.DuckDBPyConnection, name: str, parameters: Mapping[str, Any] | None = None) -> None:
    """Run every statement of a file. Each statement gets those of `parameters` that it names."""
    parsed = _PARSED.setdefault(connection, {})
    if name not in parsed:
        parsed[name] = connection.extract_statements(read_sql(name))
    for statement in parsed[name]:
        wanted = {key: value for key, value in (parameters or {}).items() if key in statement.named_parameters}
        connection.execute(statement, wanted)


def fetch_rows(
    connection: duckdb.DuckDBPyConnection, name: str, parameters: Mapping[str, Any] | None = None
) -> list[dict[str, Any]]:
    """Run a file of one query and return its rows by column name; timestamps are aware, in UTC."""
    return list(stream_rows(connection, name, parameters))


def stream_rows(
    connection: duckdb.DuckDBPyConnection, name: str, parameters: Mapping[str, Any] | None = None
) -> Iterator[dict[str, Any]]:
    """Yield what `fetch_rows` returns, without holding it: the connection is not free until the last row is taken."""
    result = connection.execute(read_sql(name), dict(parameters or {}))
    columns = [column[0] for column in result.description or ()]
    while chunk := result.fetchmany(_CHUNK):
        for row in chunk:
            yield dict(zip(columns, map(_aware, row), strict=True))


@contextmanager
def transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Commit what is done inside, or none of it."""
    try:
        connection.begin()
        yield
        connection.commit()
    except BaseException:
        # A failed statement may have ended the transaction: the first error is the one to tell.
        with suppress(duckdb.Error):
            connection.rollback()
        raise


def naive_utc(moment: datetime) -> datetime:
    """Return an aware moment as the warehouse stores it: in UTC, without a zone. Raises ValueError on a naive one."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment.isoformat()} has no time zone")
    return moment.astimezone(UTC).replace(tzinfo=None)


def _aware(value: Any) -> Any:
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) else value


@contextmanager
def translated(doing: str) -> Iterator[None]:
    """Turn what DuckDB and the file system raise into a `WarehouseError` of one line: `doing`, then their reason."""
    try:
        yield
    except (duckdb.Error, OSError) as error:
        raise WarehouseError(f"{doing}: {_reason(error)}") from error
    except RuntimeError as error:
        # What DuckDB makes of the KeyboardInterrupt that it meets while it works in the main thread.
        if str(error) == "Query interrupted":
            raise KeyboardInterrupt from error
        raise


def _reason(error: Exception) -> str:
    """Return what an error says, on one line, and what to do about it."""
    said = str(error)
    if nested := _NESTED.search(said):
        # A write that failed in the background is told as JSON within a sentence on its bytes.
        with suppress(ValueError, LookupError):
            said = json.loads(nested[0])["exception_message"]
    advice = next((advice for sign, advice in _ADVICE.items() if sign in said), "")
    return " ".join(said.split()) + advice
