"""Moments and spans as people write them: `2026-11-22`, `2026-11-22T05:00+01:00`, `90s`, `24h`, `7d`, `2w`."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import click

from scholar_etl.span import parse_span

_SECONDS = re.compile(r"\d{1,6}(\.\d{1,6})?")
_FIRST_YEAR, _LAST_YEAR = 1970, 2999

F = TypeVar("F", bound=Callable[..., Any])


class Moment(click.ParamType[datetime]):
    """An ISO 8601 date or time; UTC when it names no zone. The value is aware, in UTC, of the years 1970 to 2999."""

    name = "timestamp"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Read one value of the command line."""
        if isinstance(value, datetime):
            return value
        try:
            moment = datetime.fromisoformat(str(value).strip())
        except ValueError:
            self.fail(f"{value!r} is no ISO 8601 time: expected such as 2026-11-22 or 2026-11-22T05:00Z", param, ctx)
        if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
            self.fail(f"{value!r} is too far away: expected a year from {_FIRST_YEAR} to {_LAST_YEAR}", param, ctx)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


class Span(click.ParamType[timedelta]):
    """A length of time: a whole number and s, m, h, d or w; a hundred years at most."""

    name = "span"
    examples = "24h, 7d or 2w"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """Read one value of the command line."""
        if isinstance(value, timedelta):
            return value
        try:
            return parse_span(str(value))
        except ValueError as error:
            hint = "" if ":" in str(error) else f": expected such as {self.examples}"
            self.fail(f"{value!r} {error}{hint}", param, ctx)


class Seconds(Span):
    """A length of time as a span, or as a number of seconds; the value is in seconds."""

    name = "seconds or span"
    examples = "90, 90s or 5m"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Read one value of the command line."""
        text = str(value).strip()
        return float(text) if _SECONDS.fullmatch(text) else super().convert(text, param, ctx).total_seconds()


MOMENT = Moment()
SPAN = Span()
SECONDS = Seconds()


def window_options(since: str, from_at: str) -> Callable[[F], F]:
    """Return a decorator that adds `--since`, `--from` and `--to`, with the defaults to be told of the first two."""

    def add(command: F) -> F:
        for option in (
            click.option("--to", "to_at", type=MOMENT, help="The later moment.  [default: now]"),
            click.option(
                "--from", "from_at", type=MOMENT, help=f"The earlier moment; UTC when it names no zone.{from_at}"
            ),
            click.option("--since", type=SPAN, help=f"How far back from --to, such as 24h, 7d or 2w.{since}"),
        ):
            command = option(command)
        return command

    return add


def read_window(
    since: timedelta | None, from_at: datetime | None, to_at: datetime | None, *, now: datetime
) -> tuple[datetime | None, datetime]:
    """Return the two moments (aware, UTC) that are meant, the first None when nothing says it.

    Raises `click.UsageError` when the options contradict one another.
    """
    if since is not None and from_at is not None:
        raise click.UsageError("--since and --from say the same thing twice: give one of them")
    end = to_at or now
    start = end - since if since is not None else from_at
    if start is not None and start > end:
        raise click.UsageError(f"--from {start.isoformat()} is later than --to {end.isoformat()}: swap them")
    return start, end


def show_moment(moment: datetime) -> str:
    """Return a moment for people, to the second, in UTC."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def minute_after(moment: datetime) -> datetime:
    """Return a moment rounded up to the minute, in UTC: at the time written without seconds it has come."""
    return (moment + timedelta(seconds=59, microseconds=999_999)).astimezone(UTC).replace(second=0, microsecond=0)


def show_age(age: timedelta) -> str:
    """Return a length of time in its largest unit, such as `3 h`."""
    seconds = max(int(age.total_seconds()), 0)
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
