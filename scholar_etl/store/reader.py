"""Reading the published file."""

from __future__ import annotations

from pathlib import Path

import duckdb

from scholar_etl.errors import MissingWarehouseError
from scholar_etl.store.sql import quote, translated


def connect(path: Path | str) -> duckdb.DuckDBPyConnection:
    """Open the published warehouse at `path` for reading: the newest whole run, which stays as it is while open.

    The SQL run on the connection can change nothing in the warehouse, read or write no file, and reach no network.
    Raises `MissingWarehouseError` when nothing has been published, `WarehouseError` when the file cannot be read.
    """
    path = Path(path)
    if not path.exists():
        raise MissingWarehouseError(path)
    connection = duckdb.connect()
    try:
        with translated(f"cannot open the warehouse {path}"):
            # Attached, not connected to: DuckDB shares one instance among a process's connections to a path, and
            # would go on showing the file that a publication has since replaced.
            connection.execute(f"attach {quote(str(path))} as scholar (read_only)")
            connection.execute("use scholar")
            connection.execute("set enable_external_access = false")
            connection.execute("set lock_configuration = true")
    except BaseException:
        connection.close()
        raise
    return connection
