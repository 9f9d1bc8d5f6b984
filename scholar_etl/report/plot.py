"""How a metric moved, drawn as SVG that stretches to any width: a line of steps, its changes, and a scale.

The words beside a plot are HTML, so that they are as large on a telephone as anywhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup

from scholar_etl.report.history import Row

WIDTH, HEIGHT = 1_000, 100
_KNOWN_WIDTH = 960
"""Up to here the axis is time; what is right of it says that the last value holds, for however long."""
_MOST_DOTS = 80
_STEPS = (1, 2, 5)


@dataclass(frozen=True, slots=True)
class Axis:
    """The time that plots show, from a moment to a later one."""

    start: datetime
    end: datetime

    def x(self, at: datetime) -> int:
        """Return where a moment lies, from 0 to `_KNOWN_WIDTH`."""
        part = (at - self.start) / (self.end - self.start) if self.end > self.start else 1.0
        return round(_KNOWN_WIDTH * min(max(part, 0.0), 1.0))

    @property
    def middle(self) -> datetime:
        """The moment half-way."""
        return self.start + (self.end - self.start) / 2


@dataclass(frozen=True, slots=True)
class Scale:
    """Three round values, evenly apart, between which every value of a plot lies."""

    low: int
    middle: int
    high: int

    @classmethod
    def of(cls, values: Sequence[int]) -> Scale:
        """Return the narrowest scale for these values, of which there is one at least."""
        least, most = min(values), max(values)
        if least == most:
            low = max(least - 1, 0)
            return cls(low, low + 1, low + 2)
        step = next(step for step in _round_steps() if least // step * step + 2 * step >= most)
        low = least // step * step
        return cls(low, low + step, low + 2 * step)

    def y(self, value: int) -> float:
        """Return how far below the top a value lies, from 0 to `HEIGHT`."""
        return round(HEIGHT * (self.high - value) / (self.high - self.low), 1)


def _round_steps() -> Iterator[int]:
    size = 1
    while True:
        yield from (step * size for step in _STEPS)
        size *= 10


def draw(rows: Sequence[Row], axis: Axis, scale: Scale) -> Markup:
    """Return the plot of one metric's rows of `metric_history`, with dots where it changed and grid lines."""
    grid = "".join(f"M0 {y}H{WIDTH}" for y in (0, HEIGHT // 2, HEIGHT))
    changes = [row for row in rows if row["old_value"] is not None and row["valid_from"] >= axis.start]
    read_anew = [row for row in changes if row["cause"] == "reparse"]
    dots = [row for row in changes if row["cause"] != "reparse"] if len(changes) <= _MOST_DOTS else []
    return _svg(
        "plot",
        ("grid", grid),
        *_line(rows, axis, scale),
        ("dot", _dots(dots, axis, scale)),
        ("dot anew", _dots(read_anew, axis, scale)),
    )


def draw_small(rows: Sequence[Row], axis: Axis) -> Markup:
    """Return the line of one metric's rows alone, as large as it gets."""
    values = [row["value"] for row in rows]
    low, high = min(values), max(values)
    scale = Scale(low, low, high) if low < high else Scale.of(values)
    return _svg("spark", *_line(rows, axis, scale))


def _line(rows: Sequence[Row], axis: Axis, scale: Scale) -> Iterator[tuple[str, str]]:
    """Yield the line over the time that is known, with gaps where no value was shown, and what holds since."""
    path, end_x, pen = [], 0, None
    for row in rows:
        x, y = axis.x(row["valid_from"]), scale.y(row["value"])
        path.append(f"M{x} {y}" if pen != x else f"V{y}")
        end_at = row["not_shown_from"] or row["valid_to"]
        end_x = _KNOWN_WIDTH if end_at is None else axis.x(end_at)
        path.append(f"H{end_x}")
        pen = end_x if row["not_shown_from"] is None else None
    yield "line", "".join(path)
    if pen == _KNOWN_WIDTH and rows[-1]["valid_to"] is None:
        yield "holds", f"M{end_x} {scale.y(rows[-1]['value'])}H{WIDTH}"


def _dots(rows: Sequence[Row], axis: Axis, scale: Scale) -> str:
    """Return lines without a length: with round ends they are dots, which do not stretch with the plot."""
    return "".join(f"M{axis.x(row['valid_from'])} {scale.y(row['value'])}h0" for row in rows)


def _svg(name: str, *paths: tuple[str, str]) -> Markup:
    """Return an SVG of these paths, each with its class, without the empty ones. All of it is numbers and our words."""
    drawn = "".join(f'<path class="{kind}" d="{path}"/>' for kind, path in paths if path)
    shape = f'viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none"'
    return Markup(f'<svg class="{name}" {shape} aria-hidden="true">{drawn}</svg>')  # noqa: S704 - nothing scraped in it
