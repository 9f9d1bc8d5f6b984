"""Machines that ask one host, and what they agree on: on a clock that jumps."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import httpx
import pytest
from wire_site import VirtualTime

from scholar_etl.fetch.session import Session
from scholar_etl.model import Request
from scholar_etl.settings import FetchSettings

HOST = "www.example.org"


class OneAtATime:
    """A gate that lets a request through every `delay_s` seconds, and keeps what it was told."""

    def __init__(self, delay_s: float) -> None:
        self.delay_s = delay_s
        self._next_at = 0.0

    async def turn(self, host: str) -> None:
        """Wait for the next turn of all."""
        assert host == HOST
        now = asyncio.get_running_loop().time()
        at = max(now, self._next_at)
        self._next_at = at + self.delay_s
        await asyncio.sleep(at - now)

    async def slow_down(self, host: str, delay_s: float) -> None:
        """Take over a slower pace."""
        assert host == HOST
        self.delay_s = max(self.delay_s, delay_s)


class ClosedGate(OneAtATime):
    """A gate that fails."""

    async def turn(self, host: str) -> None:
        """Fail."""
        raise RuntimeError(f"no such limit: {host}")


def visit(
    virtual: VirtualTime, gate: OneAtATime, machines: int, robots: str, *, pause_s: float = 0, connections: int = 1
) -> list[float]:
    """Let so many machines ask for ten pages each; return when the requests started.

    With `pause_s` the third answer comes after four seconds, and asks for that pause.
    """
    starts: list[float] = []

    async def answer(request: httpx.Request) -> httpx.Response:
        starts.append(virtual.loop.time())
        if request.url.path == "/robots.txt":
            return httpx.Response(200, stream=httpx.ByteStream(robots.encode()))
        if pause_s and len(starts) == 3:
            await asyncio.sleep(4)
            return httpx.Response(429, headers={"Retry-After": str(pause_s)}, stream=httpx.ByteStream(b""))
        return httpx.Response(200, stream=httpx.ByteStream(b"page"))

    async def machine(number: int) -> None:
        settings = FetchSettings(contact="me@example.org", requests_per_minute=20, connections_per_host=connections)
        transport = httpx.MockTransport(answer)
        session = Session(settings, clock=virtual.clock, transport=transport, gate=gate)
        pages = iter(range(10))

        async def ask() -> None:
            for page in pages:
                await session.fetch(Request(f"x:{page}", "x", f"https://{HOST}/author/{number}{page}"))

        await asyncio.gather(*(ask() for _ in range(connections)))
        await session.aclose()

    async def all_of_them() -> None:
        await asyncio.gather(*map(machine, range(machines)))

    virtual.run(all_of_them())
    return starts


@pytest.mark.parametrize("machines", [1, 2, 5])
def test_together_they_ask_as_often_as_one(virtual: VirtualTime, machines: int) -> None:
    """Two requests never start closer than the pace of one machine, and no time is lost."""
    starts = visit(virtual, OneAtATime(3), machines, "User-agent: *\nAllow: /")
    assert len(starts) == 11 * machines
    assert min(b - a for a, b in pairwise(starts)) == pytest.approx(3)
    assert starts[-1] == pytest.approx(3 * (len(starts) - 1), abs=3)


def test_a_crawl_delay_is_told_to_the_others(virtual: VirtualTime) -> None:
    """What robots.txt asks for holds for all machines together."""
    gate = OneAtATime(3)
    starts = visit(virtual, gate, 2, "User-agent: *\nCrawl-delay: 10")
    assert gate.delay_s == 10
    assert min(b - a for a, b in pairwise(starts[2:])) >= 10 - 1e-6


def test_a_pause_that_comes_while_one_waits_for_a_turn_is_waited_out(virtual: VirtualTime) -> None:
    """Two connections: while one's answer says to pause, the other has its turn nearly; it starts after the pause."""
    starts = visit(virtual, OneAtATime(5), 1, "User-agent: *\nAllow: /", pause_s=40, connections=2)
    told_at = starts[2] + 4
    assert [start for start in starts if told_at < start < told_at + 40] == []


def test_a_gate_that_fails_ends_the_fetching(virtual: VirtualTime) -> None:
    """Nothing is asked for without a turn."""
    with pytest.raises(RuntimeError, match="no such limit"):
        visit(virtual, ClosedGate(3), 1, "")
