"""`scholar-etl alerts`."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from scholar_etl.alerts.message import write_subject
from scholar_etl.cli.logs import tell
from scholar_etl.cli.render import format_option, write_rows
from scholar_etl.cli.times import show_moment
from scholar_etl.clock import utc_now
from scholar_etl.errors import UsageError
from scholar_etl.model import Alert, Message
from scholar_etl.pipeline import channels_of, unknown_in_rules
from scholar_etl.settings import Project
from scholar_etl.store import Outbox

_SOME_FAILED = 1
_COLUMNS = ("made_at", "channel", "state", "sent_at", "subject", "message_id", "next_try_at", "error")


@click.group()
def command() -> None:
    """Try the channels of alerts, and see what was sent.

    What is told and to whom stands in scholar-etl.toml, below [alerts]; refresh and serve send it.

    \b
    Examples:
      scholar-etl alerts test
      scholar-etl alerts list
    """


@command.command(short_help="Send a sample through every channel.")
@click.pass_context
def test(ctx: click.Context) -> None:
    """Send a sample through every channel, and say of each whether it was taken; exit 1 when one was not.

    \b
    Examples:
      scholar-etl alerts test
      SCHOLAR_ETL_ALERTS__CHANNELS="json://localhost:8080/hook" scholar-etl alerts test
    """
    project = Project.open(ctx.obj)
    channels = channels_of(project)
    if not channels:
        raise UsageError("no channel to try: write an address into alerts.channels in scholar-etl.toml")
    for line in unknown_in_rules(project):
        tell(line, logging.WARNING, style="yellow")
    message, has_failed = _sample(utc_now()), False
    for channel in channels:
        reason = channel.send(message, project.settings.alerts.timeout_s)
        if reason is None:
            tell(f"{channel.name}: delivered", style="green")
        else:
            tell(f"{channel.name}: not delivered: {reason}", logging.ERROR, style="red")
            has_failed = True
    if has_failed:
        ctx.exit(_SOME_FAILED)


@command.command("list", short_help="Print what was sent and what waits, newest first.")
@click.option("--most", type=click.IntRange(1), default=50, show_default=True, help="How many to print.")
@format_option
@click.pass_obj
def list_messages(folder: Path, most: int, form: str) -> None:
    """Print what was sent and what waits, newest first, a row for each message and channel.

    \b
    Examples:
      scholar-etl alerts list
      scholar-etl alerts list --most 500 --format csv
    """
    project = Project.open(folder)
    deliveries, troubles = [], []
    if project.outbox.exists():
        with Outbox(project.outbox) as outbox:
            deliveries, troubles = outbox.deliveries(most), outbox.troubles()
    rows = [row | {"subject": write_subject(message)} for message, row in deliveries]
    if rows or form != "table":
        write_rows(_COLUMNS, ([row[column] for column in _COLUMNS] for row in rows), form)
    else:
        tell("nothing was ever told")
    for line in describe_unsent(troubles):
        tell(line, logging.WARNING, style="yellow")


def describe_unsent(rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    """Yield a line for each channel that failed when last tried, or for which something waits."""
    for row in rows:
        since = f" since {show_moment(row['waiting_since'])}" if row["waiting_since"] else ""
        failed = f"; failed on {show_moment(row['failed_at'])}: {row['error']}" if row["failed_at"] else ""
        yield f"{row['waiting_count']} waiting for {row['channel']}{since}{failed}"


def _sample(now: datetime) -> Message:
    alert = Alert("metric", now, "h_index", "scholarfeed:0", "A sample, of nobody", old=27, new=28)
    return Message(f"sample of {show_moment(now)}", now, 1, (alert,))
