"""`scholar-etl status`."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.text import Text

from scholar_etl.cli.alerts import describe_unsent
from scholar_etl.cli.logs import tell
from scholar_etl.cli.render import console, document_option, dump_json, print_table, show
from scholar_etl.cli.times import SPAN, show_age, show_moment
from scholar_etl.clock import utc_now
from scholar_etl.fields import METRIC_WORDS
from scholar_etl.model import Outcome
from scholar_etl.pipeline import last_due
from scholar_etl.settings import Project
from scholar_etl.store import Finding, Outbox, Status, connect, read_jumps, read_status, run_checks

_FAILED = 1
_RECENT = timedelta(days=7)


@click.command()
@click.option("--check", is_flag=True, help="Run the warehouse's own checks; exit 1 when one finds a fault.")
@click.option("--max-age", type=SPAN, help="Exit 1 when the last good refresh is older, such as 36h: for a monitor.")
@document_option
@click.pass_context
def command(ctx: click.Context, check: bool, max_age: timedelta | None, form: str) -> None:
    """Show the last run, how fresh each author is, which pages are held back, and sizes.

    \b
    Examples:
      scholar-etl status
      scholar-etl status --check
      scholar-etl status --max-age 36h || echo "no refresh for 36 hours"
    """
    project = Project.open(ctx.obj)
    now = utc_now()
    with connect(project.warehouse) as connection:
        state = _State(
            read_status(connection),
            jumps=read_jumps(connection, now - _RECENT),
            unsent=_unsent(project),
            findings=run_checks(connection) if check else None,
        )
    good = state.status.last_good_run
    too_old = max_age is not None and (good is None or now - good["started_at"] > max_age)
    if form == "json":
        _write_json(project, state, now)
    else:
        _write_table(console(), project, state, now)
    if too_old:
        since = show_moment(good["started_at"]) if good else "never"
        tell(f"scholar-etl: the last good refresh is older than {max_age}: {since}", logging.ERROR)
    if state.findings or too_old:
        ctx.exit(_FAILED)


@dataclass(frozen=True, slots=True)
class _State:
    """What there is to tell. `findings` is None when nothing was checked."""

    status: Status
    jumps: list[dict[str, Any]]
    unsent: list[dict[str, Any]]
    findings: list[Finding] | None


def _unsent(project: Project) -> list[dict[str, Any]]:
    if not project.outbox.exists():
        return []
    with Outbox(project.outbox) as outbox:
        return outbox.troubles()


def _write_json(project: Project, state: _State, now: datetime) -> None:
    status = state.status
    due_at = last_due(project.settings.schedule, now)
    document = {
        "at": now,
        "due_at": due_at,
        "overdue_count": len(_overdue(status, due_at)),
        "last_run": status.last_run,
        "last_good_run": status.last_good_run,
        "authors": status.freshness,
        "held": status.held,
        "lost": status.lost,
        "jumps": state.jumps,
        "unsent_alerts": state.unsent,
        "findings": [{"check": f.check, "rows": f.rows} for f in state.findings or ()],
        "warehouse": {"path": str(project.warehouse), "size_bytes": project.warehouse.stat().st_size},
        "archive": {"path": str(project.archive), "size_bytes": _size(project.archive)},
    }
    sys.stdout.write(dump_json(document) + "\n")


def _write_table(out: Console, project: Project, state: _State, now: datetime) -> None:
    status = state.status
    due_at = last_due(project.settings.schedule, now)
    _line(out, f"warehouse  {project.warehouse}  {_megabytes(project.warehouse.stat().st_size)}")
    _line(out, f"archive    {project.archive}  {_megabytes(_size(project.archive))}")
    run = status.last_run
    if run is not None:
        told = f"{show_moment(run['started_at'])} ({show_age(now - run['started_at'])} ago), {run['status']}"
        if run["author_count"] is not None:  # a run that was killed, or is known from the archive alone, told nothing
            told += f": {run['accepted_count']} of {run['author_count']} authors accepted"
        _line(out, f"last run   {told}")
    for row in status.lost:
        pages = f"{row['lost_count']} of {row['expected_count']} pages that should show it"
        _line(out, f"lost       {row['field']} on {pages}, since {show_moment(row['lost_since'])}", "bold yellow")
    for told in describe_unsent(state.unsent):
        _line(out, f"alerts     {told}", "bold yellow")
    watched_count = sum(row["is_watched"] for row in status.freshness)
    if overdue := _overdue(status, due_at):
        seen_at = overdue[0]["last_seen_at"]
        stalest = f"the stalest seen {show_age(now - seen_at)} ago" if seen_at else "the stalest never seen"
        told = f"{len(overdue)} of {watched_count} authors, due since {show_moment(due_at)}; {stalest}"
        _line(out, f"overdue    {told}", "yellow")
    _line(out)
    rows = [
        (
            row["name"],
            row["author_id"],
            show_age(now - row["last_seen_at"]) if row["last_seen_at"] else "never",
            show_age(now - row["last_changed_at"]) if row["last_changed_at"] else "",
            ", ".join(_notes(row, due_at)),
        )
        for row in status.freshness
    ]
    print_table(out, ("author", "author_id", "seen ago", "changed", "note"), rows)
    _write_doubts(out, state)


def _write_doubts(out: Console, state: _State) -> None:
    """Write what a person should look at: pages held back, changes hard to believe, what the checks found."""
    if state.status.held:
        _line(out)
        _line(out, "Held back (in the archive, not in history):", "bold yellow")
        for page in state.status.held:
            _line(out, f"  {page['author_id']}  {show_moment(page['fetched_at'])}  {show(page['reasons'])}")
    if state.jumps:
        _line(out)
        _line(out, f"Far beyond the author's past (in history, of the last {_RECENT.days} days):", "bold yellow")
        for jump in state.jumps:
            moved = f"{METRIC_WORDS[jump['metric']]} {jump['old_value']:,} -> {jump['new_value']:,}"
            _line(out, f"  {jump['author_id']}  {show_moment(jump['changed_at'])}  {moved}")
    if state.findings is not None:
        _line(out)
        for finding in state.findings:
            _line(out, f"check {finding.check}: {len(finding.rows):,} rows", "red")
        if not state.findings:
            _line(out, "all checks of the warehouse passed", "green")


def _notes(row: dict[str, Any], due_at: datetime) -> Iterator[str]:
    """Yield what is worth knowing of an author: nothing when the newest page was accepted in time."""
    if row["last_outcome"] not in (None, Outcome.ACCEPTED):
        yield row["last_outcome"].replace("_", " ")
    if not row["is_watched"]:
        yield "not on the watchlist"
    elif _is_due(row, due_at):
        yield "due"


def _overdue(status: Status, due_at: datetime) -> list[dict[str, Any]]:
    """Return who of the watchlist fell due at the schedule's last moment and was not seen since, stalest first."""
    return [row for row in status.freshness if row["is_watched"] and _is_due(row, due_at)]


def _is_due(row: dict[str, Any], due_at: datetime) -> bool:
    return row["last_seen_at"] is None or row["last_seen_at"] < due_at


def _line(out: Console, text: str = "", style: str = "") -> None:
    out.print(Text(text, style=style), soft_wrap=True)


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.1f} MB"
