"""`scholar-etl init`."""

from __future__ import annotations

from pathlib import Path

import click

from scholar_etl.errors import ScholarEtlError
from scholar_etl.settings import create_project


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default=".", metavar="[DIR]")
def command(folder: Path) -> None:
    """Make a project folder: settings and a watchlist, both commented. Files that are there stay as they are.

    \b
    Examples:
      scholar-etl init                 # here
      scholar-etl init ~/metrics
    """
    try:
        written = create_project(folder)
    except OSError as error:
        raise ScholarEtlError(f"cannot write to {folder}: {error.strerror or error}") from error
    for file in written:
        click.echo(f"wrote {file}", err=True)
    if not written:
        click.echo(f"{folder} is a project folder already: nothing written", err=True)
    where = "" if folder == Path() else f" --project {folder}"
    click.echo(
        f"next: scholar-etl{where} watch add https://www.scholarfeed.org/author/<id>, then scholar-etl{where} refresh",
        err=True,
    )
