"""Compaction: the writer's file written anew, without the room that updates left, like rows side by side.

Between compactions a file grows by appending, in the order of arrival, and by blocks that changes set free and nothing
has filled yet. It is compacted when that has made it half as large again as it was after the last time.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import duckdb

from scholar_etl.errors import WarehouseError
from scholar_etl.files import sync_to_disk
from scholar_etl.store.sql import fetch_rows, naive_utc, quote, run_file, transaction

GROWTH = 1.5
"""A file this many times as large as after its last compaction is compacted: at most a third of it is waste."""

# Tried in turn. What sorting takes beyond the first goes to the disk, and it is as quick; but where rows lie scattered
# over a large file, too many of them have to be in memory together.
_MEMORY = ("40MB", "256MB", "80%")

# Of 256 KiB. The size from which growth counts in a file that was never compacted: below 48 MiB it costs more than it
# gives, 1.2 s of CPU for 5 MB where 1,000 authors with 30 papers are new.
_SMALLEST_BLOCKS = 128


def is_worthwhile(connection: duckdb.DuckDBPyConnection) -> bool:
    """Tell whether the attached, checkpointed warehouse has grown past the share of waste that is put up with."""
    (size,) = fetch_rows(connection, "queries/block_counts.sql")
    return bool(size["block_count"] >= GROWTH * max(size["compacted_count"], _SMALLEST_BLOCKS))


def compact(path: Path, compacted_at: datetime) -> None:
    """Write the closed warehouse file at `path` anew, and put the copy in its place once every row is in it.

    `compacted_at` is aware. When anything fails, `path` is as it was: raises `duckdb.Error`, `OSError` or
    `WarehouseError`.
    """
    partial, _ = _partial_files(path)
    try:
        for memory in _MEMORY:
            clear_compaction(path)
            try:
                _write_anew(path, partial, compacted_at, memory)
                break
            except duckdb.OutOfMemoryException:
                if memory == _MEMORY[-1]:
                    raise
        sync_to_disk(partial)
        partial.replace(path)
    finally:
        clear_compaction(path)
    sync_to_disk(path.parent)


def _write_anew(path: Path, partial: Path, compacted_at: datetime, memory: str) -> None:
    with duckdb.connect() as connection:
        connection.execute(f"set temp_directory = {quote(str(spill_folder(path)))}")
        connection.execute("set threads = 1")  # as fast, and takes less memory
        connection.execute(f"set memory_limit = '{memory}'")
        connection.execute(f"attach {quote(str(path))} as scholar (read_only)")
        connection.execute(f"attach {quote(str(partial))} as compacted (storage_version 'v1.5.0')")
        with transaction(connection):
            connection.execute("copy from database scholar to compacted (schema)")
            run_file(connection, "loads/compact.sql")
        if lost := fetch_rows(connection, "queries/lost_in_compaction.sql"):
            raise WarehouseError(f"compaction would lose rows of {', '.join(row['table_name'] for row in lost)}")
        connection.execute("checkpoint compacted")
        run_file(connection, "loads/record_compaction.sql", {"compacted_at": naive_utc(compacted_at)})
        connection.execute("checkpoint compacted")


def clear_compaction(path: Path) -> None:
    """Delete what a compaction of the file at `path` left that was killed. Raises `OSError`."""
    for file in _partial_files(path):
        file.unlink(missing_ok=True)


def _partial_files(path: Path) -> tuple[Path, Path]:
    """Return where the new file is while it is written, and its write-ahead log."""
    return path.with_name(f"{path.name}.compact"), path.with_name(f"{path.name}.compact.wal")


def spill_folder(path: Path) -> Path:
    """Return where DuckDB may put what does not fit into memory: beside the file, not in the current folder."""
    return path.with_name(f"{path.name}.tmp")
