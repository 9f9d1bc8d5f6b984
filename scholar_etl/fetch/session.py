"""One request from end to end: what robots.txt says, the host's pace, redirects, second tries, decoding."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlsplit

from scholar_etl.clock import Clock
from scholar_etl.fetch.client import Client, Headers, Reply, Transport, host_of
from scholar_etl.fetch.doors import DoorClosedError, Doors
from scholar_etl.fetch.pacing import Gate, Pacer
from scholar_etl.fetch.ratelimits import LONGEST_WAIT_S, wished_pause_s
from scholar_etl.fetch.retrying import SecondTryError, attempts, raise_if_transient
from scholar_etl.fetch.robots import MAX_ROBOTS_BYTES, PRODUCT_TOKEN, RobotsGate
from scholar_etl.model import Deferral, Request, Response
from scholar_etl.payload import PayloadError, decode_payload
from scholar_etl.settings import FetchSettings
from scholar_etl.version import __version__

logger = logging.getLogger("scholar_etl.fetch")

MAX_REDIRECTS = 5


class Session:
    """Fetches in one event loop, until `aclose`. `Fetcher` is its synchronous face."""

    def __init__(
        self, settings: FetchSettings, *, clock: Clock, transport: Transport | None = None, gate: Gate | None = None
    ) -> None:
        self._clock = clock
        self._max_bytes = int(settings.max_body_mb * 1_000_000)
        self._client = Client(settings, user_agent(settings.contact), transport)
        self._doors = Doors(settings.requests_per_run)
        self._pacer = Pacer(
            delay_s=60 / settings.requests_per_minute, connections=settings.connections_per_host, gate=gate
        )
        self._robots = RobotsGate(self._fetch_robots, self._pacer.slow_down) if settings.respect_robots else None

    async def aclose(self) -> None:
        """Close every connection."""
        await self._client.aclose()

    def leave(self, host: str, reason: str) -> None:
        """Ask the host for nothing more; requests to it are deferred from now on."""
        self._doors.close(host, reason)

    async def fetch(self, request: Request) -> Response | Deferral:
        """Return what came of the request; a failure is a response with `error`."""
        try:
            reply = await self._persist(
                request.url, _conditions(request), max_bytes=self._max_bytes, robots=self._robots
            )
        except DoorClosedError as closed:
            return Deferral(request, closed.reason, closed.until)
        fetched_at = self._clock()
        body, error = None, reply.error
        if reply.status is not None and error is None:
            try:
                body = decode_payload(reply.payload, reply.header("content-encoding"), max_bytes=self._max_bytes)
            except PayloadError as problem:
                error = str(problem)
        return Response(
            request,
            url=reply.url,
            fetched_at=fetched_at,
            status=reply.status,
            headers=reply.headers,
            request_headers=reply.request_headers,
            payload=reply.payload,
            body=body,
            error=error,
            truncated=reply.truncated,
        )

    async def _fetch_robots(self, url: str) -> Reply:
        # Uncompressed, because the first part of too long a file is still good to read.
        return await self._persist(url, (("Accept-Encoding", "identity"),), max_bytes=MAX_ROBOTS_BYTES, robots=None)

    async def _persist(self, url: str, headers: Headers, *, max_bytes: int, robots: RobotsGate | None) -> Reply:
        """Try until the reply is good, hopeless, or the tries are used up; return the last one.

        Raises `DoorClosedError` when the address must not be asked for and nothing has come of it yet.
        """
        host = host_of(url)
        reply: Reply | None = None
        try:
            async for attempt in attempts():
                with attempt:
                    reply = await self._follow(url, headers, max_bytes=max_bytes, robots=robots)
                    try:
                        raise_if_transient(reply, wished_pause_s(reply, self._clock()))
                    except SecondTryError as problem:
                        logger.info("attempt %d on %s: %s", attempt.num, host, problem)
                        raise
        except SecondTryError:
            pass
        except DoorClosedError:
            if reply is None:
                raise
        assert reply is not None  # noqa: S101 - the first attempt gave one, or raised
        self._doors.note(host, reply)
        return reply

    async def _follow(self, url: str, headers: Headers, *, max_bytes: int, robots: RobotsGate | None) -> Reply:
        """Ask, and follow redirects: each hop by the rules and at the pace of the host that it leads to."""
        reply = Reply(url)
        for _ in range(MAX_REDIRECTS + 1):
            host = host_of(url)
            refusal = _unfetchable(url) or (await robots.refusal(url) if robots else None)
            self._doors.check(host)  # what robots.txt was answered with may have closed it
            if refusal:
                return replace(reply, error=refusal, is_refusal=True)
            async with self._pacer.slot(host):
                self._doors.enter(host)  # so may what came while we waited
                hop = await self._client.get(url, headers, max_bytes=max_bytes)
                self._heed(host, hop)
            if hop.status is None and reply.status is not None:  # what the redirect itself said is kept
                return replace(reply, error=hop.error, is_transient=hop.is_transient)
            reply = hop
            if reply.location is None or reply.error is not None:
                return reply
            url = reply.location
        return replace(reply, error=f"{host_of(url)} redirects more than {MAX_REDIRECTS} times")

    def _heed(self, host: str, reply: Reply) -> None:
        """Give the host the pause that it asks for: within this run, or until another."""
        now = self._clock()
        pause_s = wished_pause_s(reply, now)
        if pause_s is None:
            return
        if pause_s <= LONGEST_WAIT_S:
            self._pacer.pause(host, pause_s)
        else:
            in_trouble = (reply.status or 0) >= 500
            reason = f"{host} asks for no requests" if in_trouble else f"the quota of {host} is used up"
            self._doors.close(host, reason, now + timedelta(seconds=pause_s))


def user_agent(contact: str) -> str:
    """Return the User-Agent that names us, our version and whom to write to; without a contact, it warns."""
    name = f"{PRODUCT_TOKEN}/{__version__}"
    if contact:
        return f"{name} (+{contact})"
    logger.warning("fetch.contact is empty: a site's owner cannot write to you; set it in scholar-etl.toml")
    return name


def _conditions(request: Request) -> Headers:
    pairs = (("If-None-Match", request.etag), ("If-Modified-Since", request.last_modified))
    return tuple((name, value) for name, value in pairs if value)


def _unfetchable(url: str) -> str | None:
    try:
        parts = urlsplit(url)
    except ValueError:
        return "not an address: give one that begins with http:// or https://"
    if parts.scheme not in ("http", "https"):
        return "refused: only http and https addresses are fetched"
    return None if parts.hostname else "not an address: it names no host"
