"""`scholar-etl diff`."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import click

from scholar_etl.cli.authors import find_author_id, find_tagged
from scholar_etl.cli.changes import write_changes
from scholar_etl.cli.metrics import metric_option
from scholar_etl.cli.render import format_option
from scholar_etl.cli.times import read_window, window_options
from scholar_etl.clock import utc_now
from scholar_etl.settings import Project
from scholar_etl.store import Comparison, author_names, connect

_THERE_ARE_CHANGES = 1
DEFAULT_SPAN = timedelta(days=7)
_SIZE = re.compile(r"(\d{1,12}(?:\.\d{1,6})?)\s*(%?)")


class Size(click.ParamType[tuple[float | None, float | None]]):
    """How large a change is at least: a number, or a percentage; the value is the one or the other."""

    name = "size"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[float | None, float | None]:
        """Read one value of the command line."""
        match = _SIZE.fullmatch(str(value).strip())
        if match is None:
            self.fail(f"{value!r} is no size of a change: expected such as 5 or 10%", param, ctx)
        number = float(match[1])
        return (None, number) if match[2] else (number, None)


@click.command()
@click.argument("authors", nargs=-1, metavar="[AUTHOR]...")
@click.option("--tag", "tags", multiple=True, metavar="TEXT", help="Those too who have this tag on the watchlist.")
@window_options(since="  [default: 7d]", from_at="")
@metric_option("Only this metric, and no papers; may be given several times.")
@click.option(
    "--min-change",
    "size",
    type=Size(),
    metavar="N|N%",
    help="Leave out metrics that changed by less, such as 5 or 10%.",
)
@format_option
@click.option("--exit-code", is_flag=True, help="Exit 1 when there are changes, 0 when there are none.")
@click.pass_context
def command(
    ctx: click.Context,
    authors: tuple[str, ...],
    tags: tuple[str, ...],
    since: timedelta | None,
    from_at: datetime | None,
    to_at: datetime | None,
    metrics: tuple[str, ...],
    size: tuple[float | None, float | None] | None,
    form: str,
    exit_code: bool,
) -> None:
    """Show what changed between two moments: metrics with their old and new value, papers added, removed, changed.

    AUTHOR is an author_id, the number in the profile's address, or a name on the watchlist; without any, and without
    --tag, it is everyone. The biggest movers come first; last come those first seen within the time, whose values
    before are not known. Where that is so because of the first refresh, a line says which --from leaves it out.

    \b
    Examples:
      scholar-etl diff                                  # the last 7 days, everybody
      scholar-etl diff "Yichong Leng" --since 24h
      scholar-etl diff --tag speech --metric citation_count --min-change 5%
      scholar-etl diff --from 2026-11-01 --to 2026-11-15 --format markdown
      scholar-etl diff --since 1d --exit-code --format json
    """
    start, end = read_window(since, from_at, to_at, now=utc_now())
    min_delta, min_pct = size or (None, None)
    project = Project.open(ctx.obj)
    with connect(project.warehouse) as connection:
        names = author_names(connection) if authors else {}
        wanted = [find_author_id(author, project, names) for author in authors] + find_tagged(tags, project)
        comparison = Comparison(
            from_at=start or end - DEFAULT_SPAN,
            to_at=end,
            authors=tuple(wanted),
            metrics=metrics,
            min_delta=min_delta,
            min_pct=min_pct,
        )
        are_changes = write_changes(connection, comparison, form)
    if exit_code and are_changes:
        ctx.exit(_THERE_ARE_CHANGES)
