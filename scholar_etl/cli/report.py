"""`scholar-etl report`."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import click

from scholar_etl.cli.logs import tell
from scholar_etl.cli.times import SPAN
from scholar_etl.settings import Project


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), metavar="OUT_DIR")
@click.option(
    "--since", type=SPAN, help="How far the overview looks back from the newest page, such as 24h, 7d or 2w.  "
    "[default: 7d and 30d]",
)  # fmt: skip
@click.pass_obj
def command(project_folder: Path, folder: Path, since: timedelta | None) -> None:
    """Make a static site in OUT_DIR that shows what moved: an overview, a page for each author and tag, and a feed.

    It needs no server and no network: open OUT_DIR/index.html. Called again, it writes only the pages that would say
    something else. OUT_DIR is made, or is an earlier report; anything else is left alone.

    \b
    Examples:
      scholar-etl report site
      scholar-etl report ~/public_html/scholars --since 2w
    """
    from scholar_etl.cli.bar import Bar
    from scholar_etl.report import build_report

    project = Project.open(project_folder)
    with Bar("report") as bar:
        built = build_report(
            project.warehouse,
            folder,
            since=since,
            apart_from=[project.archive],
            on_start=bar.restart,
            on_file=bar.advance,
        )
    tell(
        f"{built.authors:,} authors in {built.files:,} files, {built.written:,} of them written and {built.removed:,} "
        f"removed: open {folder / 'index.html'}",
        style="bold",
    )
