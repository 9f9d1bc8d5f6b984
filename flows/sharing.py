"""A refresh whose pages workers fetch: shards given out, watched, given out again when a worker is lost, taken in."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from threading import Event
from time import monotonic
from typing import Any
from uuid import UUID

from prefect import State
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import (
    ArtifactFilter,
    ArtifactFilterFlowRunId,
    FlowRunFilter,
    FlowRunFilterId,
    FlowRunFilterState,
    FlowRunFilterStateType,
    FlowRunFilterTags,
)
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.exceptions import ObjectNotFound
from prefect.states import Cancelled, Cancelling, Crashed, Scheduled
from pydantic import TypeAdapter

from scholar_etl.clock import utc_now
from scholar_etl.errors import ScholarEtlError
from scholar_etl.pipeline import Assignment, Refresh, Shard
from scholar_etl.settings import Project

from .artifacts import Progress
from .limits import check_limits
from .runs import place
from .stopping import StopSignal

DEPLOYMENT = "scholar-etl fetch shard/workers"
"""What `prefect.yaml` deploys."""

_AT_ONCE = 100
_LOOK_S = 1.0
_BEATS = 6
"""Signs of life in the time after which a worker is lost."""
_TRIES = 3
_NOBODY = 10
"""So many times as long is waited for a worker to come, while nobody works."""

_UNFINISHED = [StateType.SCHEDULED, StateType.PENDING, StateType.RUNNING, StateType.CANCELLING]

_log = logging.getLogger(__name__)


def share_out(project: Project, run: Refresh, stop: StopSignal) -> None:
    """Let workers fetch what a refresh has planned, and take in what they archive, until it is done or `stop` is heard.

    Raises `ConfigError` when the archive is not shared, and what `check_workers` does.
    """
    with get_client(sync_client=True) as client:
        _Sharing(project, run, client).run(stop)


def check_workers(project: Project) -> None:
    """Raise `ScholarEtlError` unless what workers run, and the limits that they keep, are deployed for the project."""
    with get_client(sync_client=True) as client:
        check_limits(project, client)
        _deployment_id(client)


@dataclass(slots=True)
class _Given:
    """A shard in the hands of the workers, and when it last showed a sign of life, on a clock that only goes on."""

    shard: Shard
    tries: int
    seen_at: float
    sign: object = None
    is_begun: bool = False


class _Sharing:
    def __init__(self, project: Project, run: Refresh, client: SyncPrefectClient) -> None:
        self._run = run
        self._client = client
        self._lost_after_s = project.settings.workers.lost_after_s
        self._tag = place(project)
        self._shards = run.shards()
        self._returned: deque[tuple[Shard, int]] = deque()
        self._given: dict[UUID, _Given] = {}
        self._progress = Progress(run.report.author_count)
        self._progress.advance(len(run.report.deferred))
        self._deployment_id = _deployment_id(client)

    def run(self, stop: StopSignal) -> None:
        self._call_back(self._of_killed_runs())
        moved_at = monotonic()
        while not stop.is_heard:
            self._give_out()
            if not self._given:
                return
            if self._look() or any(given.is_begun for given in self._given.values()):
                moved_at = monotonic()
            elif monotonic() - moved_at > _NOBODY * self._lost_after_s:
                break
            stop.run(partial(Event().wait, _LOOK_S))
        self._call_back(self._given)
        for given in self._given.values():
            self._take_in(given.shard)
        if stop.is_heard:
            self._run.report.was_interrupted = True
        else:
            self._run.defer_rest("no worker has taken it: is one running?")

    def _give_out(self) -> None:
        while len(self._given) < _AT_ONCE:
            shard, tries = self._returned.popleft() if self._returned else (next(self._shards, None), 1)
            if shard is None:
                return
            # One after the other: a worker takes what has been due for longest.
            due_at = utc_now() + timedelta(milliseconds=len(self._given))
            flow_run = self._client.create_flow_run_from_deployment(
                self._deployment_id,
                name=f"shard {shard.part.rpartition('-')[2]} of {shard.run_id[:8]}",
                parameters={"shard": _as_json(shard), "beat_s": self._lost_after_s / _BEATS},
                state=Scheduled(scheduled_time=due_at),
                tags=[self._tag],
            )
            self._given[flow_run.id] = _Given(shard, tries, monotonic())

    def _look(self) -> bool:
        """See how the shards are; settle those that have ended or are lost. Return whether anything has moved."""
        has_moved = False
        ids = list(self._given)
        artifacts = self._client.read_artifacts(
            artifact_filter=ArtifactFilter(flow_run_id=ArtifactFilterFlowRunId(any_=ids))
        )
        beats = {artifact.flow_run_id: artifact.updated for artifact in artifacts}
        flow_runs = self._client.read_flow_runs(flow_run_filter=FlowRunFilter(id=FlowRunFilterId(any_=ids)))
        states = {flow_run.id: _state_of(flow_run) for flow_run in flow_runs}
        for run_id in ids:
            given, state = self._given[run_id], states.get(run_id) or Crashed(message="its run was deleted")
            sign = (state.id, beats.get(run_id))
            if sign != given.sign:
                given.sign, given.seen_at, has_moved = sign, monotonic(), True
            given.is_begun = not state.is_scheduled()
            if not state.is_final() and given.is_begun and monotonic() - given.seen_at > self._lost_after_s:
                state = Crashed(message=f"its worker gave no sign of life for {self._lost_after_s:g} s")
                self._client.set_flow_run_state(run_id, state, force=True)
            if state.is_final():
                self._settle(run_id, state)
        return has_moved

    def _settle(self, run_id: UUID, state: State[Any]) -> None:
        """Take in what a shard brought; what it did not is given out again when its worker was lost, else deferred."""
        ended = self._given.pop(run_id)
        rest = self._take_in(ended.shard)
        if not rest:
            return
        why = state.message or f"its shard is {state.name}"
        if (state.is_crashed() or state.is_failed()) and ended.tries < _TRIES:
            _log.warning("%d authors go to another worker: %s", len(rest), why)
            self._returned.append((ended.shard.again(rest), ended.tries + 1))
        else:
            self._run.defer((given.request.author_id for given in rest), why)
            self._progress.advance(len(rest))

    def _take_in(self, shard: Shard) -> list[Assignment]:
        rest = self._run.take_in(shard)
        self._progress.advance(len(shard.assignments) - len(rest))
        return rest

    def _of_killed_runs(self) -> list[UUID]:
        """Return what an earlier run of this project left with the workers."""
        flow_runs = self._client.read_flow_runs(
            flow_run_filter=FlowRunFilter(
                tags=FlowRunFilterTags(all_=[self._tag]),
                state=FlowRunFilterState(type=FlowRunFilterStateType(any_=_UNFINISHED)),
            )
        )
        return [flow_run.id for flow_run in flow_runs if flow_run.deployment_id == self._deployment_id]

    def _call_back(self, run_ids: Iterable[UUID]) -> None:
        """End shards that nobody waits for any more: at once what no worker has taken, else at its next page."""
        for run_id in run_ids:
            with suppress(ObjectNotFound):
                is_taken = not _state_of(self._client.read_flow_run(run_id)).is_scheduled()
                self._client.set_flow_run_state(run_id, Cancelling() if is_taken else Cancelled(), force=True)


def _deployment_id(client: SyncPrefectClient) -> UUID:
    try:
        return client.read_deployment_by_name(DEPLOYMENT).id
    except ObjectNotFound as error:
        raise ScholarEtlError(
            "Prefect has no deployment for workers: run 'prefect deploy --all' with this PREFECT_API_URL"
        ) from error


def _as_json(shard: Shard) -> Any:
    return TypeAdapter(Shard).dump_python(shard, mode="json")


def _state_of(flow_run: FlowRun) -> State[Any]:
    assert flow_run.state is not None  # noqa: S101 - what every run of the API has
    return flow_run.state
