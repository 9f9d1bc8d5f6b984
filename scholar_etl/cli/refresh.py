"""`scholar-etl refresh`."""

from __future__ import annotations

import click

from scholar_etl.cli.progress import RefreshProgress
from scholar_etl.settings import Project

_SOME_FAILED = 3


@click.command()
@click.argument("authors", nargs=-1, metavar="[AUTHOR]...")
@click.option("--due", is_flag=True, help="Only authors not seen since the schedule's last moment.")
@click.option("--force", is_flag=True, help="Ask for whole pages, without conditional requests.")
@click.option("--via-prefect", is_flag=True, help="Run as a Prefect flow: its server, its run history.")
@click.pass_context
def command(ctx: click.Context, authors: tuple[str, ...], due: bool, force: bool, via_prefect: bool) -> None:
    """Fetch the authors' pages now, those asked longest ago first, and take in what changed.

    AUTHOR is an author_id, the number in the profile's address, or a name on the watchlist; without any it is everyone
    on the watchlist. Exit 3 when some authors failed, were blocked or were held back: each is named with its reason.
    Exit 3 also when the pages no longer show a field: it says which, since when, and the markup before and now.

    \b
    Examples:
      scholar-etl refresh
      scholar-etl refresh --due                    # from cron: does nothing when nothing is due
      scholar-etl refresh "Yichong Leng" 1234567
    """
    project = Project.open(ctx.obj)
    if via_prefect:
        from scholar_etl.flows import keep_prefect_private
        from scholar_etl.lock import ProjectLock
        from scholar_etl.pipeline import select_authors
        from scholar_etl.watchlist import Watchlist

        # A server takes many seconds to start: what will be refused is refused before.
        select_authors(Watchlist(project.watchlist), authors)
        with ProjectLock(project.lock):
            pass
        keep_prefect_private(project.folder)
        from scholar_etl.flows.refresh import run_flow

        report = run_flow(project, authors, only_due=due, force=force)
        progress = RefreshProgress()
    else:
        from scholar_etl.pipeline import refresh

        with RefreshProgress() as progress:
            report = refresh(
                project,
                authors,
                only_due=due,
                force=force,
                on_start=progress.start,
                on_result=progress.advance,
            )
    progress.summarise(report)
    if report.was_interrupted:
        raise click.Abort
    if report.failures or report.has_lost:
        ctx.exit(_SOME_FAILED)
