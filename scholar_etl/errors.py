"""Every error that a person may meet, each with one line that says what is wrong and what to do.

ScholarEtlError                 exit 1: the work failed
 ├── UsageError                 exit 2: the command line or the configuration is wrong
 │    ├── ConfigError           a setting: names file, key and what was expected
 │    │    └── MissingProjectError  there is no project folder
 │    ├── UnknownAuthorError    an author that is not on the watchlist
 │    └── UnknownCaptureError   an id that no capture has, or several begin with
 ├── LockedError                another run holds the project; try again when it has ended
 ├── ArchiveError               the archive cannot be written or read
 │    ├── DamagedArchiveError   names file and offset
 │    ├── IncompleteArchiveError captures that the warehouse knows are gone
 │    └── ForeignFileError      a file of another tool is no WARC file
 ├── PayloadError               a body cannot be decoded (scholar_etl.payload)
 ├── NoHistoryError             nothing is known of an author, or of that time
 ├── OutboxError                the state of alerts cannot be read or written
 ├── ReportError                the folder of a report cannot be written
 └── WarehouseError             the warehouse cannot be opened, migrated, written or published
      ├── MissingWarehouseError nothing has been published yet
      ├── ForeignDatabaseError  the file is a database of something else
      └── QueryError            the user's SQL failed
           ├── QueryTimeoutError    it took longer than it may
           └── QueryMemoryError     it needs more memory than it may take
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path


class ScholarEtlError(Exception):
    """The root: its message is one full line for a person."""

    exit_code = 1


class UsageError(ScholarEtlError):
    """The command line or the configuration is wrong: trying again does not help, changing it does."""

    exit_code = 2


class ConfigError(UsageError):
    """A configuration file is missing or says something that cannot be."""

    def __init__(self, file: Path | str, problem: str) -> None:
        self.file = str(file)
        self.problem = problem
        super().__init__(f"{self.file}: {problem}")


class MissingProjectError(ConfigError):
    """A file is missing that every project folder has."""

    def __init__(self, file: Path) -> None:
        super().__init__(file, "no such file: run 'scholar-etl init' here, or name the folder with --project DIR")


class UnknownAuthorError(UsageError):
    """An author was named who is not on the watchlist."""

    def __init__(self, author: str) -> None:
        self.author = author
        super().__init__(
            f"unknown author {author!r}: not on the watchlist (see 'scholar-etl watch list'; "
            "'scholar-etl watch add' takes a profile's address or its number)"
        )


class UnknownCaptureError(UsageError):
    """A capture was named that the warehouse does not know, or by a beginning that several share."""

    def __init__(self, capture_id: str, *, is_ambiguous: bool) -> None:
        self.capture_id = capture_id
        problem = "several captures begin so: give more of the id" if is_ambiguous else "no such capture"
        super().__init__(f"capture {capture_id!r}: {problem} (see 'scholar-etl archive list')")


class LockedError(ScholarEtlError):
    """Another process is writing. It may be tried again when that process has ended."""

    def __init__(self, path: Path, holder: str) -> None:
        self.path = path
        self.holder = holder
        super().__init__(f"{path} is locked by {holder}: wait until it has ended, or stop it, then try again")


class NoHistoryError(ScholarEtlError):
    """Of an author nothing is known: `is_known` False for never, True for not of what was asked for."""

    def __init__(self, author_id: str, *, is_known: bool) -> None:
        self.author_id = author_id
        self.is_known = is_known
        super().__init__(
            f"no value of {author_id} is known there: ask for another time or metric"
            if is_known
            else f"no history of {author_id}: no page has been accepted yet ('scholar-etl refresh' asks for one, "
            "'scholar-etl status' says what came)"
        )


class OutboxError(ScholarEtlError):
    """The file with the state of alerts cannot be read or written."""

    def __init__(self, path: Path, problem: str) -> None:
        self.path = path
        self.problem = problem
        super().__init__(
            f"cannot use {path}, the state of alerts: {problem}; make its folder writable, or delete the file to begin "
            "anew from now"
        )


class ArchiveError(ScholarEtlError):
    """The archive of captures cannot be written or read."""


class DamagedArchiveError(ArchiveError):
    """What lies at a place of the archive is not the record that should lie there."""

    def __init__(self, file: Path | str, offset: int, problem: str) -> None:
        self.file = str(file)
        self.offset = offset
        self.problem = problem
        unit = "row" if self.file.endswith(".parquet") else "byte"
        super().__init__(f"{self.file} at {unit} {offset}: {problem}")


class IncompleteArchiveError(ArchiveError):
    """The warehouse knows `count` captures that the archive no longer holds; `files` are those that held them."""

    def __init__(self, root: Path, count: int, files: Collection[str | None]) -> None:
        self.root = root
        self.count = count
        self.files = sorted(file for file in files if file)
        where = f" ({self.files[0]}{' and others' if len(self.files) > 1 else ''})" if self.files else ""
        super().__init__(
            f"the warehouse knows {count} captures that the archive {root} does not hold{where}: put the files "
            "back, or give them up with --accept-loss"
        )


class ForeignFileError(ArchiveError):
    """A file to be imported cannot be opened, or is no WARC file."""

    def __init__(self, path: Path, problem: str) -> None:
        self.path = path
        self.problem = problem
        super().__init__(f"cannot import {path}: {problem}; give WARC files, such as 'wget --warc-file' writes")


class ReportError(ScholarEtlError):
    """The folder of a report cannot be written. What was in it can still be read."""

    def __init__(self, folder: Path, problem: str) -> None:
        self.folder = folder
        self.problem = problem
        super().__init__(f"cannot write the report {folder}: {problem}; mend that, then run the same again")


class WarehouseError(ScholarEtlError):
    """The warehouse cannot be opened, migrated, written or published."""


class MissingWarehouseError(WarehouseError):
    """There is no published warehouse yet."""

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(f"no warehouse at {path} yet: run 'scholar-etl refresh' first")


class ForeignDatabaseError(WarehouseError):
    """The file in the warehouse's place is a DuckDB database that something else made."""

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(f"{path} is no warehouse but another database: name another file in paths.warehouse")


class QueryError(WarehouseError):
    """A query of the user's failed; the message is DuckDB's, on one line."""


class QueryTimeoutError(QueryError):
    """A query worked for longer than `timeout_s` seconds. It may be asked again with more time."""

    def __init__(self, timeout_s: float) -> None:
        self.timeout_s = timeout_s
        super().__init__(
            f"the query took longer than {timeout_s:g} s: ask for less, or give it more time "
            "(--timeout, or sql.timeout_s in scholar-etl.toml)"
        )


class QueryMemoryError(QueryError):
    """A query needs more memory than it may take. It may be asked again with more."""

    def __init__(self) -> None:
        super().__init__(
            "the query needs more memory than it may take: ask for less (a where, fewer columns, no order over all), "
            "or give it more (--memory-limit, or sql.memory_limit_mb in scholar-etl.toml)"
        )
