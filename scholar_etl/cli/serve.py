"""`scholar-etl serve`."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from threading import Event
from uuid import UUID

import click

from scholar_etl.cli.logs import tell
from scholar_etl.settings import Project
from scholar_etl.watchlist import Watchlist


@click.command()
@click.option("--run", type=click.UUID, metavar="ID", help="Execute one scheduled run here; 'serve' calls itself so.")
@click.pass_context
def command(ctx: click.Context, run: UUID | None) -> None:
    """Refresh when the schedule says so, and look after the archive, until stopped.

    Refreshes by schedule.cron, at once when one was missed; compares the archive with its digests every week; packs its
    passed months every month. Prefect's server keeps the schedule and shows every run: one of its own on this machine,
    in the project folder, or the one that PREFECT_API_URL names. SIGTERM and Ctrl-C stop it: a refresh in progress ends
    at its next author, and what was fetched is kept.

    \b
    Examples:
      scholar-etl serve
      scholar-etl --project ~/metrics serve        # from systemd: see docs/scheduling.md
      PREFECT_API_URL=http://prefect.example.org:4200/api scholar-etl serve
    """
    project = Project.open(ctx.obj)
    if run is not None:
        from scholar_etl.flows import keep_prefect_private

        keep_prefect_private(project.folder)
        from scholar_etl.flows.execute import execute

        execute(run)
        return
    Watchlist(project.watchlist)  # what is wrong with it is said before a server starts
    from scholar_etl.flows.serve import serve

    stop = Event()
    _on_stop_signals(lambda *_: sys.exit())
    # Left while it still starts, there is nothing to end in order; what its server does then is abandoned.
    with suppress(SystemExit):
        serve(
            project,
            [*_own_command(ctx), "serve", "--run"],
            stop=stop,
            say=tell,
            on_ready=lambda: _on_stop_signals(lambda *_: stop.set()),
        )


def _on_stop_signals(handler: Callable[..., None]) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, handler)


def _own_command(ctx: click.Context) -> list[str]:
    """Return this command line up to its command: what is logged, and how, holds for the runs too."""
    given = ctx.find_root().params
    options = ["--project", str(given["project"]), "--log-level", given["log_level"]]
    flags = [option for option, name in (("--log-json", "log_json"), ("--debug", "debug")) if given[name]]
    return [sys.executable, "-m", "scholar_etl", *options, *flags]
