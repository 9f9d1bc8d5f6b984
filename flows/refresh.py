"""The refresh as a Prefect flow: the steps of `scholar_etl.pipeline`, a task a batch.

Nothing is cached or persisted by Prefect (the archive is the cache), and nothing is retried by it (the fetcher does).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from prefect import State, flow, task
from prefect.cache_policies import NO_CACHE

from scholar_etl.clock import utc_now
from scholar_etl.errors import LockedError
from scholar_etl.pipeline import Refresh, RunReport, send_alerts
from scholar_etl.settings import Project

from .artifacts import Progress, find_changes, show_changes, show_failures
from .events import emit_changes, hand_over
from .report import leave_report
from .runs import ended, named, skipped
from .sharing import check_workers, share_out
from .stopping import StopSignal


@flow(name="scholar-etl refresh", flow_run_name=named("refresh"), persist_result=False)
def refresh(
    project: str,
    authors: tuple[str, ...] = (),
    tags: tuple[str, ...] = (),
    due: bool = False,
    force: bool = False,
    report: bool = False,
) -> State[Any]:
    """Fetch the pages of a project folder's authors, and take in what changed.

    Args:
        project: the project folder, a path on the machine that runs this
        authors: who is to be refreshed: an author_id, the number in the profile's address, or a name on the watchlist
        tags: likewise, everybody with one of these tags; without authors and tags it is the whole watchlist
        due: only those not seen since the schedule's last moment
        force: ask for whole pages, without conditional requests
        report: bring the static site up to date, where the settings name a folder for it
    """
    folder = Project.open(Path(project))
    if folder.settings.workers.shard_size:
        check_workers(folder)
    with StopSignal() as stop:
        try:
            with Refresh(folder, authors, tags=tags, only_due=due, force=force) as run:
                if folder.settings.workers.shard_size:
                    share_out(folder, run, stop)
                else:
                    _process(run, stop)
        except LockedError as error:
            return skipped(error)
        show_failures(run.report)
        changes = find_changes(folder, run.report, utc_now())
        show_changes(changes)
        emit_changes(run.report.run_id, changes)
        if report:
            leave_report(folder, run.report)
        stop.run(partial(_send_alerts, folder, run.report))
        return ended(run.report)


def _send_alerts(folder: Project, report: RunReport) -> None:
    report.alerts = send_alerts(folder, utc_now)


def _process(run: Refresh, stop: StopSignal) -> None:
    progress = Progress(run.report.author_count)
    first = 1
    for batch in run.batches():
        _refresh_batch(first, first + len(batch) - 1, partial(stop.run, partial(run.process, batch)))
        if stop.is_heard:
            run.report.was_interrupted = True
            return
        progress.advance(len(batch))
        first += len(batch)


@task(name="refresh batch", task_run_name="authors {first} to {last}", persist_result=False, cache_policy=NO_CACHE)
def _refresh_batch(first: int, last: int, process: Callable[[], None]) -> None:  # noqa: ARG001 - its name's parts
    process()


def run_flow(project: Project, authors: Sequence[str], *, only_due: bool, force: bool) -> RunReport:
    """Run the flow here and now, on the server that `PREFECT_API_URL` names, else on one that lives as long as it.

    Raises what `scholar_etl.pipeline.refresh` raises.
    """
    state = refresh(str(project.folder), tuple(authors), due=only_due, force=force, return_state=True)
    hand_over()
    outcome = state.result(raise_on_failure=False)
    if isinstance(outcome, BaseException):
        raise outcome
    assert isinstance(outcome, RunReport)  # noqa: S101 - what `ended` puts there
    return outcome
