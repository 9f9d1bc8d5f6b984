"""How often and how widely one host is asked: spacing between request starts, pauses, a cap on open requests."""

from __future__ import annotations

import asyncio
import logging
from asyncio import Semaphore
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Protocol

from aiolimiter import AsyncLimiter

logger = logging.getLogger("scholar_etl.fetch")


class Gate(Protocol):
    """What machines that ask the same hosts agree on. Its methods run in the event loop of a `Fetcher`."""

    async def turn(self, host: str) -> None:
        """Wait for a turn on the host that no other machine takes. What is raised ends the fetching."""

    async def slow_down(self, host: str, delay_s: float) -> None:
        """Let everybody ask the host no more often than every `delay_s` seconds, from now on; never faster."""


class Pacer:
    """Keeps `delay_s` seconds between two request starts on a host, and at most `connections` of them open.

    With a `gate`, each start also waits for its turn among other machines.

    Hosts are told apart by name, whatever the scheme and port: behind them is one site's machine.
    It belongs to the event loop that first uses it.
    """

    def __init__(self, *, delay_s: float, connections: int, gate: Gate | None = None) -> None:
        self._delay_s = delay_s
        self._connections = connections
        self._gate = gate
        self._hosts: dict[str, _Host] = {}

    @asynccontextmanager
    async def slot(self, host: str) -> AsyncIterator[None]:
        """Wait for the host's next turn, and hold one of its connections while the block runs."""
        state = self._host(host)
        async with state.connections:
            await state.turn()
            yield

    async def slow_down(self, host: str, delay_s: float) -> None:
        """Ask the host no more often than every `delay_s` seconds, from now on; never makes it faster."""
        state = self._host(host)
        if delay_s > state.delay_s:
            logger.info("%s asks for %g s between requests: obeyed", host, delay_s)
            await state.slow_down(delay_s)
            if self._gate:
                await self._gate.slow_down(host, delay_s)

    def pause(self, host: str, pause_s: float) -> None:
        """Start no request on the host in the next `pause_s` seconds."""
        self._host(host).pause(pause_s)

    def _host(self, host: str) -> _Host:
        if host not in self._hosts:
            ask_others = partial(self._gate.turn, host) if self._gate else None
            self._hosts[host] = _Host(self._delay_s, self._connections, ask_others)
        return self._hosts[host]


class _Host:
    def __init__(self, delay_s: float, connections: int, ask_others: Callable[[], Awaitable[None]] | None) -> None:
        self.delay_s = delay_s
        self._ask_others = ask_others
        self.connections = Semaphore(connections)
        # A bucket of one: a larger one lets a burst through after each pause.
        self._limiter = AsyncLimiter(1, delay_s)
        self._quiet_until = 0.0  # on the loop's clock

    async def turn(self) -> None:
        waited_on, waited_until = None, 0.0
        # Both may change while we wait: then the slower limiter, and the longer pause, are waited out too.
        while waited_on is not self._limiter or waited_until < self._quiet_until:
            waited_on, waited_until = self._limiter, self._quiet_until
            # The pause first: turns taken from the limiter within it would all come due at its end.
            await asyncio.sleep(waited_until - asyncio.get_running_loop().time())
            await waited_on.acquire()
            if self._ask_others:
                await self._ask_others()  # last: what it gives is a turn from now on

    def pause(self, pause_s: float) -> None:
        self._quiet_until = max(self._quiet_until, asyncio.get_running_loop().time() + pause_s)

    async def slow_down(self, delay_s: float) -> None:
        limiter = AsyncLimiter(1, delay_s)
        await limiter.acquire()  # a new bucket is empty: the request that brought the news counts
        self.delay_s = delay_s
        self._limiter = limiter
