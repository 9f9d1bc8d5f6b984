"""The public face of fetching: synchronous, usable from any thread, also under somebody else's event loop."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import ExitStack, aclosing
from types import TracebackType
from typing import Self

from anyio.from_thread import BlockingPortal, start_blocking_portal

from scholar_etl.clock import Clock
from scholar_etl.fetch.client import Transport, host_of
from scholar_etl.fetch.pacing import Gate
from scholar_etl.fetch.session import Session
from scholar_etl.model import Deferral, Request, Response
from scholar_etl.settings import FetchSettings


class Fetcher:
    """Fetches politely, with one client and one event loop (in a thread of its own) for the whole run.

    A context manager. `clock` gives `Response.fetched_at`, the moment when the response was complete, and is
    what an HTTP date in Retry-After is measured against. `transport`, an httpx one, replaces the network (and
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
        self._portal: BlockingPortal | None = None
        self._session: Session

    def __enter__(self) -> Self:
        """Start the thread and its loop."""
        with ExitStack() as stack:
            # aiolimiter is made for asyncio, so that is the loop.
            portal = stack.enter_context(start_blocking_portal("asyncio"))
            session = Session(self._settings, clock=self._clock, transport=self._transport, gate=self._gate)
            self._session = stack.enter_context(portal.wrap_async_context_manager(aclosing(session)))
            self._portal = portal
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Cancel what is under way, close every connection, end the thread."""
        self._portal = None
        self._stack.__exit__(kind, error, trace)

    def fetch_all(self, requests: Iterable[Request]) -> Iterator[Response | Deferral]:
        """Yield one response for each request, as they arrive; a failure is a response with `error`.

        A request that must not be made any more in this run, because the host's quota is used up or because of
        `leave`, gives a `Deferral`.

        Requests of one host start in the order given. The requests are taken in at once; the responses never
        run ahead of the consumer by more than `connections_per_host` a host. Closing the iterator cancels what
        is under way.
        """
        if self._portal is None:
            raise RuntimeError("Fetcher is a context manager: use it in a with statement")
        return self._fetch_all(self._portal, requests)

    def leave(self, url: str, reason: str) -> None:
        """Ask the host of that address for nothing more, robots.txt included; its requests are deferred."""
        if self._portal is None:
            raise RuntimeError("Fetcher is a context manager: use it in a with statement")
        self._portal.call(self._session.leave, host_of(url), reason)

    def _fetch_all(self, portal: BlockingPortal, requests: Iterable[Request]) -> Iterator[Response | Deferral]:
        waiting: dict[str, deque[Request]] = {}
        for request in requests:
            waiting.setdefault(host_of(request.url), deque()).append(request)
        under_way: dict[Future[Response | Deferral], str] = {}

        def start_next(host: str) -> None:
            if waiting[host]:
                future = portal.start_task_soon(self._session.fetch, waiting[host].popleft())
                under_way[future] = host

        try:
            for host in waiting:
                for _ in range(self._settings.connections_per_host):
                    start_next(host)
            while under_way:
                for future in wait(under_way, return_when=FIRST_COMPLETED).done:
                    host = under_way.pop(future)
                    yield future.result()
                    # Not before the consumer has seen the answer: it may have been told to go away.
                    start_next(host)
        finally:
            for future in under_way:
                future.cancel()
