"""`scholar-etl archive`."""

from __future__ import annotations

import logging
from pathlib import Path

import click

from scholar_etl.cli.authors import find_author_id
from scholar_etl.cli.bar import Bar
from scholar_etl.cli.logs import tell
from scholar_etl.cli.render import format_option, write_rows
from scholar_etl.pipeline import export_archive, import_files, pack_archive
from scholar_etl.pipeline import promote as promote_capture
from scholar_etl.pipeline import verify as verify_archive
from scholar_etl.settings import Project
from scholar_etl.store import archived_captures, author_names, connect

_DAMAGED, _SOME_UNUSABLE = 1, 3
_CAPTURE_COLUMNS = (
    "capture_id",
    "author_id",
    "fetched_at",
    "http_status",
    "outcome",
    "refers_to",
    "warc_file",
    "warc_offset",
)


@click.group()
def command() -> None:
    """Look after the archive of captures: every response as it came.

    \b
    Examples:
      scholar-etl archive verify
      scholar-etl archive import pages.warc.gz
      scholar-etl archive compact
      scholar-etl archive list "Yichong Leng"
      scholar-etl archive promote 4f1c tests/pages/scholarfeed/new-heading
    """


@command.command(short_help="Compare every record with its digests.")
@format_option
@click.pass_context
def verify(ctx: click.Context, form: str) -> None:
    """Compare every record with its digests, and the captures with those that the warehouse knows.

    Prints each damage: file, offset, what is wrong, and of which capture. Exit 1 when there is any. It reads only, and
    may run beside a refresh.

    \b
    Examples:
      scholar-etl archive verify
      scholar-etl archive verify --format json
    """
    with Bar("verify") as bar:
        report = verify_archive(Project.open(ctx.obj), on_start=bar.restart, on_progress=bar.move_to)
    if report.damages or form == "json":
        columns = ("file", "offset", "problem", "capture_id", "author_id")
        rows = ((d.warc_file, d.warc_offset, d.problem, d.capture_id, d.author_id) for d in report.damages)
        write_rows(columns, rows, form)
    found = report.found
    tell(
        f"{len(found.captures):,} captures, {found.record_count:,} records in {found.file_count:,} files, "
        f"{found.size_bytes / 1e6:,.1f} MB: {f'{len(report.damages):,} damages' if report.damages else 'no damage'}",
        style="bold",
    )
    if report.damages:
        ctx.exit(_DAMAGED)


@command.command("import", short_help="Take in author pages from other tools' WARC files.")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@click.option("--watched", is_flag=True, help="Leave out authors who are not on the watchlist.")
@click.pass_context
def import_command(ctx: click.Context, files: tuple[Path, ...], watched: bool) -> None:
    """Take in the author pages of WARC files that other tools wrote, at the dates of their records.

    Whatever writes WARC will do: wget, a browser's recorder, an archive's download. Taking in a file again changes
    nothing. Exit 3 when records could not be used: each is named with its reason.

    \b
    Examples:
      wget --warc-file=pages https://www.scholarfeed.org/author/1234567
      scholar-etl archive import pages.warc.gz
      scholar-etl archive import crawl/*.warc.gz --watched
    """
    with Bar("import") as bar:
        report = import_files(
            Project.open(ctx.obj), files, only_watched=watched, on_start=bar.restart, on_progress=bar.move_to
        )
    for file in report.files:
        for problem in file.problems:
            tell(f"{file.path}: {problem}", logging.WARNING, style="yellow")
        tell(
            f"{file.path}: {file.captures:,} captures taken in, {file.accepted:,} of them accepted; "
            f"{file.known:,} known already, {file.others:,} of other pages",
            style="bold",
        )
    if report.was_interrupted:
        raise click.Abort
    if report.status == "partial":
        ctx.exit(_SOME_UNUSABLE)


@command.command("list", short_help="Print every capture, and where it lies.")
@click.argument("authors", nargs=-1, metavar="[AUTHOR]...")
@format_option
@click.pass_obj
def list_captures(folder: Path, authors: tuple[str, ...], form: str) -> None:
    """Print what the archive holds of the authors, of all when none is named: every capture, and where it lies.

    \b
    Examples:
      scholar-etl archive list "Yichong Leng"
      scholar-etl archive list 1234567 --format csv
    """
    project = Project.open(folder)
    with connect(project.warehouse) as connection:
        names = author_names(connection)
        wanted = [find_author_id(author, project, names) for author in authors]
        rows = archived_captures(connection, wanted)
    write_rows(_CAPTURE_COLUMNS, ([row[column] for column in _CAPTURE_COLUMNS] for row in rows), form)


@command.command(short_help="Pack the months that have passed.")
@click.pass_context
def compact(ctx: click.Context) -> None:
    """Pack the months that have passed: one Parquet file a month, many times smaller, in place of its WARC files.

    The packed file is read back and compared with every capture before the WARC files are deleted. What the server sent
    is kept decoded, with the digest of the form in which it was sent. Everything else goes on as before: 'verify',
    'replay' and 'list' read both forms, and 'export' writes WARC files again. Exit 3 when a month is damaged and was
    left as it is.

    \b
    Examples:
      scholar-etl archive compact
      duckdb -c "select author_id, count(*) from 'data/archive/2026/scholar-etl-202610.parquet' group by all"
    """
    with Bar("compact") as bar:
        report = pack_archive(
            Project.open(ctx.obj),
            on_month=lambda month, steps: bar.restart(steps, month),
            on_capture=bar.advance,
        )
    for problem in report.problems:
        tell(problem, logging.WARNING, style="yellow")
    for month in report.months:
        tell(
            f"{month.warc_file}: {len(month.capture_ids):,} captures, {month.segments_bytes / 1e6:,.1f} MB packed into "
            f"{month.size_bytes / 1e6:,.1f} MB",
            style="bold",
        )
    if not report.months and not report.problems:
        tell("nothing to compact: every month that has passed is packed")
    if report.problems:
        ctx.exit(_SOME_UNUSABLE)


@command.command(short_help="Write every capture as WARC files.")
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
@click.pass_context
def export(ctx: click.Context, folder: Path) -> None:
    """Write every capture as WARC files into the new folder DIR, packed months too.

    \b
    Examples:
      scholar-etl archive export warc
      wb-manager add my-web-archive warc/*/*.warc.gz      # pywb
    """
    with Bar("export") as bar:
        report = export_archive(Project.open(ctx.obj), folder, on_start=bar.restart, on_progress=bar.move_to)
    for problem in report.problems:
        tell(problem, logging.WARNING, style="yellow")
    tell(f"{report.capture_count:,} captures written to {folder}", style="bold")
    if report.problems:
        ctx.exit(_SOME_UNUSABLE)


@command.command(short_help="Make a capture a test case.")
@click.argument("capture_id", metavar="CAPTURE_ID")
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
@click.pass_obj
def promote(project_folder: Path, capture_id: str, folder: Path) -> None:
    """Make a capture a test case: its page, and what the extractor makes of it, in the new folder DIR.

    CAPTURE_ID may be the beginning of one. The case fails until a person has compared the page with the expected
    document and has said so in case.json.

    \b
    Examples:
      scholar-etl archive list 1234567
      scholar-etl archive promote 4f1c0a tests/pages/scholarfeed/new-heading
    """
    extraction = promote_capture(Project.open(project_folder), capture_id, folder)
    tell(f"{folder}: the page is {extraction.outcome.value}; compare page.html with expected.json, then set is_read")
