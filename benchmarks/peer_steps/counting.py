"""What a history holds, by the same SQL for all tools. For any DuckDB from 1.5 on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb


def count_rows(file: Path, views: str) -> dict[str, Any]:
    """Return by `papers open`, `papers closed`, … the number of rows and a checksum of their contents.

    `views` is SQL that makes the two views which `counts.sql` reads.
    """
    query = (Path(__file__).parent / "counts.sql").read_text(encoding="utf-8")
    with duckdb.connect(str(file), read_only=True) as connection:
        connection.execute(views)
        rows = connection.execute(query).fetchall()
    return {f"{name} {'open' if is_open else 'closed'}": [count, int(sum_)] for name, is_open, count, sum_ in rows}
