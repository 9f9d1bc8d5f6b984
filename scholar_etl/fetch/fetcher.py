"""The public face of fetching: synchronous, usable from any thread, also under somebody else's event loop."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Coroutine, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Self, TypeVar

from scholar_etl.clock import Clock
from scholar_etl.fetch.client import Transport, host_of
from scholar_etl.fetch.pacing import Gate
from scholar_etl.fetch.session import Session
from scholar_etl.model import Deferral, Request, Response
from scholar_etl.settings import FetchSettings

T = TypeVar("T")


class Fetcher:
    """Fetches politely, with one client and one event loop (in a thread of its own) for the whole run.

    The loop runs only while the consumer waits for a response: two threads at work would take the interpreter from
    each other. What arrives meanwhile waits in the system's buffers, and no time limit of a request runs on.

    A context manager, for one consumer. `clock` gives `Response.fetched_at`, the moment when the response was complete,
    and is what an HTTP date in Retry-After is measured against. `transport`, an httpx one, replaces the network (and
    with it the guard against private addresses); None is the network. `gate` is what other machines that ask the
    same hosts are heeded by; None when there are none.
    """

    def __init__(
        self, settings: FetchSettings, *, clock: Clock, transport: Transport | None = None, gate: Gate | None = None
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._transport = transport
        self._gate = gate
        self._stack = ExitStack()
        self._session: Session | None = None

    def __enter__(self) -> Self:
        """Start the thread; its loop is made, and stands still."""
        with ExitStack() as stack:
            self._thread = stack.enter_context(ThreadPoolExecutor(1, "scholar-etl fetch"))
            # aiolimiter is made for asyncio, so that is the loop.
            self._runner = asyncio.Runner(loop_factory=_StandingLoop)
            stack.callback(lambda: self._thread.submit(self._runner.close).result())
            session = Session(self._settings, clock=self._clock, transport=self._transport, gate=self._gate)
            stack.callback(lambda: self._run(session.aclose()))
            self._session = session
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close every connection, cancel what is under way, end the thread."""
        self._session = None
        self._stack.__exit__(kind, error, trace)

    def fetch_all(self, requests: Iterable[Request]) -> Iterator[Response | Deferral]:
        """Yield one response for each request, as they arrive; a failure is a response with `error`.

        A request that must not be made any more in this run, because the host's quota is used up or because of
        `leave`, gives a `Deferral`.

        Requests of one host start in the order given. The requests are taken in at once; the responses never
        run ahead of the consumer by more than `connections_per_host` a host. Closing the iterator cancels what
        is under way.
        """
        return self._fetch_all(self._entered(), requests)

    def leave(self, url: str, reason: str) -> None:
        """Ask the host of that address for nothing more, robots.txt included; its requests are deferred."""
        self._entered().leave(host_of(url), reason)

    def _entered(self) -> Session:
        if self._session is None:
            raise RuntimeError("Fetcher is a context manager: use it in a with statement")
        return self._session

    def _fetch_all(self, session: Session, requests: Iterable[Request]) -> Iterator[Response | Deferral]:
        loop = self._runner.get_loop()
        waiting: dict[str, deque[Request]] = {}
        for request in requests:
            waiting.setdefault(host_of(request.url), deque()).append(request)
        under_way: dict[asyncio.Task[Response | Deferral], str] = {}

        def start_next(host: str) -> None:
            if waiting[host]:
                under_way[loop.create_task(session.fetch(waiting[host].popleft()))] = host

        try:
            for host in waiting:
                for _ in range(self._settings.connections_per_host):
                    start_next(host)
            while under_way:
                for task in self._run(_first_done(under_way)):
                    host = under_way.pop(task)
                    yield task.result()
                    # Not before the consumer has seen the answer: it may have been told to go away.
                    start_next(host)
        finally:
            for task in under_way:
                loop.call_soon_threadsafe(task.cancel)  # after Ctrl-C the loop may still be running

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        """Let the loop run until `work` is done, and return what it returns."""
        return self._thread.submit(self._runner.run, work).result()


class _StandingLoop(asyncio.SelectorEventLoop):
    """An event loop whose clock stands still while it does not run."""

    def __init__(self) -> None:
        super().__init__()
        self._stood_s = 0.0
        self._stands_since = super().time()

    def time(self) -> float:
        """Return the seconds on its clock."""
        return super().time() - self._stood_s

    def run_forever(self) -> None:
        """Run until it is stopped."""
        self._stood_s += super().time() - self._stands_since
        try:
            super().run_forever()
        finally:
            self._stands_since = super().time()


async def _first_done(tasks: Iterable[asyncio.Task[T]]) -> set[asyncio.Task[T]]:
    done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    return done
