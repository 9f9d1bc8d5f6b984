"""`scholar-etl watch`."""

from __future__ import annotations

from pathlib import Path

import click

from scholar_etl.cli.logs import tell
from scholar_etl.cli.render import format_option, write_rows
from scholar_etl.settings import WATCHLIST_FILE
from scholar_etl.watchlist import Watchlist


@click.group()
def command() -> None:
    """Edit the list of authors to follow. Comments in watchlist.toml are kept.

    \b
    Examples:
      scholar-etl watch add https://www.scholarfeed.org/author/1234567 --name "Yichong Leng" --tag speech
      scholar-etl watch add 1234567 2345678
      scholar-etl watch list
      scholar-etl watch remove 1234567
    """


@command.command(short_help="Follow authors.")
@click.argument("references", nargs=-1, required=True, metavar="URL-OR-ID...")
@click.option("--name", help="A label for the author; only with one author.")
@click.option("--tag", "tags", multiple=True, help="A tag; may be given several times.")
@click.pass_obj
def add(project: Path, references: tuple[str, ...], name: str | None, tags: tuple[str, ...]) -> None:
    """Follow authors, by the address of their profile or the number in it.

    \b
    Examples:
      scholar-etl watch add https://www.scholarfeed.org/author/1234567 --name "Yichong Leng" --tag speech
      scholar-etl watch add 1234567 2345678
    """
    if name is not None and len(references) > 1:
        raise click.UsageError("--name is for one author: add them one by one")
    watchlist = Watchlist(project / WATCHLIST_FILE)
    added = [(reference, watchlist.add(reference, label=name, tags=tags)) for reference in references]
    watchlist.save()
    for reference, author in added:
        tell(f"added {author.author_id}" if author else f"{reference} is on the watchlist already")


@command.command("list")
@format_option
@click.pass_obj
def list_authors(project: Path, form: str) -> None:
    """Print the authors followed.

    \b
    Examples:
      scholar-etl watch list
      scholar-etl watch list --format csv > authors.csv
    """
    authors = Watchlist(project / WATCHLIST_FILE).authors
    write_rows(("author_id", "name", "tags"), ((a.author_id, a.label, list(a.tags)) for a in authors), form)


@command.command()
@click.argument("authors", nargs=-1, required=True, metavar="AUTHOR...")
@click.pass_obj
def remove(project: Path, authors: tuple[str, ...]) -> None:
    """Stop following authors. What is known of them stays in the archive and the warehouse.

    \b
    Examples:
      scholar-etl watch remove 1234567
      scholar-etl watch remove "Yichong Leng" scholarfeed:2345678
    """
    watchlist = Watchlist(project / WATCHLIST_FILE)
    removed = [watchlist.remove(author) for author in authors]
    watchlist.save()
    for author in removed:
        tell(f"removed {author.author_id}")
