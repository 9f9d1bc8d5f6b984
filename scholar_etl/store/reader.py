"""Reading the published file."""

from __future__ import annotations

from pathlib import Path

import duckdb

from scholar_etl.errors import ForeignDatabaseError, MissingWarehouseError
from scholar_etl.store.migrate import current_version
from scholar_etl.store.sql import quote, translated

# Without external access DuckDB still lets through what is open already: the file could be attached anew, for
# writing, and its write-ahead log be written (tried with 1.5 and 2.0). Without the file system nothing is opened any
# more; what is open stays open.
_LOCKS = (
    "set enable_external_access = false",
    "set disabled_filesystems = 'LocalFileSystem'",
    "set lock_configuration = true",
)

Config = dict[str, str | bool | int | float | list[str]]
"""Settings of DuckDB by their names."""


def connect(path: Path | str, *, memory_limit_mb: float | None = None) -> duckdb.DuckDBPyConnection:
    """Open the published warehouse at `path` for reading: the newest whole run, which stays as it is while open.

    The SQL run on the connection can change nothing in the warehouse, read or write no file, reach no network and see
    no Python variable. It may take `memory_limit_mb` (1,000,000 bytes each; None: 80 % of the machine's memory) by
    DuckDB's own count, and a query that needs more fails: nothing is moved out to the disk.
    Raises `MissingWarehouseError` when nothing has been published, `WarehouseError` when the file cannot be read.
    """
    config: Config = {"temp_directory": "", "python_enable_replacements": False}
    if memory_limit_mb is not None:
        config["memory_limit"] = f"{memory_limit_mb}MB"
    connection = attach_published(path, config)
    with translated(f"cannot open the warehouse {path}"):
        for lock in _LOCKS:
            connection.execute(lock)
    return connection


def attach_published(path: Path | str, config: Config) -> duckdb.DuckDBPyConnection:
    """Open a DuckDB of that configuration in memory, with the published warehouse attached read-only and in use.

    Unlike that of `connect`, the connection may do whatever this process may: it is for SQL of our own alone.
    Raises as `connect` does.
    """
    path = Path(path)
    if not path.exists():
        raise MissingWarehouseError(path)
    with translated(f"cannot open the warehouse {path}"):
        connection = duckdb.connect(config=config)
        try:
            # Attached, not connected to: DuckDB shares one instance among a process's connections to a path, and
            # would go on showing the file that a publication has since replaced.
            connection.execute(f"attach {quote(str(path))} as scholar (read_only)")
            connection.execute("use scholar")
            if not current_version(connection):
                raise ForeignDatabaseError(path)
        except BaseException:
            connection.close()
            raise
    return connection
