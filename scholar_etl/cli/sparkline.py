"""A row of characters that shows how a value moved over time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

_BLOCKS = "▁▂▃▄▅▆▇█"
_ASCII = "_.-:=+*#"
_GAP = " "


def marks_for(encoding: str) -> str:
    """Return the characters to draw with, lowest first: blocks, or ASCII where the encoding has none."""
    try:
        _BLOCKS.encode(encoding)
    except UnicodeEncodeError:
        return _ASCII
    return _BLOCKS


def sample(rows: Sequence[dict[str, Any]], start: datetime, end: datetime, count: int) -> list[int | None]:
    """Return the value that held at the end of each of `count` equal parts of the time from `start` to `end`.

    `rows` are one metric's rows of `metric_history`, in order. None: no value was known then, the pages no longer
    showed one, or no page has come since.
    """
    values: list[int | None] = []
    place = -1
    begin = start
    for part in range(1, count + 1):
        # The last part ends at `end` to the microsecond, whatever the division leaves.
        at = end if part == count else start + (end - start) * part / count
        while place + 1 < len(rows) and rows[place + 1]["valid_from"] <= at:
            place += 1
        values.append(_held(rows[place], begin, at) if place >= 0 else None)
        begin = at
    return values


def _held(row: dict[str, Any], begin: datetime, at: datetime) -> int | None:
    is_hidden = row["not_shown_from"] is not None and row["not_shown_from"] <= at
    value: int | None = None if is_hidden or row["last_seen_at"] < begin else row["value"]
    return value


def draw(values: Iterable[int | None], low: int, high: int, marks: str) -> str:
    """Return a character a value, higher from `low` to `high`; a gap where there is none."""
    return "".join(_GAP if value is None else marks[_level(value, low, high, len(marks))] for value in values)


def _level(value: int, low: int, high: int, count: int) -> int:
    if high == low:
        return count // 2 - 1  # what never moved is neither high nor low
    return round((value - low) / (high - low) * (count - 1))
