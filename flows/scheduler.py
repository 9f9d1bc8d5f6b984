"""The scheduled runs of a project folder: Prefect says what is due, and each run gets a process of its own.

One run after the other, so that the care of the archive never meets a refresh of ours. Against everybody else's the
project's lock decides, not Prefect's slots, which a killed process would hold for ever.
"""

from __future__ import annotations

import logging
import subprocess
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from threading import Event
from typing import Any
from uuid import UUID

from prefect import State
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas import OrchestrationResult
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterId,
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.client.schemas.responses import FlowRunResponse, SetStateStatus
from prefect.states import Cancelled, Crashed, Pending, Scheduled

from scholar_etl.clock import utc_now
from scholar_etl.errors import ScholarEtlError
from scholar_etl.pipeline import is_refresh_due, last_due
from scholar_etl.settings import Project

from .deployments import deployments
from .refresh import refresh

_LOOK_S = 1.0
_GRACE_S = 30.0
_UNSCHEDULED_S = 60
_UNFINISHED = [StateType.PENDING, StateType.RUNNING, StateType.CANCELLING]


class Scheduler:
    """Runs what is due of a project folder's deployments.

    `command` and a run's id are a command line that executes it (`execute`); `say` is told one line for each run, with
    its log level; `watch` is called every second or so, also while a run takes its time. Once `stop` is set, the run in
    progress ends at its next author.
    """

    def __init__(
        self,
        project: Project,
        client: SyncPrefectClient,
        command: Sequence[str],
        *,
        stop: Event,
        say: Callable[[str, int], None],
        watch: Callable[[], None],
    ) -> None:
        self._project = project
        self._client = client
        self._command = command
        self._stop = stop
        self._say = say
        self._watch = watch
        self._flows: dict[UUID, str] = {}
        self._seen_to: datetime | None = None  # the schedule's newest moment for which a refresh ran, or need not

    def register(self) -> None:
        """Make Prefect's deployments those of the list, and wait until it has scheduled the next refresh.

        Raises `ScholarEtlError` when it schedules nothing: with a library that does not suit it, Prefect's server
        answers every request, and creates no runs.
        """
        for deployment in deployments(self._project):
            deployment_id = deployment.apply()
            assert isinstance(deployment_id, UUID)  # noqa: S101 - a coroutine only where an event loop runs
            self._flows[deployment_id] = deployment.flow_name or ""
        for _ in range(_UNSCHEDULED_S):
            if self.next_refresh() is not None or self._stop.wait(1):
                return
        raise ScholarEtlError(
            "Prefect's server schedules no runs: install with the project's constraints.txt, or see whether the "
            "deployment is paused in its UI"
        )

    def clear_up(self) -> None:
        """Set what a killed `serve` left unfinished to Crashed."""
        for run in self._unfinished():
            self._set_state(run.id, Crashed(message="the process that ran it was killed"))

    def run_due(self) -> bool:
        """Run what has been due for longest, to its end; return whether there was anything."""
        now = utc_now()
        due = [run for run in self._scheduled() if _due_at(run) <= now]
        newest = {run.deployment_id: run.id for run in due if run.auto_scheduled}
        for run in due:
            if not run.auto_scheduled or newest[run.deployment_id] == run.id:
                self._run(run)
                return True
            self._set_state(run.id, Cancelled(name="Skipped", message="missed: a later run does its work"))
        self._make_up(now)
        return False

    def _make_up(self, now: datetime) -> None:
        """Have a refresh run at once when a moment of the schedule has passed without one, and somebody is due.

        It may have passed while nobody served, or be one that Prefect reckons otherwise: a time that does not exist on
        the day on which the clocks change. Not while nothing is planned: somebody has paused the schedule.
        """
        moment = last_due(self._project.settings.schedule, now)
        if moment != self._seen_to and self.next_refresh() is not None and is_refresh_due(self._project, now):
            self._client.create_flow_run_from_deployment(self._refresh_id(), state=Scheduled(scheduled_time=now))
        self._seen_to = moment

    def next_refresh(self) -> datetime | None:
        """Return when the schedule's next refresh is due, aware, in UTC; None when none is planned."""
        now, refresh_id = utc_now(), self._refresh_id()
        planned = (_due_at(run) for run in self._scheduled() if run.auto_scheduled and run.deployment_id == refresh_id)
        return next((moment for moment in planned if moment > now), None)

    def _run(self, run: FlowRunResponse) -> None:
        taken: OrchestrationResult[Any] = self._client.set_flow_run_state(run.id, Pending())
        if taken.status != SetStateStatus.ACCEPT:
            self._stop.wait(_LOOK_S)  # somebody else took it, or it was cancelled just now
            return
        if run.deployment_id == self._refresh_id():
            self._seen_to = last_due(self._project.settings.schedule, utc_now())
        # Its own session: Ctrl-C in a terminal is for us alone to pass on. Our end of the pipe closes with us.
        with subprocess.Popen(  # noqa: S603 - our own command line
            [*self._command, str(run.id)], stdin=subprocess.PIPE, start_new_session=True
        ) as process:
            try:
                is_stopped = self._wait(process, run.id)
            except BaseException:
                process.kill()
                raise
        self._settle(run.id, process.returncode, is_stopped=is_stopped)

    def _wait(self, process: subprocess.Popen[bytes], run_id: UUID) -> bool:
        """Wait for the end of a run, and hasten it when that is asked of us or in the UI; return whether it was."""
        while process.poll() is None:
            self._watch()
            if self._stop.wait(_LOOK_S) or self._is_cancelling(run_id):
                process.terminate()
                try:
                    process.wait(_GRACE_S)
                except subprocess.TimeoutExpired:
                    process.kill()
                return True
        return False

    def _is_cancelling(self, run_id: UUID) -> bool:
        try:
            return _state_of(self._client.read_flow_run(run_id)).is_cancelling()
        except Exception:  # noqa: BLE001 - whatever it is: a server that is away for a moment ends no run
            return False

    def _settle(self, run_id: UUID, exit_code: int, *, is_stopped: bool) -> None:
        """Give a run that ended without a word its end, and tell how it ended."""
        run = self._client.read_flow_run(run_id)
        state = _state_of(run)
        if is_stopped and (state.is_crashed() or not state.is_final()):
            state = Cancelled(name="Interrupted", message="stopped")
            self._set_state(run_id, state)
        elif not state.is_final():
            state = Crashed(message=f"its process ended with {_describe_exit(exit_code)}")
            self._set_state(run_id, state)
        what = self._flows.get(run.deployment_id or run_id, "a run").removeprefix("scholar-etl ")
        level = logging.INFO if state.is_completed() and state.name == "Completed" else logging.WARNING
        took = f"{run.total_run_time.total_seconds():.0f} s"
        self._say(f"{what}: {state.name}, {state.message or 'no message'} ({took}); {self.describe_next()}", level)

    def describe_next(self) -> str:
        """Return when the next refresh is due, for a person."""
        moment = self.next_refresh()
        return f"next refresh due {moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if moment else "no refresh is scheduled"

    def _scheduled(self) -> list[FlowRunResponse]:
        """Return our runs that have not begun, by when they are due."""
        return self._client.get_scheduled_flow_runs_for_deployments(list(self._flows))

    def _unfinished(self) -> list[FlowRun]:
        return self._client.read_flow_runs(
            deployment_filter=DeploymentFilter(id=DeploymentFilterId(any_=list(self._flows))),
            flow_run_filter=FlowRunFilter(state=FlowRunFilterState(type=FlowRunFilterStateType(any_=_UNFINISHED))),
        )

    def _refresh_id(self) -> UUID:
        return next(deployment_id for deployment_id, name in self._flows.items() if name == refresh.name)

    def _set_state(self, run_id: UUID, state: State[Any]) -> None:
        self._client.set_flow_run_state(run_id, state, force=True)


def _due_at(run: FlowRunResponse) -> datetime:
    moment = run.next_scheduled_start_time
    assert moment is not None  # noqa: S101 - what a scheduled run has
    return moment


def _state_of(run: FlowRun) -> State[Any]:
    assert run.state is not None  # noqa: S101 - what every run of the API has
    return run.state


def _describe_exit(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"
