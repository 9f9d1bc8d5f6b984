"""`scholar-etl demo`."""

from __future__ import annotations

import shlex
from datetime import timedelta
from pathlib import Path

import click
from rich.text import Text

from scholar_etl.cli.changes import write_changes
from scholar_etl.cli.diff import DEFAULT_SPAN
from scholar_etl.cli.progress import RefreshProgress, describe_failure
from scholar_etl.cli.render import console, show
from scholar_etl.clock import utc_now
from scholar_etl.demo import facts
from scholar_etl.demo.run import DemoDay, run_demo
from scholar_etl.settings import Project
from scholar_etl.store import Comparison, connect

_SHOWN_AUTHORS = 3
_QUERY = "select name, h_index, citation_count from authors order by h_index desc limit 10"


@click.command()
@click.option(
    "--dir",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where to make the project folder.  [default: scholar-etl-demo, or the next free name]",
)
@click.option("--authors", type=click.IntRange(1, 5_000), default=25, show_default=True, help="How many to follow.")
@click.option("--days", type=click.IntRange(1, 365), default=5, show_default=True, help="How many days to simulate.")
def command(folder: Path | None, authors: int, days: int) -> None:
    """Show the whole product with no network and no set-up.

    A bundled site is served on loopback and refreshed once a simulated day, by the same code as 'refresh'. Then: what
    changed, where the data lies, and what to try next.

    \b
    Examples:
      scholar-etl demo
      scholar-etl demo --dir /tmp/demo --authors 200 --days 14
    """
    folder = folder or _free_folder()
    out = console()
    now = utc_now()
    out.print(Text(f"A made-up site with {authors} authors, on this machine only; {days} simulated days."))
    out.print()
    last: DemoDay | None = None
    with RefreshProgress("day 1") as progress:
        for day in run_demo(
            folder,
            authors=authors,
            days=days,
            now=now,
            on_start=progress.start_day,
            on_result=progress.advance,
        ):
            out.print(_day_line(day), soft_wrap=True)
            last = day
    project = Project.open(folder)
    assert last is not None  # noqa: S101 - there is at least one day
    if last.report.was_interrupted:
        raise click.Abort
    out.print()
    _show_changes(project, last)
    _show_next_steps(project, folder, days)


def _free_folder() -> Path:
    names = ("scholar-etl-demo", *(f"scholar-etl-demo-{number}" for number in range(2, 1_000)))
    return next(path for path in map(Path, names) if not path.exists())


def _day_line(day: DemoDay) -> Text:
    report = day.report
    line = Text(f"  day {day.day + 1}, {day.at:%a %d %b %Y}: {report.accepted_count} authors refreshed")
    for failure in report.failures:
        line.append(f"\n         {show(describe_failure(failure))}", "yellow")
    return line


def _show_changes(project: Project, last: DemoDay) -> None:
    """Print what changed since the end of the first day, of the authors who moved most."""
    click.echo("What changed after the first day, the biggest movers first:\n")
    first_night = last.at - timedelta(days=last.day) + timedelta(hours=12)
    with connect(project.warehouse) as connection:
        write_changes(connection, Comparison(first_night, utc_now()), "table", most=_SHOWN_AUTHORS)


def _show_next_steps(project: Project, folder: Path, days: int) -> None:
    where = shlex.quote(str(folder))
    # With the first day within its time, a diff would find that everybody is new.
    since = f" --since {days - 1}d" if 1 < days <= DEFAULT_SPAN.days else ""
    click.echo(
        f"""
The data lies in {where}:
  {project.settings.paths.warehouse}   the warehouse: open it with any DuckDB client
  {project.settings.paths.archive}          every page as it came (WARC)

Try next:
  scholar-etl --project {where} diff{since}
  scholar-etl --project {where} history "{facts.name_of(facts.FIRST_KEY)}"
  scholar-etl --project {where} report site
  scholar-etl --project {where} sql "{_QUERY}"
  scholar-etl --project {where} status

To follow real authors: scholar-etl init my-project"""
    )
