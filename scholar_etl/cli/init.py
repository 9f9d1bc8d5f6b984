"""`scholar-etl init`."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from scholar_etl.cli.logs import tell
from scholar_etl.settings import create_project


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), required=False, metavar="[DIR]")
@click.pass_obj
def command(project: Path, folder: Path | None) -> None:
    """Make a project folder: settings and a watchlist, both commented. Files that are there stay as they are.

    Without DIR it is the folder that --project names, else the current one.

    \b
    Examples:
      scholar-etl init                 # here
      scholar-etl init ~/metrics
    """
    folder = folder or project
    written = create_project(folder)
    for file in written:
        tell(f"wrote {file}")
    if not written:
        tell(f"{folder} is a project folder already: nothing written")
    where = "" if folder == Path() else f" --project {shlex.quote(str(folder))}"
    tell(f"next: scholar-etl{where} watch add https://www.scholarfeed.org/author/<id>, then scholar-etl{where} refresh")
