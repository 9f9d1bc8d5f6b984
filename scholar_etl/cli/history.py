"""`scholar-etl history`."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import click

from scholar_etl.cli.authors import find_author_id
from scholar_etl.cli.metrics import metric_option
from scholar_etl.cli.moves import print_comparison, print_history
from scholar_etl.cli.render import console, format_option, write_rows
from scholar_etl.cli.times import read_window, window_options
from scholar_etl.clock import utc_now
from scholar_etl.errors import NoHistoryError
from scholar_etl.fields import VIEWS
from scholar_etl.settings import Project
from scholar_etl.store import author_names, connect, metric_history

_COLUMNS = (*VIEWS["author_metrics"][1], "name", "old_value", "delta", "pct_change", "cause", "not_shown_from")


@click.command()
@click.argument("authors", nargs=-1, required=True, metavar="AUTHOR...")
@metric_option("Only this metric, and each of its changes; may be given several times.")
@click.option("--compare", is_flag=True, help="The authors' lines of one metric below one another, on one scale.")
@window_options(since="", from_at="  [default: the first page]")
@format_option
@click.pass_obj
def command(
    folder: Path,
    authors: tuple[str, ...],
    metrics: tuple[str, ...],
    compare: bool,
    since: timedelta | None,
    from_at: datetime | None,
    to_at: datetime | None,
    form: str,
) -> None:
    """Show how an author's metrics moved: a line over time for each, its ends, and its biggest step.

    AUTHOR is an author_id, the number in the profile's address, or a name on the watchlist.

    \b
    Examples:
      scholar-etl history "Yichong Leng"
      scholar-etl history 1234567 --metric citation_count --since 12w
      scholar-etl history 1234567 2345678 --compare --metric h_index
      scholar-etl history 1234567 --from 2026-01-01 --format csv
    """
    if compare and len(metrics) != 1:
        raise click.UsageError("--compare shows one metric: give one, such as --metric citation_count")
    start, end = read_window(since, from_at, to_at, now=utc_now())
    project = Project.open(folder)
    histories = []
    with connect(project.warehouse) as connection:
        names = author_names(connection)
        for author_id in dict.fromkeys(find_author_id(author, project, names) for author in authors):
            rows = metric_history(connection, author_id, metrics=metrics, from_at=start, to_at=end)
            if not rows:
                raise NoHistoryError(author_id, is_known=author_id in names)
            histories.append(rows)
    if form != "table":
        write_rows(_COLUMNS, ([row[column] for column in _COLUMNS] for rows in histories for row in rows), form)
    elif compare:
        print_comparison(console(), histories, start, end)
    else:
        print_history(console(), histories, start, end, with_steps=bool(metrics))
