"""A metric's line over time."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from scholar_etl.cli.moves import print_comparison, print_history
from scholar_etl.cli.sparkline import draw, marks_for, sample

START = datetime(2026, 1, 1, tzinfo=UTC)
BLOCKS = marks_for("utf-8")


def at(day: float) -> datetime:
    """Return a moment by its day."""
    return START + timedelta(days=day)


def held(
    *values: tuple[float, int],
    hidden: float | None = None,
    seen: float = 10,
    metric: str = "h_index",
    name: str = "Ada",
) -> list[dict[str, Any]]:
    """Return rows of a metric's history: from which day on it was what; `hidden`: since when no page shows the last."""
    return [
        {
            "author_id": "s:1",
            "name": name,
            "metric": metric,
            "value": value,
            "valid_from": at(day),
            "delta": None if n == 0 else value - values[n - 1][1],
            "pct_change": None,
            "cause": "source",
            "not_shown_from": at(hidden) if hidden is not None and n == len(values) - 1 else None,
            "last_seen_at": at(seen),
        }
        for n, (day, value) in enumerate(values)
    ]


def test_the_axis_is_time() -> None:
    """A value takes as many characters as the part of the time that it held, however often others changed."""
    rows = held((0, 1), (8, 2), (8.5, 3), (9, 4))
    assert sample(rows, at(0), at(10), 10) == [1, 1, 1, 1, 1, 1, 1, 2, 4, 4]
    assert sample(rows, at(0), at(10), 1) == [4]
    assert sample(held((0, 7), seen=0), at(0), at(0), 3) == [7, 7, 7]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (held((5, 1)), [None] * 4 + [1] * 6),
        (held((0, 1), seen=5), [1] * 6 + [None] * 4),
        (held((0, 0), hidden=5), [0] * 4 + [None] * 6),
    ],
)
def test_what_is_not_known_is_a_gap(rows: list[dict[str, Any]], expected: list[int | None]) -> None:
    """Before the first value, after the newest page, and where pages no longer show it. Zero is a value."""
    assert sample(rows, at(0), at(10), 10) == expected


@given(
    st.lists(
        st.tuples(st.integers(0, 999), st.integers(-5, 10**12)), min_size=1, max_size=20, unique_by=lambda v: v[0]
    ),
    st.integers(1, 70),
)
def test_any_history_is_drawn(values: list[tuple[int, int]], count: int) -> None:
    """As many characters as asked for; the last is the newest value; higher values are never drawn lower."""
    values.sort()
    rows = held(*values, seen=1_000)
    sampled = sample(rows, at(0), at(1_000), count)
    numbers = [value for _, value in values]
    line = draw(sampled, min(numbers), max(numbers), BLOCKS)
    assert (len(line), sampled[-1]) == (count, numbers[-1])
    known = sorted((value, mark) for value, mark in zip(sampled, line, strict=True) if value is not None)
    assert [mark for _, mark in known] == sorted(mark for _, mark in known)


def test_the_ends_of_a_scale_are_its_ends() -> None:
    """The lowest value has the lowest mark and the highest the highest; what never moved is in the middle."""
    assert draw([0, 5, 10, None], 0, 10, BLOCKS) == "▁▅█ "
    assert draw([3, 3], 3, 3, BLOCKS) == "▄▄"
    assert draw([0, 10, 3], 0, 10, marks_for("ascii")) == "_#-"


@pytest.mark.parametrize(("encoding", "is_ascii"), [("utf-8", False), ("ascii", True), ("latin-1", True)])
def test_marks_are_those_of_the_encoding(encoding: str, is_ascii: bool) -> None:
    """Eight levels in either."""
    marks = marks_for(encoding)
    assert (marks.isascii(), len(set(marks))) == (is_ascii, 8)


def printed(width: int, histories: list[list[dict[str, Any]]], *, compare: bool = False) -> list[str]:
    """Return the lines that a terminal of that width shows."""
    out = io.StringIO()
    console = Console(file=out, width=width, force_terminal=True, color_system=None)
    if compare:
        print_comparison(console, histories, None, at(10))
    else:
        print_history(console, histories, None, at(10), with_steps=False)
    return [line.rstrip() for line in out.getvalue().splitlines()]


@pytest.mark.parametrize("width", [30, 60, 80, 100, 120, 150, 200])
def test_it_fits_the_terminal(width: int) -> None:
    """A line a metric where there is room; else what is said of it stands below. Nothing is cut off."""
    rows = [*held((0, 1_234_567), (4, 1_300_000), metric="citation_count"), *held((0, 3), (2, 4), (6, 5))]
    lines = printed(width, [rows])
    assert max(map(len, lines)) <= max(width, 50)
    said = " ".join(" ".join(lines).split())
    assert "1,234,567 on 2026-01-01 -> 1,300,000 since 2026-01-05; 1,234,567 to 1,300,000; 1 change, +65,433" in said
    assert "3 on 2026-01-01 -> 5 since 2026-01-07; 3 to 5; 2 changes, the biggest +1 on 2026-01-03" in said
    if width >= 150:
        assert len(lines) == 3
    drawn = [sum(character in BLOCKS for character in line) for line in lines]
    assert sorted(drawn)[-2:] == [max(drawn)] * 2
    assert max(drawn) >= min(width - 14, 20)


def test_authors_are_compared_on_one_axis_and_one_scale() -> None:
    """The same day is at the same place, the same value as high; wide and long names do not push a line away."""
    ada, ben = held((0, 0), (5, 10)), held((5, 10), name="陈思远" * 20)
    _, first, second = printed(200, [ada, ben], compare=True)
    begin = [cell_len(line[: line.index("█")]) for line in (first, second)]
    assert begin[0] == begin[1]
    assert first.count("█") == second.count("█")
    assert "▁" in first
    assert "▁" not in second
