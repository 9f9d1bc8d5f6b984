"""`scholar-etl extract`."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from scholar_etl.cli.render import dump_json
from scholar_etl.cli.times import MOMENT
from scholar_etl.clock import utc_now
from scholar_etl.errors import UsageError
from scholar_etl.extract import extract_page
from scholar_etl.model import Outcome

_REFUSED = 4


@click.command()
@click.argument("file", type=click.Path(allow_dash=True, path_type=Path))
@click.option("--source", default="scholarfeed", show_default=True, help="The site the page is from.")
@click.option("--url", help="The address it was fetched from.")
@click.option(
    "--fetched-at",
    type=MOMENT,
    help="When it was fetched: dates without a year are resolved against it.  "
    "[default: the file's modification time; now for standard input]",
)
@click.pass_context
def command(ctx: click.Context, file: Path, source: str, url: str | None, fetched_at: datetime | None) -> None:
    """Show what the extractor makes of one saved page, as JSON; exit 4 when the page is refused.

    \b
    Examples:
      scholar-etl extract page.html
      scholar-etl extract page.html --fetched-at 2026-11-22
      curl -s https://www.scholarfeed.org/author/1234567 | scholar-etl extract -
    """
    try:
        if str(file) == "-":
            body, modified_at = sys.stdin.buffer.read(), utc_now()
        else:
            body, modified_at = file.read_bytes(), datetime.fromtimestamp(file.stat().st_mtime, UTC)
    except OSError as error:
        raise UsageError(f"cannot read {file}: {error.strerror or error}") from error
    extraction = extract_page(body, source, url, fetched_at=fetched_at or modified_at)
    click.echo(dump_json(extraction.to_dict()))
    if extraction.outcome is not Outcome.ACCEPTED:
        ctx.exit(_REFUSED)
