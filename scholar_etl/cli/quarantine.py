"""`scholar-etl quarantine`."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

import click
from rich.text import Text

from scholar_etl.cli.bar import Bar
from scholar_etl.cli.logs import tell
from scholar_etl.cli.render import console, document_option, dump_json, format_option, write_rows
from scholar_etl.cli.times import show_moment
from scholar_etl.model import METRIC_NAMES, JudgedCapture, Severity
from scholar_etl.pipeline import HeldPage, retry_held, show_held
from scholar_etl.settings import Project
from scholar_etl.store import connect, quarantined
from scholar_etl.text import one_line

_STILL_HELD = 3
_COLUMNS = ("capture_id", "author_id", "name", "fetched_at", "reasons", "resolved_at")


@click.group()
def command() -> None:
    """Look at pages that were held back: they are in the archive, and not in history.

    A page is held when it cannot be read exactly, or when the author's figures have collapsed on it. It is resolved by
    the author's next accepted page, or when a newer extractor reads it; a collapse also when a second page, at least an
    hour later, says the same.

    \b
    Examples:
      scholar-etl quarantine list
      scholar-etl quarantine show 4f1c0a
      scholar-etl quarantine retry
    """


@command.command("list")
@click.option("--all", "everything", is_flag=True, help="Those too that a later page has resolved.")
@format_option
@click.pass_obj
def list_pages(folder: Path, everything: bool, form: str) -> None:
    """Print the pages held back, newest first, with every reason.

    \b
    Examples:
      scholar-etl quarantine list
      scholar-etl quarantine list --all --format json
    """
    with connect(Project.open(folder).warehouse) as connection:
        rows = quarantined(connection, with_resolved=everything)
    if rows or form != "table":
        write_rows(_COLUMNS, ([row[column] for column in _COLUMNS] for row in rows), form)
    else:
        tell("no page is held back")


@command.command(short_help="Show why a page is held.")
@click.argument("capture_id", metavar="CAPTURE_ID")
@document_option
@click.pass_obj
def show(folder: Path, capture_id: str, form: str) -> None:
    """Show why a page is held: each reason, the page around it, and what was known of the author before.

    CAPTURE_ID may be the beginning of one.

    \b
    Examples:
      scholar-etl quarantine list
      scholar-etl quarantine show 4f1c0a
    """
    page = show_held(Project.open(folder), capture_id)
    if form == "json":
        _write_json(page)
    else:
        _write_text(page)


@command.command(short_help="Read pages held back again, with the extractor of today.")
@click.argument("capture_ids", nargs=-1, metavar="[CAPTURE_ID]...")
@click.pass_context
def retry(ctx: click.Context, capture_ids: tuple[str, ...]) -> None:
    """Read pages held back again, with the extractor of today: all of them, or those named.

    What is accepted now enters history at the moment of its capture. Exit 3 when some are still held: each is named.

    \b
    Examples:
      scholar-etl quarantine retry
      scholar-etl quarantine retry 4f1c0a 77b2d1
    """
    with Bar("retry") as bar:
        report = retry_held(Project.open(ctx.obj), capture_ids, on_start=bar.restart, on_capture=bar.advance)
    for problem in report.problems:
        tell(problem, logging.WARNING, style="yellow")
    for judgement in report.refused:
        tell(f"still held: {_describe(judgement)}", logging.WARNING, style="yellow")
    tell(f"{len(report.accepted)} accepted, {len(report.refused)} still held", style="bold")
    if report.refused or report.problems:
        ctx.exit(_STILL_HELD)


def _describe(judgement: JudgedCapture) -> str:
    capture = judgement.capture
    reasons = "; ".join(p.detail for p in judgement.problems if p.severity is Severity.ERROR)
    when = show_moment(capture.fetched_at)
    return f"{capture.author_id} of {when} ({capture.capture_id[:8]}): {judgement.outcome.value}: {reasons}"


def _write_json(page: HeldPage) -> None:
    capture = page.capture
    document = {
        "capture_id": capture.capture_id,
        "author_id": capture.author_id,
        "url": capture.url,
        "fetched_at": capture.fetched_at,
        "outcome": page.extraction.outcome.value,
        "extractor_version": page.extraction.extractor_version,
        "problems": [
            {
                "rule": excerpt.problem.rule,
                "detail": excerpt.problem.detail,
                "reason": excerpt.reason,
                "excerpts": [{"offset": offset, "markup": markup} for offset, markup in excerpt.pieces],
            }
            for excerpt in page.excerpts
        ],
        "last_good": page.last_good,
    }
    sys.stdout.write(dump_json(document) + "\n")


def _write_text(page: HeldPage) -> None:
    out = console()

    def line(text: str = "", style: str = "") -> None:
        out.print(Text(text, style=style), soft_wrap=True)

    capture = page.capture
    line(f"{capture.author_id}, captured {show_moment(capture.fetched_at)}", "bold")
    line(f"  {one_line(capture.url)}")
    line(f"  capture {capture.capture_id}, in {capture.warc_file} at {capture.warc_offset}")
    line(f"  read by extractor {page.extraction.extractor_version}: {page.extraction.outcome.value}")
    for excerpt in page.excerpts:
        line()
        line(f"{excerpt.problem.rule}: {one_line(excerpt.problem.detail)}", "yellow")
        if excerpt.reason:
            line(f"  {excerpt.reason}")
        for offset, markup in excerpt.pieces:
            line(f"  at character {offset:,}: … {one_line(markup)} …", "dim")
    line()
    if page.last_good is None:
        line("No page of this author had been accepted before.")
        return
    line(f"Last good values, of {show_moment(page.last_good['observed_at'])}:")
    for name in METRIC_NAMES:
        value = page.last_good[name]
        line(f"  {name:<15} {'not shown' if value is None else f'{value:,}'}")
