"""`scholar-etl replay`."""

from __future__ import annotations

import logging
from typing import Any

import click

from scholar_etl.cli.bar import Bar
from scholar_etl.cli.logs import tell
from scholar_etl.cli.render import format_option, write_rows
from scholar_etl.pipeline import ReplayReport, replay
from scholar_etl.settings import Project
from scholar_etl.store import Difference

_DIFFERS, _SOME_DAMAGED = 1, 3
_COLUMNS = ("view", "author_id", "key", "column", "published", "rebuilt")


@click.command()
@click.option("--check", is_flag=True, help="Only compare; exit 1 when there is a difference.")
@click.option("--accept-loss", is_flag=True, help="Go on although the archive has lost captures: they leave history.")
@format_option
@click.pass_context
def command(ctx: click.Context, check: bool, accept_loss: bool, form: str) -> None:
    """Make the warehouse anew from the archive, with the extractor of today, and publish it.

    Every value that comes out otherwise than it was published is printed. Where a newer extractor reads an old page
    differently, history is corrected, and 'diff' names the cause "reparse". Exit 3 when damaged captures were passed
    over: each is named. A replay may be stopped at any time; until its end the warehouse is as it was.

    \b
    Examples:
      scholar-etl replay --check                 # is the warehouse what the archive says?
      scholar-etl replay                         # after an upgrade, or when the warehouse was lost
      scholar-etl replay --check --format json
    """
    project = Project.open(ctx.obj)
    with Bar("check" if check else "replay") as bar:
        report = replay(
            project, only_check=check, accept_loss=accept_loss, on_start=bar.restart, on_progress=bar.move_to
        )
    for damage in report.damages:
        tell(f"damaged, passed over: {damage}", logging.WARNING, style="yellow")
    if report.differences or form == "json":
        write_rows(_COLUMNS, map(_row, report.differences), form)
    tell(_summary(report, check), style="bold")
    if check and report.differences:
        ctx.exit(_DIFFERS)
    if report.damages:
        ctx.exit(_SOME_DAMAGED)


def _row(difference: Difference) -> tuple[Any, ...]:
    d = difference
    column = d.column or ("no such row published" if d.published is None else "no such row rebuilt")
    return d.view, d.author_id, d.key, column, *((d.published, d.rebuilt) if d.column else (None, None))


def _summary(report: ReplayReport, is_check: bool) -> str:
    read = f"{report.capture_count:,} captures read, {report.observation_count:,} of them accepted"
    if is_check:
        said = "the warehouse is what the archive says"
        return f"{read}: {f'{len(report.differences):,} differences' if report.differences else said}"
    changed = f"{len(report.differences):,} values changed" if report.differences else "nothing changed"
    return f"{read}; warehouse published: {changed}"
