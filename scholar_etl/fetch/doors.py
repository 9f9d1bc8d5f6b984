"""Whom this run asks no more, and why: one place, whoever closes the door.

A site closes its own by its quota (`session`), by failing again and again (here), or by refusing page after page, which
only the reader of the pages can tell (`Fetcher.leave`). The run's budget closes them all.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime

from scholar_etl.fetch.client import Reply

logger = logging.getLogger("scholar_etl.fetch")

MAX_FAILURES_IN_A_ROW = 5


class DoorClosedError(Exception):
    """A request that must not be made in this run. `until` is when one may be made again, None when nobody said."""

    def __init__(self, reason: str, until: datetime | None = None) -> None:
        self.reason = reason
        self.until = until
        super().__init__(reason)


class Doors:
    """Every host's door is open until it is closed, and then stays closed to the end of the run.

    `budget` is how many requests the run may make, 0 for any number.
    """

    def __init__(self, budget: int) -> None:
        self._budget = budget
        self._request_count = 0
        self._hosts: dict[str, _Host] = {}

    def check(self, host: str) -> None:
        """Raise `DoorClosedError` when the host must not be asked."""
        state = self._host(host)
        if state.reason:
            raise DoorClosedError(state.reason, state.until)
        if self._budget and self._request_count >= self._budget:
            raise DoorClosedError(f"the run's {self._budget} requests are made (fetch.requests_per_run)")

    def enter(self, host: str) -> None:
        """Count one request that goes out now. Raises `DoorClosedError` instead when it must not."""
        self.check(host)
        self._request_count += 1

    def note(self, host: str, reply: Reply) -> None:
        """Close the door of a host to which no connection is made, or that does not answer in time, again and again.

        `reply` is the last one for an address, after the tries that it was worth: one bad page is one failure.
        """
        if reply.is_refusal:
            return
        state = self._host(host)
        if reply.status is not None and reply.truncated != "time":
            state.failures_in_a_row = 0
            return
        state.failures_in_a_row += 1
        if state.failures_in_a_row == MAX_FAILURES_IN_A_ROW:
            self.close(host, f"{host} failed {MAX_FAILURES_IN_A_ROW} times in a row ({reply.error})")

    def close(self, host: str, reason: str, until: datetime | None = None) -> None:
        """Ask the host for nothing more. The first reason stands."""
        state = self._host(host)
        if state.reason is None:
            logger.info("no further request to %s in this run: %s", host, reason)
            state.reason, state.until = reason, until

    def _host(self, host: str) -> _Host:
        return self._hosts.setdefault(host, _Host())


@dataclass(slots=True)
class _Host:
    reason: str | None = None  # why its door is closed, None while it is open
    until: datetime | None = None
    failures_in_a_row: int = 0
