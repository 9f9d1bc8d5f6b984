"""`scholar-etl serve`: a project folder kept fresh until somebody says stop."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from threading import Event, Thread

from scholar_etl.clock import utc_now
from scholar_etl.errors import ScholarEtlError
from scholar_etl.interruptible import ABANDONABLE
from scholar_etl.lock import ProjectLock
from scholar_etl.pipeline import FreshnessAlarm, prepare_alerts, send_silence
from scholar_etl.settings import Project

from . import keep_prefect_private
from .server import LocalServer

_PAUSE_S = 2.0
_PAUSE_AFTER_FAILURE_S = 10.0


def serve(
    project: Project,
    command: Sequence[str],
    *,
    stop: Event,
    say: Callable[[str, int], None],
    on_ready: Callable[[], None],
) -> None:
    """Run the project folder's deployments when they are due, until `stop` is set.

    On the server that `PREFECT_API_URL` names, else on one of its own. `command` and a run's id are a command line that
    executes it; `say` is told a line with its log level. Until `on_ready` is called nothing runs, and an exception in
    the main thread does no harm. Raises `LockedError` when the folder is served already, `ScholarEtlError` when there
    is no server or it schedules nothing.
    """
    with ExitStack() as stack:
        stack.enter_context(ProjectLock(project.folder / ".prefect" / "serve.lock"))
        server = None
        if os.environ.get("PREFECT_API_URL"):
            keep_prefect_private(project.folder)
        else:
            server = stack.enter_context(LocalServer(project.folder))
        # Only now: Prefect reads its settings when it is first imported.
        from prefect.client.orchestration import get_client

        from .scheduler import Scheduler

        started_at = utc_now()
        alarm = FreshnessAlarm(project, started_at)
        prepare_alerts(project, started_at)
        rules = (rule for rule in project.settings.alerts.rule if rule.on == "no_refresh")
        silences = [FreshnessAlarm(project, started_at, rule.after) for rule in rules]

        def watch() -> None:
            if server is not None:
                server.check()
            if (line := alarm.check(utc_now())) is not None:
                say(line, logging.WARNING)
            if [line for silence in silences if (line := silence.check(utc_now()))]:
                # In a thread: a channel that hangs must not hold up the schedule.
                Thread(target=_tell_silence, args=(project, say), name=ABANDONABLE, daemon=True).start()

        client = stack.enter_context(get_client(sync_client=True))
        if (failure := client.api_healthcheck()) is not None:
            raise ScholarEtlError(f"Prefect's server at {_ui()} does not answer ({failure}): see PREFECT_API_URL")
        scheduler = Scheduler(project, client, command, stop=stop, say=say, watch=watch)
        scheduler.register()
        scheduler.clear_up()
        on_ready()
        say(f"serving {project.folder}, to be seen at {_ui()}; {scheduler.describe_next()}", logging.INFO)
        told = ""
        while not stop.is_set():
            watch()
            try:
                if told:
                    scheduler.clear_up()  # a run may have ended while its end could not be told
                if not scheduler.run_due():
                    stop.wait(_PAUSE_S)
                told = ""
            except Exception as error:  # noqa: BLE001 - whatever it is that is wrong for now: the schedule goes on
                if (line := f"cannot go on ({error}): trying again") != told:
                    say(line, logging.WARNING)
                told = line
                stop.wait(_PAUSE_AFTER_FAILURE_S)


def _tell_silence(project: Project, say: Callable[[str, int], None]) -> None:
    for problem in send_silence(project, utc_now).problems:
        say(problem, logging.WARNING)


def _ui() -> str:
    return os.environ["PREFECT_API_URL"].removesuffix("/").removesuffix("/api")
