"""`scholar-etl diff`."""

from __future__ import annotations

from datetime import datetime, timedelta

import click

from scholar_etl.cli.authors import find_author_id
from scholar_etl.cli.changes import Changes, write_changes
from scholar_etl.cli.render import format_option
from scholar_etl.cli.times import MOMENT, SPAN
from scholar_etl.clock import utc_now
from scholar_etl.settings import Project
from scholar_etl.store import author_names, connect, last_confirmed, metric_diff, paper_diff

_THERE_ARE_CHANGES = 1
_DEFAULT_SPAN = timedelta(days=7)


@click.command()
@click.argument("authors", nargs=-1, metavar="[AUTHOR]...")
@click.option("--since", type=SPAN, help="How far back, such as 24h, 7d or 2w.  [default: 7d]")
@click.option("--from", "from_at", type=MOMENT, help="The earlier moment; UTC when it names no zone.")
@click.option("--to", "to_at", type=MOMENT, help="The later moment.  [default: now]")
@format_option
@click.option("--exit-code", is_flag=True, help="Exit 1 when there are changes, 0 when there are none.")
@click.pass_context
def command(
    ctx: click.Context,
    authors: tuple[str, ...],
    since: timedelta | None,
    from_at: datetime | None,
    to_at: datetime | None,
    form: str,
    exit_code: bool,
) -> None:
    """Show what changed between two moments: metrics with their old and new value, papers added, removed, changed.

    \b
    Examples:
      scholar-etl diff                                  # the last 7 days, everybody
      scholar-etl diff "Yichong Leng" --since 24h
      scholar-etl diff --from 2026-11-01 --to 2026-11-15 --format markdown
      scholar-etl diff --since 1d --exit-code --format json
    """
    if since is not None and from_at is not None:
        raise click.UsageError("--since and --from say the same thing twice: give one of them")
    to_at = to_at or utc_now()
    from_at = from_at or to_at - (since or _DEFAULT_SPAN)
    if from_at > to_at:
        raise click.UsageError(f"--from {from_at.isoformat()} is later than --to {to_at.isoformat()}: swap them")
    project = Project.open(ctx.obj)
    with connect(project.warehouse) as connection:
        names = author_names(connection)
        wanted = [find_author_id(author, project, names) for author in authors]
        changes = Changes(
            from_at=from_at,
            to_at=to_at,
            metrics=metric_diff(connection, from_at, to_at, wanted),
            papers=paper_diff(connection, from_at, to_at, wanted),
            names=names,
            last_confirmed_at=last_confirmed(connection, wanted),
        )
    write_changes(changes, form)
    if exit_code and (changes.metrics or changes.papers):
        ctx.exit(_THERE_ARE_CHANGES)
