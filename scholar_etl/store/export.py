"""Every public view as files: in Parquet, exact, or in CSV, for people's tools.

A view is first sorted by its key into a scratch file and then written from there: a large one is computed once, and
never held in memory.
"""

from __future__ import annotations

import glob
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC
from functools import partial
from pathlib import Path
from typing import Any

import duckdb

from scholar_etl.clock import Clock, utc_now
from scholar_etl.fields import VIEWS, field_of
from scholar_etl.interruptible import Interruptible, is_one_left_behind
from scholar_etl.store.export_folder import MADE_BY, MANIFEST, replaced_folder
from scholar_etl.store.reader import Config, attach_published
from scholar_etl.store.sql import fetch_rows, read_sql, run_file, translated
from scholar_etl.version import __version__

FORMS = ("parquet", "csv")

PARTITION_ABOVE = 1_000_000
"""Rows above which a view that has parts is a folder of them."""

_MEMORY_MB, _THREADS = 2_000, 2  # 1,800,000 papers of 1 KB took half of that; each further thread takes more


@dataclass(frozen=True, slots=True)
class ExportedView:
    """A view as it was written: its number of rows, and its files by their paths in the folder, sorted."""

    view: str
    rows: int
    files: tuple[str, ...]


def export_views(
    path: Path | str,
    directory: Path | str,
    form: str = "parquet",
    *,
    apart_from: Iterable[Path] = (),
    partition_above: int = PARTITION_ABOVE,
    clock: Clock = utc_now,
    on_view: Callable[[ExportedView], None] = lambda _: None,
) -> list[ExportedView]:
    """Write every public view of the warehouse published at `path` into `directory`, and return what was written.

    `form` is one of `FORMS`. `directory` becomes this export as a whole or stays what it was: missing, empty, or an
    earlier export. It may be or lie in none of the folders `apart_from`. A view of more than `partition_above` rows
    that has parts is a folder of them. `on_view` is told each view when it is written.
    Raises `UsageError` when the directory is anything else, `MissingWarehouseError` when nothing has been published,
    `WarehouseError` when the views cannot be read or written.
    """
    views = []
    with (
        translated(f"cannot export to {directory}"),
        replaced_folder(Path(directory), apart_from) as (whole, scratch),
        _opened(path, scratch) as (connection, calls),
    ):
        calls.call(partial(run_file, connection, "exports/csv_macros.sql"))
        for view in VIEWS:
            views.append(calls.call(partial(_write_view, connection, view, form, whole, scratch, partition_above)))
            on_view(views[-1])
        manifest = {
            "made_by": MADE_BY,
            "version": __version__,
            "exported_at": clock().astimezone(UTC).isoformat().replace("+00:00", "Z"),
            "format": form,
            **calls.call(partial(_describe, connection, views)),
        }
        text = json.dumps(manifest, indent=2, ensure_ascii=False)
        (whole / MANIFEST).write_text(f"{text}\n", encoding="utf-8")
    return views


@contextmanager
def _opened(path: Path | str, scratch: Path) -> Iterator[tuple[duckdb.DuckDBPyConnection, Interruptible]]:
    """Open the published file for SQL of our own, which may write files and spills into `scratch`."""
    config: Config = {
        "temp_directory": str(scratch / "spilled"),
        "memory_limit": f"{_MEMORY_MB}MB",
        "threads": _THREADS,
        "python_enable_replacements": False,
    }
    connection = attach_published(path, config)
    try:
        yield connection, Interruptible(connection.interrupt)
    finally:
        if not is_one_left_behind():  # closing would wait for it
            connection.close()


def _write_view(
    connection: duckdb.DuckDBPyConnection, view: str, form: str, whole: Path, scratch: Path, partition_above: int
) -> ExportedView:
    def run(name: str, **parameters: str | None) -> list[tuple[Any, ...]]:
        return connection.execute(read_sql(f"exports/{name}.sql"), parameters).fetchall()

    ordered = scratch / f"{view}.parquet"
    source = glob.escape(str(ordered))  # DuckDB takes the name of a file to read for a pattern
    ((rows,),) = run(view, file=str(ordered))
    parts = [part for (part,) in run("list_parts", source=source)] if rows > partition_above else [None]
    files = [f"{view}.{form}" if part is None else f"{view}.{form}/{part}/part-0.{form}" for part in parts]
    for part, name in zip(parts, files, strict=True):
        file = whole / name
        file.parent.mkdir(parents=True, exist_ok=True)
        run(f"write_{form}", source=source, part=part, file=str(file))
    ordered.unlink()
    return ExportedView(view, rows, tuple(files))


def _describe(connection: duckdb.DuckDBPyConnection, views: Sequence[ExportedView]) -> dict[str, Any]:
    """Return what the manifest says of the warehouse: the last run in it, and each view with its columns."""
    newest = {row["which"]: row["run_id"] for row in fetch_rows(connection, "queries/last_runs.sql")}
    columns: dict[str, list[dict[str, str | None]]] = {view: [] for view in VIEWS}
    for row in fetch_rows(connection, "queries/view_columns.sql"):
        view, name = row["view_name"], row["column_name"]
        field = field_of(view, name)
        columns[view].append(
            {"name": name, "type": row["data_type"], "description": field.description, "unit": field.unit}
        )
    return {
        "last_run_id": newest.get("last"),
        "views": [
            {
                "view": exported.view,
                "description": VIEWS[exported.view][0],
                "rows": exported.rows,
                "files": exported.files,
                "columns": columns[exported.view],
            }
            for exported in views
        ],
    }
