"""The pace of each host across all workers: Prefect's global concurrency limits, with slots that decay.

A turn takes all of a limit's slots, which come free one after the other in the time that one machine would wait. So
whoever is late can read how long it still takes: Prefect's own `rate_limit` asks blindly, and each refusal starts the
time anew (Prefect 3.8 writes the row without what has decayed), so that workers get two thirds of the rate.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from anyio import to_thread
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.responses import GlobalConcurrencyLimitResponse
from prefect.exceptions import ObjectNotFound, PrefectHTTPStatusError

from scholar_etl.errors import ScholarEtlError
from scholar_etl.fetch import host_of
from scholar_etl.settings import Project
from scholar_etl.sources import SOURCES

_SLOTS = 1000
_LOCKED = 423
_ELSEWHERE = "elsewhere"
"""Stands for all hosts that are no source's, to which a redirect may lead."""


def create_limits(project: str) -> None:
    """Create the limits of a project folder's hosts, or make them what its settings say: a step of `prefect deploy`."""
    folder = Project.open(Path(project))
    with get_client(sync_client=True) as client:
        for name in _names(folder):
            client.upsert_global_concurrency_limit_by_name(name, _SLOTS, _decay(_delay_s(folder)))


def check_limits(project: Project, client: SyncPrefectClient) -> None:
    """Raise `ScholarEtlError` unless there is a limit for each host, none faster than the settings allow."""
    for name in _names(project):
        try:
            limit = client.read_global_concurrency_limit_by_name(name)
        except ObjectNotFound as error:
            raise ScholarEtlError(
                f"Prefect has no limit {name!r}: run 'prefect deploy --all' for this project"
            ) from error
        if not limit.active or limit.limit != _SLOTS or limit.slot_decay_per_second > _decay(_delay_s(project)) * 1.001:
            raise ScholarEtlError(
                f"Prefect's limit {name!r} is not what fetch.requests_per_minute says: run 'prefect deploy --all' again"
            )


class SharedPace:
    """The `Gate` of a worker: one turn after the other on each host, whoever takes it."""

    def __init__(self, client: SyncPrefectClient) -> None:
        self._client = client
        self._names: dict[str, str] = {}

    async def turn(self, host: str) -> None:
        """Wait until a turn is ours. Raises `ScholarEtlError` when the limit has gone."""
        while True:
            wait_s = await to_thread.run_sync(self._try, host)
            if wait_s is None:
                return
            await asyncio.sleep(wait_s)

    async def slow_down(self, host: str, delay_s: float) -> None:
        """Make the limit slower, until it is deployed again."""
        await to_thread.run_sync(self._slow_down, host, delay_s)

    def _try(self, host: str) -> float | None:
        """Take a turn, and return None; or return in how many seconds to try again."""
        limit = self._limit(host)
        if limit.active_slots == 0 and self._take(limit.name):
            return None
        delay_s = _SLOTS / limit.slot_decay_per_second
        # Not all at once: only one of those who wait will have it.
        return delay_s * (limit.active_slots / _SLOTS + random.uniform(0, 0.1))  # noqa: S311

    def _take(self, name: str) -> bool:
        """Take a turn; return False when another worker was quicker."""
        try:
            answer = self._client.increment_concurrency_slots([name], _SLOTS, "rate_limit")
        except PrefectHTTPStatusError as error:
            if error.response.status_code == _LOCKED:
                return False
            raise
        if not answer.json():  # all that Prefect says of a limit that it does not know
            raise ScholarEtlError(f"Prefect has no limit {name!r} any more")
        return True

    def _slow_down(self, host: str, delay_s: float) -> None:
        limit = self._limit(host)
        if _decay(delay_s) < limit.slot_decay_per_second:
            self._client.upsert_global_concurrency_limit_by_name(limit.name, _SLOTS, _decay(delay_s))

    def _limit(self, host: str) -> GlobalConcurrencyLimitResponse:
        for name in [self._names[host]] if host in self._names else [_name(host), _name(_ELSEWHERE)]:
            with suppress(ObjectNotFound):
                limit = self._client.read_global_concurrency_limit_by_name(name)
                self._names[host] = name
                return limit
        raise ScholarEtlError(f"Prefect has no limit for {host}: run 'prefect deploy --all' for its project")


def _names(project: Project) -> Iterator[str]:
    for source in SOURCES:
        yield _name(host_of(getattr(project.settings.sources, source).base_url))
    yield _name(_ELSEWHERE)


def _name(host: str) -> str:
    return f"scholar-etl {host}"


def _delay_s(project: Project) -> float:
    return 60 / project.settings.fetch.requests_per_minute


def _decay(delay_s: float) -> float:
    return _SLOTS / delay_s
