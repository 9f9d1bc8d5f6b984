"""Whom this run asks no more, and why: one place, whoever closed the door."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime

logger = logging.getLogger("scholar_etl.fetch")


class DoorClosedError(Exception):
    """A request that must not be made in this run. `until` is when one may be made again, None when nobody said."""

    def __init__(self, reason: str, until: datetime | None) -> None:
        self.reason = reason
        self.until = until
        super().__init__(reason)


class Doors:
    """Every host's door is open until it is closed, and then stays closed to the end of the run."""

    def __init__(self) -> None:
        self._closed: dict[str, _Closed] = {}

    def check(self, host: str) -> None:
        """Raise `DoorClosedError` when the host must not be asked."""
        closed = self._closed.get(host)
        if closed:
            raise DoorClosedError(closed.reason, closed.until)

    def close(self, host: str, reason: str, until: datetime | None = None) -> None:
        """Ask the host for nothing more. The first reason stands."""
        if host not in self._closed:
            logger.info("no further request to %s in this run: %s", host, reason)
            self._closed[host] = _Closed(reason, until)


@dataclass(frozen=True, slots=True)
class _Closed:
    reason: str
    until: datetime | None
