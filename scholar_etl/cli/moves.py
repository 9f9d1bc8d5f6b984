"""How metrics moved, drawn on a terminal: a line a metric, or a line an author."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.text import Text

from scholar_etl.cli.render import print_table, print_text, show
from scholar_etl.cli.sparkline import draw, marks_for, sample
from scholar_etl.fields import METRIC_WORDS, describe_cause

_NARROWEST, _WIDEST = 20, 60
_LONGEST_NAME = 30

Rows = Sequence[dict[str, Any]]
"""One metric's rows of `metric_history`, in order."""


@dataclass(frozen=True, slots=True)
class _Axis:
    """The time that is drawn: from a moment to a moment, aware. Never beyond what is known."""

    start: datetime
    end: datetime

    @classmethod
    def of(cls, rows: Rows, start: datetime | None, end: datetime) -> _Axis:
        """Return the axis for these rows of any metrics and authors, within what was asked for."""
        start = start or min(row["valid_from"] for row in rows)
        return cls(start, max(start, min(end, max(row["last_seen_at"] for row in rows))))

    def __str__(self) -> str:
        return f"{self.start:%Y-%m-%d} to {self.end:%Y-%m-%d}"


def print_history(
    out: Console, histories: Iterable[Rows], start: datetime | None, end: datetime, *, with_steps: bool
) -> None:
    """Print each author's metrics, each on a scale of its own; `with_steps`: and each change, a row.

    `start` and `end` (aware) are the moments asked for; start None: from the first page on.
    """
    for number, rows in enumerate(histories):
        axis = _Axis.of(rows, start, end)
        name = _at_most(show(rows[0]["name"]), 2 * _LONGEST_NAME)
        if number:
            out.print()
        print_text(out, Text.assemble((name, "bold"), (f"  {rows[0]['author_id']}  {axis}", "dim")))
        metrics = [list(found) for _, found in groupby(rows, key=itemgetter("metric"))]
        lines = [(METRIC_WORDS[found[0]["metric"]], found) for found in metrics]
        for place, (label, found) in enumerate(lines):
            if with_steps and place:
                out.print()
            _print_lines(out, [(label, found)], axis, _details_width(lines, axis))
            if with_steps:
                _print_steps(out, found, axis)


def print_comparison(out: Console, histories: Iterable[Rows], start: datetime | None, end: datetime) -> None:
    """Print one metric of several authors, a line an author, on one axis of time and one scale; see `print_history`."""
    authors = list(histories)
    axis = _Axis.of([row for rows in authors for row in rows], start, end)
    out.print(Text.assemble((METRIC_WORDS[authors[0][0]["metric"]], "bold"), (f"  {axis}", "dim")))
    lines = [(show(rows[0]["name"]), rows) for rows in authors]
    _print_lines(out, lines, axis, _details_width(lines, axis))


def _at_most(text: str, width: int) -> str:
    """Return a text of `width` cells at most, its end replaced by an ellipsis where it has more."""
    return text if cell_len(text) <= width else f"{set_cell_size(text, width - 1).rstrip()}…"


def _details_width(lines: Sequence[tuple[str, Rows]], axis: _Axis) -> int:
    return max(len(_details(rows, axis)) for _, rows in lines)


def _print_lines(out: Console, lines: Sequence[tuple[str, Rows]], axis: _Axis, details_width: int) -> None:
    """Print labelled lines on one scale, what is to be said of each beside it, or below it where that is too wide."""
    labels = [_at_most(label, _LONGEST_NAME) for label, _ in lines]
    indent = max(10, *map(cell_len, labels)) + 4
    beside = min(out.width - indent - 2 - details_width, _WIDEST)
    width = beside if beside >= _NARROWEST else max(min(out.width - indent, _WIDEST), 1)
    values = [row["value"] for _, rows in lines for row in rows]
    for label, (_, rows) in zip(labels, lines, strict=True):
        spark = draw(sample(rows, axis.start, axis.end, width), min(values), max(values), marks_for(out.encoding))
        head, details = f"  {set_cell_size(label, indent - 4)}  {spark}", _details(rows, axis)
        if beside >= _NARROWEST:
            print_text(out, Text(f"{head}  {details}"))
        else:
            print_text(out, Text(head))
            margin = " " * indent
            told = textwrap.wrap(
                details, max(out.width, indent + _NARROWEST), initial_indent=margin, subsequent_indent=margin
            )
            print_text(out, Text("\n".join(told)))


def _details(rows: Rows, axis: _Axis) -> str:
    first, last = rows[0], rows[-1]
    values, steps = [row["value"] for row in rows], rows[1:]
    since = f"{last['value']:,} since {last['valid_from']:%Y-%m-%d}"
    if not steps:
        told = f"{since}; no change"
    else:
        begun = max(first["valid_from"], axis.start)
        biggest = max(steps, key=lambda row: abs(row["delta"]))
        told = (
            f"{first['value']:,} on {begun:%Y-%m-%d} -> {since}; {min(values):,} to {max(values):,}; "
            + (f"{len(steps):,} changes, the biggest" if len(steps) > 1 else "1 change,")
            + f" {biggest['delta']:+,} on {biggest['valid_from']:%Y-%m-%d}"
        )
        if cause := describe_cause(biggest["cause"]):
            told += f" ({cause})"
    gone = last["not_shown_from"]
    return told if gone is None or gone > axis.end else f"{told}; not shown since {gone:%Y-%m-%d}"


def _print_steps(out: Console, rows: Rows, axis: _Axis) -> None:
    out.print()
    print_table(out, ["since", "value", "delta", "percent", "cause"], (_step(row, axis) for row in rows))


def _step(row: dict[str, Any], axis: _Axis) -> list[Any]:
    if row["valid_from"] < axis.start:
        return [row["valid_from"], row["value"], None, None, None]  # what held already is no step of this time
    percent = None if row["pct_change"] is None else round(row["pct_change"], 1)
    return [row["valid_from"], row["value"], row["delta"], percent, row["cause"]]
