"""What moved lately, over all authors. The present is the newest page: a report says the same whenever it is made."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

from markupsafe import Markup

from scholar_etl.model import METRIC_NAMES, Outcome
from scholar_etl.report.history import Row
from scholar_etl.report.plot import Axis, draw_small
from scholar_etl.store import metric_diff, metric_history

if TYPE_CHECKING:
    import duckdb

_FIRST_ROUND = timedelta(hours=12)
_STALE_AFTER = timedelta(hours=36)
_SHOWN_MOVERS = 10


@dataclass(frozen=True, slots=True)
class Mover:
    """An author with the metrics that changed, as rows of `metric_diff`, and their lines by metric, where drawn."""

    author_id: str
    name: str
    rows: Sequence[Row]
    lines: Mapping[str, Markup]


@dataclass(frozen=True, slots=True)
class Window:
    """Of whom a metric changed after `start` up to `end` (aware), the largest change in percent first."""

    start: datetime
    end: datetime
    movers: Sequence[Mover]

    @property
    def shown(self) -> Sequence[Mover]:
        """The movers that there is room for."""
        return self.movers[:_SHOWN_MOVERS]

    def shown_of(self, members: Iterable[str]) -> list[Mover]:
        """Return the movers among these author_ids that there is room for."""
        wanted = set(members)
        return [mover for mover in self.movers if mover.author_id in wanted][:_SHOWN_MOVERS]


def look_back(
    connection: duckdb.DuckDBPyConnection, authors: Sequence[Row], spans: Iterable[timedelta]
) -> list[Window]:
    """Return what happened in each of these spans up to the newest page; two that begin alike are one."""
    if not authors:
        return []
    end = max(author["last_seen_at"] for author in authors)
    starts = dict.fromkeys(max(end - span, _first_round_end(authors)) for span in spans)
    return [_window(connection, start, end) for start in starts]


def _first_round_end(authors: Iterable[Row]) -> datetime:
    """Return when the first pages had all come: what is said of the time before is that it was not known."""
    moments: list[datetime] = sorted(author["first_seen_at"] for author in authors)
    return max(moment for moment in moments if moment - moments[0] < _FIRST_ROUND)


def _window(connection: duckdb.DuckDBPyConnection, start: datetime, end: datetime) -> Window:
    changed: dict[str, list[Row]] = defaultdict(list)
    for row in metric_diff(connection, start, end):
        if row["old_value"] is not None:
            changed[row["author_id"]].append(row)
    ranked = sorted(changed.values(), key=_rank)
    lines = _draw_lines(connection, [rows[0]["author_id"] for rows in ranked[:_SHOWN_MOVERS]], Axis(start, end))
    movers = [
        Mover(rows[0]["author_id"], rows[0]["name"], sorted(rows, key=_place), lines.get(rows[0]["author_id"], {}))
        for rows in ranked
    ]
    return Window(start, end, movers)


def _draw_lines(
    connection: duckdb.DuckDBPyConnection, authors: Sequence[str], axis: Axis
) -> dict[str, dict[str, Markup]]:
    """Return the lines of these author_ids by metric."""
    lines: dict[str, dict[str, Markup]] = defaultdict(dict)
    steps = metric_history(connection, *authors, from_at=axis.start)
    for (author_id, metric), rows in groupby(steps, key=itemgetter("author_id", "metric")):
        lines[author_id][metric] = draw_small(list(rows), axis)
    return lines


def _place(row: Row) -> int:
    return METRIC_NAMES.index(row["metric"])


def _rank(rows: Sequence[Row]) -> tuple[float, str, str]:
    largest = max(abs(row["delta"]) / max(row["old_value"], 1) for row in rows)
    return -largest, rows[0]["name"], rows[0]["author_id"]


def is_in_need(author: Row, now: datetime) -> bool:
    """Tell whether a row of a `Status`'s freshness is worth a look: never or long not seen, or refused at last."""
    is_refused = author["last_outcome"] not in (None, Outcome.ACCEPTED)
    return is_refused or author["last_seen_at"] is None or now - author["last_seen_at"] > _STALE_AFTER
