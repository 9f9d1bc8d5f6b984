"""A second warehouse, built beside the published one: to be compared with it, or to take its place."""

from __future__ import annotations

import glob
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import duckdb

from scholar_etl.errors import WarehouseError
from scholar_etl.files import part_of
from scholar_etl.store.migrate import current_definition, current_version
from scholar_etl.store.sql import fetch_rows, naive_utc, quote, run_file, transaction, translated
from scholar_etl.store.writer import Warehouse


@dataclass(frozen=True, slots=True)
class Difference:
    """A value that the published warehouse and the one built anew do not agree on.

    `view` is the public view, `key` what tells its row from others, `column` None where one side has no such row. The
    values are those of the view in JSON's types; `published` or `rebuilt` is None where that side has none.
    """

    view: str
    author_id: str
    key: str
    column: str | None
    published: Any
    rebuilt: Any


class Rebuild:
    """Context manager: room for a warehouse beside the one published at `published`, clean at its start and its end.

    It holds no lock on `published`: the caller sees to it that nobody writes meanwhile.
    """

    def __init__(self, published: Path) -> None:
        self.published = published
        self.path = published.with_name(f".{published.name}.replay")

    def __enter__(self) -> Self:
        self._clear()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._clear()

    def writer(self) -> Warehouse:
        """Return the writer of the warehouse that is built."""
        return Warehouse(self.path)

    def lost_captures(self) -> list[dict[str, Any]]:
        """Return capture_id and warc_file of what the published warehouse has and the one built anew has not.

        `warc_file` is None of an observation that was loaded without its capture.
        """
        with self._both() as connection:
            return fetch_rows(connection, "queries/lost_in_replay.sql")

    def differences(self) -> list[Difference]:
        """Return what the public views of the two do not agree on, runs left out, by view and author."""
        with self._both() as connection:
            rows = fetch_rows(connection, "queries/replay_differences.sql")
        return [difference for row in rows for difference in _unfold(row)]

    def carry_over(self, run_id: str, started_at: datetime, finished_at: datetime, status: str) -> None:
        """Take over what no archive holds: the runs, with this replay as one more, and what earlier extractors read."""
        run = {
            "run_id": run_id,
            "started_at": naive_utc(started_at),
            "finished_at": naive_utc(finished_at),
            "status": status,
        }
        with self._both(read_only=False) as connection, transaction(connection):
            run_file(connection, "loads/carry_over.sql", run)

    @contextmanager
    def _both(self, *, read_only: bool = True) -> Iterator[duckdb.DuckDBPyConnection]:
        """Open the two as `published` and `rebuilt`."""
        with translated(f"cannot compare the warehouse {self.published}"), duckdb.connect() as connection:
            connection.execute(f"attach {quote(str(self.published))} as published (read_only)")
            connection.execute(f"attach {quote(str(self.path))} as rebuilt {'(read_only)' if read_only else ''}")
            if not _is_alike(connection):
                raise WarehouseError(
                    f"{self.published} was written by another version of scholar-etl: run 'scholar-etl refresh' once, "
                    "then compare"
                )
            yield connection

    def _clear(self) -> None:
        log = self.path.with_name(f"{self.path.name}.wal")
        for leftover in (
            self.path,
            log,
            part_of(self.path),
            *self.path.parent.glob(f".{glob.escape(self.path.name)}.*"),
        ):
            leftover.unlink(missing_ok=True)


def _is_alike(connection: duckdb.DuckDBPyConnection) -> bool:
    """Tell whether the two have the same tables and views."""
    states = set()
    for catalog in ("published", "rebuilt"):
        connection.execute(f"use {catalog}")
        states.add((current_version(connection), current_definition(connection)))
    return len(states) == 1


def _unfold(row: dict[str, Any]) -> Iterator[Difference]:
    """Yield a difference for each column that differs, or one for a row that only one side has."""
    published, rebuilt = (row[side] and json.loads(row[side]) for side in ("published", "rebuilt"))
    place = (row["view_name"], row["author_id"], row["key"])
    if published is None or rebuilt is None:
        yield Difference(*place, None, published, rebuilt)
        return
    for column, value in published.items():
        if value != rebuilt[column]:
            yield Difference(*place, column, value, rebuilt[column])
