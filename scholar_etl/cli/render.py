"""Rows to text: a table for a terminal, JSON, CSV or Markdown. Scraped text comes out harmless in each."""

from __future__ import annotations

import csv
import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from io import TextIOWrapper
from itertools import islice
from math import isfinite
from typing import Any, TextIO
from uuid import UUID

import click
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from scholar_etl.text import is_plain, one_line

FORMATS = ("table", "json", "csv", "markdown")
_GAP = " │ "
_NARROWEST = 20
_TABLE_ROWS = 5_000
_PIPE_WIDTH = 32_000  # nothing is folded where nobody knows how wide a line may be

# What JSON allows raw and a terminal or an editor acts upon: C1 controls, line separators, direction marks,
# halves of surrogate pairs.
_ACTIVE = re.compile("[\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")
_FORMULA = ("=", "+", "-", "@", "\t")

format_option = click.option(
    "--format", "form", type=click.Choice(FORMATS), default="table", show_default=True, help="How to print it."
)

document_option = click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    help="How to print it.",
)


def write_rows(columns: Sequence[str], rows: Iterable[Sequence[Any]], form: str, out: TextIO | None = None) -> None:
    """Write rows to standard output as they come, without holding them all; a table holds some thousands at a time."""
    out = out or sys.stdout
    if form == "json":
        _write_json(columns, rows, out)
    elif form == "csv":
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow([_csv_value(name) for name in columns])
        writer.writerows([_csv_value(value) for value in row] for row in rows)
    elif form == "markdown":
        for line in _markdown(columns, rows):
            out.write(line)
    else:
        _print_tables(console(out), columns, rows)


def write_document(head: Mapping[str, Any], arrays: Iterable[tuple[str, Iterable[Mapping[str, Any]]]]) -> None:
    """Write one JSON object to standard output: the members of `head`, then arrays of rows, written as they come."""
    out = sys.stdout
    out.write("{")
    separator = "\n  "
    for name, value in head.items():
        out.write(f"{separator}{_json_text(name)}: {_json_text(value)}")
        separator = ",\n  "
    for name, rows in arrays:
        out.write(f"{separator}{_json_text(name)}: ")
        _write_array(map(_json_text, rows), out, "    ", "\n  ]")
        separator = ",\n  "
    out.write("\n}\n")


def dump_json(document: Any) -> str:
    """Return a document as indented JSON, times in ISO 8601 in UTC."""
    return _json_text(document, indent=2)


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Leave it to `main`, which knows what to do; called while the error is handled."""
        raise


def console(out: TextIO | None = None) -> Console:
    """Return a console on `out`, standard output when None: no colour and a fixed width where it is no terminal."""
    out = out or sys.stdout
    if isinstance(out, TextIOWrapper):
        out.reconfigure(errors="backslashreplace")  # a name that the terminal's encoding has not is no reason to fail
    return _Console(file=out, width=None if out.isatty() else _PIPE_WIDTH, highlight=False, markup=False, emoji=False)


def print_text(out: Console, text: Text) -> None:
    """Print lines as they are, of any width.

    Where there is nothing to colour they are written at once: to lay out 100,000 lines takes longer than to find them.
    """
    if out.is_terminal:
        out.print(text, soft_wrap=True)
    else:
        out.file.write(f"{text.plain}\n")


def _print_tables(out: Console, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Print a table after another: each is as wide as its rows need, so it is made of all of them at once."""
    rest, printed = iter(rows), 0
    while part := list(islice(rest, _TABLE_ROWS)):
        print_table(out, columns, part, first=printed + 1)
        printed += len(part)
    if not printed:
        print_table(out, columns, ())


def print_table(out: Console, columns: Sequence[str], rows: Iterable[Sequence[Any]], *, first: int = 1) -> None:
    """Print rows as a table, numbers to the right; where they are too wide for that, as a block of lines a row.

    `first` is the number of the first row, which blocks show.
    """
    body = [list(row) for row in rows]
    cells = [[show(value) for value in row] for row in body]
    names = [one_line(name) for name in columns]
    widths = [max(map(cell_len, column)) for column in zip(names, *cells, strict=True)]
    cap = _column_cap(widths, out.width - len(_GAP) * (len(names) - 1))
    if cap is None:
        if not cells:
            out.print(Text(f"no rows of {', '.join(names)}"))
        for number, row in enumerate(cells, start=first):
            if number > 1:
                out.print()
            out.print(_record(number, names, row, out.width))
        return
    table = Table(show_edge=False, pad_edge=False, header_style="bold")
    for index, name in enumerate(names):
        is_number = _is_numeric(row[index] for row in body)
        table.add_column(Text(name), justify="right" if is_number else "left", overflow="fold", max_width=cap)
    for row in cells:
        table.add_row(*map(Text, row))
    out.print(table)


def _column_cap(widths: Sequence[int], room: int) -> int | None:
    """Return the width to fold the widest columns at, so that all fit; None when they would get too narrow to read."""
    cap, left = room, room
    for count, width in zip(range(len(widths), 0, -1), sorted(widths), strict=True):
        if width * count > left:
            cap = left // count
            break
        left -= width
    return cap if cap >= min(max(widths, default=0), _NARROWEST) else None


def _record(number: int, names: Sequence[str], cells: Sequence[str], width: int) -> Table:
    grid = Table(box=None, show_header=False, pad_edge=False, title=f"row {number}", title_justify="left")
    grid.add_column(style="bold", no_wrap=True)
    grid.add_column(overflow="fold", max_width=max(width - max(map(cell_len, names), default=0) - 2, _NARROWEST))
    for name, cell in zip(names, cells, strict=True):
        grid.add_row(Text(name), Text(cell))
    return grid


def _is_numeric(values: Iterable[Any]) -> bool:
    known = [value for value in values if value is not None]
    return bool(known) and all(isinstance(v, (int, float, Decimal)) and not isinstance(v, bool) for v in known)


def show(value: Any) -> str:
    """Return one value for a person; "" for None."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:,.6g}" if abs(value) < 1e6 else f"{value:,.1f}" if abs(value) < 1e15 else f"{value:g}"
    if isinstance(value, datetime):
        return _utc(value).strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, (list, tuple)):
        return ", ".join(show(item) for item in value)
    if isinstance(value, (Mapping, bytes)):
        return one_line(_json_text(value))
    return one_line(str(value))


def _write_json(columns: Sequence[str], rows: Iterable[Sequence[Any]], out: TextIO) -> None:
    names = list(_distinct(columns))
    _write_array((_json_text(dict(zip(names, row, strict=True))) for row in rows), out, "  ", "\n]")
    out.write("\n")


def _write_array(items: Iterable[str], out: TextIO, indent: str, end: str) -> None:
    separator = f"[\n{indent}"
    for item in items:
        out.write(separator + item)
        separator = f",\n{indent}"
    out.write("[]" if separator.startswith("[") else end)


def _distinct(names: Sequence[str]) -> Iterator[str]:
    """Yield names of which no two are equal: an object of JSON would keep only the last of them."""
    seen: set[str] = set()
    for name in names:
        number, distinct = 1, name
        while distinct in seen:
            number, distinct = number + 1, f"{name}_{number}"
        seen.add(distinct)
        yield distinct


def _json_text(value: Any, indent: int | None = None) -> str:
    return _harmless(json.dumps(_plain(value), indent=indent, ensure_ascii=False, allow_nan=False))


def _plain(value: Any) -> Any:
    """Return a value in JSON's own types; a number that is none there (NaN, infinity) is null."""
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return value if isfinite(value) else None
    if isinstance(value, Mapping):
        return {key if isinstance(key, str) else show(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, datetime):
        return _iso(value)
    if isinstance(value, Decimal):
        return (int(value) if value == value.to_integral_value() else float(value)) if value.is_finite() else None
    if isinstance(value, bytes):
        return value.hex()
    return value.isoformat() if isinstance(value, date) else str(value)


def _harmless(text: str) -> str:
    """Escape characters that act on a terminal; in a JSON text they can stand in strings only."""
    return _ACTIVE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def _csv_value(value: Any) -> Any:
    if value is None or isinstance(value, (int, float, Decimal)):
        return str(value).lower() if isinstance(value, bool) else value
    if isinstance(value, datetime):
        return _iso(value)
    if isinstance(value, (list, tuple, dict)):
        return _json_text(value)
    text = value.hex() if isinstance(value, bytes) else str(value)
    if not text.isprintable():
        text = "".join(c for c in text if c in "\n\t" or is_plain(c))
    if not isinstance(value, (date, UUID)) and text.startswith(_FORMULA):
        return f"'{text}"  # a spreadsheet would run it
    return text


def _markdown(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    yield f"| {' | '.join(markdown_text(name) for name in columns)} |\n"
    yield f"|{'|'.join('---' for _ in columns)}|\n"
    for row in rows:
        yield f"| {' | '.join(markdown_text(value) for value in row)} |\n"


def markdown_text(value: Any) -> str:
    """Return one value for a person as a line of Markdown that has no markup of its own."""
    text = show(value)
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"([\\`*_{}\[\]|])", r"\\\1", text)


def _utc(moment: datetime) -> datetime:
    """Read a time of the warehouse, naive and UTC, or any aware one, as UTC."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _iso(moment: datetime) -> str:
    return _utc(moment).isoformat().replace("+00:00", "Z")
