"""Scales and lines: what is drawn is what was."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scholar_etl.report.plot import HEIGHT, WIDTH, Axis, Scale, draw, draw_small

START = datetime(2026, 1, 1, tzinfo=UTC)
AXIS = Axis(START, START + timedelta(days=96))
"""Ten parts of the drawing's thousand are a day."""


def rows(*steps: tuple[int, int], hidden: dict[int, int] | None = None, anew: int = -1) -> list[dict[str, Any]]:
    """Return a metric's history from days and values; `hidden`: since which day the value of a day is not shown."""
    made, old = [], None
    days = [day for day, _ in steps]
    for (day, value), end in zip(steps, [*days[1:], None], strict=True):
        gone = (hidden or {}).get(day)
        made.append(
            {
                "value": value,
                "old_value": old,
                "valid_from": START + timedelta(days=day),
                "valid_to": None if end is None else START + timedelta(days=end),
                "not_shown_from": None if gone is None else START + timedelta(days=gone),
                "cause": "reparse" if day == anew else "source",
            }
        )
        old = value
    return made


def path(svg: str, kind: str) -> str:
    """Return the only path of a class; "" when there is none."""
    found = re.findall(rf'<path class="{kind}" d="([^"]*)"/>', svg)
    assert len(found) < 2
    return found[0] if found else ""


@given(st.lists(st.integers(0, 10**12), min_size=1, max_size=20))
def test_a_scale_holds_every_value_between_round_marks(values: list[int]) -> None:
    """Three whole marks evenly apart, none below zero, no wider than needed, and every value on the drawing."""
    scale = Scale.of(values)
    step = scale.middle - scale.low
    assert scale.high - scale.middle == step
    assert str(step).rstrip("0") in ("1", "2", "5")
    assert scale.low >= 0
    assert all(0 <= scale.y(value) <= HEIGHT for value in values)
    assert step == 1 or max(values) - min(values) > step * 2 / 5 - 1


def test_a_line_steps_where_the_value_changed() -> None:
    """From the first moment to the end of the axis, then dashes for what holds since; a dot for each change."""
    svg = draw(rows((0, 10), (24, 12), (72, 11)), AXIS, Scale.of([10, 11, 12]))
    assert path(svg, "line") == "M0 100.0H240V0.0H720V50.0H960"
    assert path(svg, "holds") == f"M960 50.0H{WIDTH}"
    assert path(svg, "dot") == "M240 0.0h0M720 50.0h0"


def test_the_line_is_broken_where_no_value_was_shown() -> None:
    """A gap is a gap in the middle, and at the end nothing is said to hold."""
    svg = draw(rows((0, 10), (48, 12), hidden={0: 24, 48: 72}), AXIS, Scale.of([10, 12]))
    assert path(svg, "line") == "M0 100.0H240M480 0.0H720"
    assert path(svg, "holds") == ""
    gone = draw(rows((0, 10), (48, 12), hidden={48: 96}), AXIS, Scale.of([10, 12]))  # with the last news of all
    assert path(gone, "line").endswith("H960")
    assert path(gone, "holds") == ""


def test_what_a_newer_extractor_read_is_marked_otherwise() -> None:
    """However many changes there are: the dots of the source go where they would hide the line, these stay."""
    few = draw(rows((0, 10), (24, 12), (72, 11), anew=24), AXIS, Scale.of([10, 12]))
    assert (path(few, "dot"), path(few, "dot anew")) == ("M720 50.0h0", "M240 0.0h0")
    many = draw(rows(*((day, day % 2) for day in range(96)), anew=24), AXIS, Scale.of([0, 1]))
    assert path(many, "dot") == ""
    assert path(many, "dot anew").startswith("M240 ")


@pytest.mark.parametrize("steps", [[(0, 7)], [(0, 0)], [(0, 3), (96, 3_000_000)]])
def test_a_small_line_fills_its_height(steps: list[tuple[int, int]]) -> None:
    """Also one that never moved, and one of a moment alone, lie within the drawing."""
    svg = draw_small(rows(*steps), AXIS)
    heights = [float(y) for y in re.findall(r"(?:M-?\d+ |V)([\d.]+)", svg)]
    assert all(0 <= y <= HEIGHT for y in heights)
    assert draw_small(rows((0, 7)), Axis(START, START)) != ""
