"""The writer: its own private file, and the published one that it replaces as a whole.

DuckDB lets no reader in while a process writes, nor a writer while one reads. So the writer works on a file of its
own beside the published one, closes it (which folds the write-ahead log in) and puts a copy in the published one's
place by `os.replace`: a reader sees one whole run or the next, and is never turned away. Where the file system can
clone, the copy shares its blocks.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import duckdb

from scholar_etl.clock import utc_now
from scholar_etl.errors import WarehouseError
from scholar_etl.files import part_of, replace_with_copy, sync_to_disk
from scholar_etl.lock import ProjectLock
from scholar_etl.model import FieldYield, JudgedCapture, LayoutYield, Observation, Original, WatchedAuthor
from scholar_etl.store.compact import clear_compaction, compact, is_worthwhile, spill_folder
from scholar_etl.store.load import LoadCounts, finish_run, load, move_captures, write_watch
from scholar_etl.store.migrate import migrate
from scholar_etl.store.reader import attach_published
from scholar_etl.store.sql import fetch_rows, naive_utc, quote, run_file, translated
from scholar_etl.text import one_line

_log = logging.getLogger(__name__)

# The format that DuckDB 1.5 reads: people open the file with whatever client they have.
_STORAGE = "storage_version 'v1.5.0'"

# DuckDB keeps what it has taken for as long as a connection lives: some MB with each 100 pages, never given back.
_PAGES_A_CONNECTION = 400

# A checkpoint writes the last group of rows of each table anew, and without a limit has all of that in memory.
_CHECKPOINT_MEMORY = "32MB"

_TAGS = ("author_id", "requested_url", "etag", "last_modified")


@dataclass(frozen=True, slots=True)
class LatestOriginal:
    """What a conditional request needs of an author's newest accepted capture: the address asked for, and its tags."""

    original: Original
    requested_url: str
    etag: str | None
    last_modified: str | None


class Warehouse:
    """Context manager: the one writer of the warehouse published at `path`.

    Left without an exception it publishes what changed; left with one it does not, and readers keep the last whole
    run (what was loaded is kept for the next writer). Entering raises `LockedError` when another process writes, and
    `WarehouseError` when the file cannot be opened or is of a newer version.
    """

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        self._private = self._beside("writer")
        self._fresh = self._beside("writer.fresh")
        self._lock = ProjectLock(self._beside("lock"))
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._is_entered = False
        self._is_changed = False
        self._is_grown = False
        self._page_count = 0

    def __enter__(self) -> Self:
        self._lock.__enter__()
        is_made = False
        try:
            with translated(f"cannot open the warehouse {self.path}"):
                self._clear_scrap()
                is_made = self._restore()
                self._is_changed = self._is_ahead()
                self._is_entered = True
                if migrate(self.connection, utc_now()):
                    self._is_changed = True
        except BaseException:
            self._disconnect()
            if is_made:
                # Else half a file, or what is wrong with the published one, would outlive its mending.
                self._private.unlink(missing_ok=True)
                self._log().unlink(missing_ok=True)
            self._abandon()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                with translated(f"cannot publish the warehouse {self.path}"):
                    self._close()
                    if self._is_changed:
                        self._replace_published()
        finally:
            self._abandon()

    @property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """The connection to the private file. Raises `WarehouseError` outside the `with` block.

        It is opened when it is asked for: closing the file may be interrupted at any point, and it can still be used.
        """
        if not self._is_entered:
            raise WarehouseError(f"the warehouse {self.path} is not open: use it in a 'with' block")
        if self._connection is None:
            with translated(f"cannot open the warehouse {self.path}"):
                self._connection = self._open()
            self._page_count = 0
        return self._connection

    def load(
        self,
        observations: Iterable[Observation],
        captures: Iterable[JudgedCapture] = (),
        *,
        recorded_at: datetime | None = None,
    ) -> LoadCounts:
        """Take observations and judged captures into history, all or nothing; readers see it once published.

        Any order and any number of repeats give the same history. `recorded_at` (aware) is the moment of the load,
        now when None. Raises `WarehouseError`, and nothing is taken in.
        """
        with translated(f"cannot load into the warehouse {self.path}"):
            counts = load(self.connection, observations, captures, recorded_at or utc_now())
        self._is_changed |= counts.is_change
        self._page_count += max(counts.observations, counts.captures)
        if self._page_count >= _PAGES_A_CONNECTION:
            self._close_between_loads()
        return counts

    def begin_run(self, run_id: str, kind: str, started_at: datetime) -> None:
        """Record a run as `running`. Runs that a killed process left running become `abandoned`."""
        self._write("queries/begin_run.sql", {"run_id": run_id, "kind": kind, "started_at": naive_utc(started_at)})

    def finish_run(
        self,
        run_id: str,
        status: str,
        finished_at: datetime,
        author_count: int,
        fields: Iterable[FieldYield] = (),
        layouts: Iterable[LayoutYield] = (),
    ) -> None:
        """Record a run's end. `author_count` is the number of authors it was for; captures are counted here.

        `fields` and `layouts` are what its pages yielded.
        """
        run = {
            "run_id": run_id,
            "status": status,
            "finished_at": naive_utc(finished_at),
            "author_count": author_count,
        }
        with translated(f"cannot write the warehouse {self.path}"):
            finish_run(self.connection, run, fields, layouts)
        self._is_changed = True

    def sync_watch(self, authors: Iterable[WatchedAuthor]) -> None:
        """Make the warehouse's copy of the watchlist equal to `authors`; the view `authors` takes its tags from it."""
        with translated(f"cannot write the watchlist into the warehouse {self.path}"):
            if write_watch(self.connection, authors):
                self._is_changed = True

    def latest_originals(self) -> dict[str, LatestOriginal]:
        """Return by author_id what the newest accepted capture holds, or refers to when it is a revisit."""
        with translated(f"cannot read the warehouse {self.path}"):
            rows = fetch_rows(self.connection, "queries/latest_originals.sql")
        latest = {}
        for row in rows:
            author_id, *tags = (row.pop(key) for key in _TAGS)
            latest[author_id] = LatestOriginal(Original(**row), *tags)
        return latest

    def last_success(self) -> dict[str, datetime]:
        """Return by author_id the moment of the newest observation, aware, in UTC."""
        return self._read_pairs("queries/last_success.sql")

    def last_tried(self) -> dict[str, datetime]:
        """Return by author_id the moment of the newest capture, accepted or not, aware, in UTC."""
        return self._read_pairs("queries/last_tried.sql")

    def archive_offsets(self) -> dict[str, int]:
        """Return by WARC file the offset of the last record that the warehouse knows."""
        return self._read_pairs("queries/archive_offsets.sql")

    def known_captures(self, capture_ids: Iterable[str]) -> set[str]:
        """Return those of `capture_ids` (UUIDs) that the warehouse has a judgement of."""
        with translated(f"cannot read the warehouse {self.path}"):
            rows = fetch_rows(self.connection, "queries/known_captures.sql", {"capture_ids": list(capture_ids)})
        return {row["capture_id"] for row in rows}

    def find_originals(
        self, capture_ids: Sequence[str], authors_and_digests: Sequence[str]
    ) -> list[tuple[str, Original]]:
        """Return captures that hold payloads, each after its author_id: by id, or by `<author_id> <payload digest>`."""
        with translated(f"cannot read the warehouse {self.path}"):
            parameters = {"capture_ids": list(capture_ids), "digests": list(authors_and_digests)}
            rows = fetch_rows(self.connection, "queries/find_originals.sql", parameters)
        return [(row.pop("author_id"), Original(**row)) for row in rows]

    def move_captures(self, warc_file: str, capture_ids: Sequence[str]) -> None:
        """Note that captures now lie in a packed file of the archive; a capture's place in the list is its row."""
        with translated(f"cannot write the warehouse {self.path}"):
            move_captures(self.connection, warc_file, capture_ids)
        self._is_changed = True

    def compact(self) -> None:
        """Write the file anew without its waste, and publish it; otherwise done when the file has grown by half.

        Takes room for a second copy. Raises `WarehouseError`, and the file is as it was.
        """
        with translated(f"cannot compact the warehouse {self.path}"):
            self._close()
            compact(self._private, utc_now())
            self._is_grown = False
            self._replace_published()

    def publish(self) -> None:
        """Put what has been loaded in the published file's place, and stay open for more."""
        with translated(f"cannot publish the warehouse {self.path}"):
            self._close()
            self._replace_published()

    def replace_with(self, rebuilt: Path) -> None:
        """Let a warehouse that was built beside, and is closed, take this one's place, and publish it."""
        with translated(f"cannot replace the warehouse {self.path}"):
            self._close()
            rebuilt.replace(self._private)
            sync_to_disk(self._private.parent)
            self._replace_published()

    def _read_pairs(self, query: str) -> dict[str, Any]:
        with translated(f"cannot read the warehouse {self.path}"):
            return dict(tuple(row.values()) for row in fetch_rows(self.connection, query))

    def _write(self, name: str, parameters: dict[str, object]) -> None:
        with translated(f"cannot write the warehouse {self.path}"):
            run_file(self.connection, name, parameters)
        self._is_changed = True

    def _beside(self, role: str) -> Path:
        return self.path.with_name(f".{self.path.name}.{role}")

    def _log(self) -> Path:
        return self._private.with_name(f"{self._private.name}.wal")

    def _clear_log_of_others(self) -> None:
        """Delete what a client that died has left of its writing into the published file.

        DuckDB opens no file beside which it finds the write-ahead log of another.
        """
        self.path.with_name(f"{self.path.name}.wal").unlink(missing_ok=True)

    def _clear_scrap(self) -> None:
        """Delete what a killed writer was in the middle of making: each is made anew, and takes room till then."""
        for part in (part_of(self.path), part_of(self._private), self._fresh):
            part.unlink(missing_ok=True)
        clear_compaction(self._private)
        # DuckDB never looks at what another process has spilled.
        shutil.rmtree(spill_folder(self._private), ignore_errors=True)

    def _restore(self) -> bool:
        """Make the private file where there is none, from the published one or empty; return whether it was made.

        A write-ahead log alone is of no use. DuckDB makes a file in several steps, of which a crash may leave some: so
        it does that beside.
        """
        if self._private.exists():
            return False
        self._log().unlink(missing_ok=True)
        if self.path.exists():
            self._clear_log_of_others()
            attach_published(self.path, {}).close()  # what is no warehouse is told by its own name, and not made one
            replace_with_copy(self.path, self._private)
            return True
        try:
            with duckdb.connect() as connection:
                connection.execute(f"attach {quote(str(self._fresh))} as scholar ({_STORAGE})")
            self._fresh.replace(self._private)
        finally:
            self._fresh.unlink(missing_ok=True)
        return True

    def _is_ahead(self) -> bool:
        """Whether an earlier writer ended without publishing what it had loaded."""
        if not self._private.exists() or not self.path.exists():
            return True
        return self._log().exists() or self._private.stat().st_mtime_ns > self.path.stat().st_mtime_ns

    def _open(self) -> duckdb.DuckDBPyConnection:
        connection = duckdb.connect()
        try:
            connection.execute(f"set temp_directory = {quote(str(spill_folder(self._private)))}")
            # A load is small: to share it out costs a fifth more CPU, saves no time, and each thread keeps memory.
            connection.execute("set threads = 1")
            # One that DuckDB makes by itself at a commit fails the commit, although that is done and on the disk.
            connection.execute("set wal_autocheckpoint = '1TB'")
            connection.execute(f"attach {quote(str(self._private))} as scholar ({_STORAGE})")
            connection.execute("use scholar")
        except BaseException:
            connection.close()
            raise
        return connection

    def _close_between_loads(self) -> None:
        """Close the private file, for its memory. What is loaded is loaded, and no failure here may say otherwise."""
        try:
            with translated(f"cannot fold the log into {self._private}, which keeps what was loaded"):
                self._close()
        except WarehouseError as error:
            _log.warning("%s", error)

    def _close(self) -> None:
        """Close the private file, checkpointed: a copy without its write-ahead log would lose committed rows."""
        try:
            self._checkpoint()
            self._is_grown = is_worthwhile(self.connection)
        finally:
            self._disconnect()
        if self._log().exists():
            raise WarehouseError(f"{self._private} was not closed whole: try again")

    def _checkpoint(self) -> None:
        """Fold the write-ahead log in, within little memory where that does."""
        try:
            self.connection.execute(f"set memory_limit = '{_CHECKPOINT_MEMORY}'")
            self.connection.execute("checkpoint scholar")
        except duckdb.Error:
            # Too little, perhaps. DuckDB gives a database up whose checkpoint fails; but all of it is on the disk.
            self._disconnect()
            self.connection.execute("checkpoint scholar")

    def _replace_published(self) -> None:
        if self._is_grown:
            self._try_to_compact()
        self._clear_log_of_others()
        replace_with_copy(self._private, self.path)
        self._is_changed = False

    def _try_to_compact(self) -> None:
        """Compact the private file, if there is room for that: a refresh does not fail for want of it."""
        try:
            compact(self._private, utc_now())
        except (duckdb.Error, OSError) as error:
            _log.warning("cannot compact %s: %s; going on with it as it is", self._private, one_line(str(error)))

    def _abandon(self) -> None:
        self._disconnect()
        self._is_entered = False
        self._lock.__exit__(None, None, None)

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(duckdb.Error):
                connection.close()
