"""What a host's robots.txt allows (RFC 9309): read once per origin and run, by Protego."""

from __future__ import annotations

from asyncio import Lock
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from protego import Protego

from scholar_etl.fetch.client import Reply
from scholar_etl.payload import PayloadError, decode_payload

MAX_ROBOTS_BYTES = 500_000  # RFC 9309, 2.5: at least 500 KiB must be read; a site's rules are on its first page

# The name by which a site addresses us. Not the whole User-Agent: a word of the contact could match a group.
PRODUCT_TOKEN = "scholar-etl"  # noqa: S105 - RFC 9309 calls it a product token


class RobotsGate:
    """Says whether an address may be fetched.

    `fetch` gets a robots.txt by its address, politely and with the caller's retries, and never raises.
    `slow_down(host, delay_s)` hears of a Crawl-delay.
    """

    def __init__(
        self,
        fetch: Callable[[str], Awaitable[Reply]],
        slow_down: Callable[[str, float], Awaitable[None]],
    ) -> None:
        self._fetch = fetch
        self._slow_down = slow_down
        self._origins: dict[str, _Origin] = {}

    async def refusal(self, url: str) -> str | None:
        """Return why `url`, an absolute http or https address, must not be fetched; None when it may be."""
        parts = urlsplit(url)
        origin = self._origins.setdefault(f"{parts.scheme}://{parts.netloc}", _Origin())
        async with origin.lock:  # the first to come reads it, the others wait for what it says
            if origin.rules is None and origin.failure is None:
                unreachable = await self._read(origin, f"{parts.scheme}://{parts.netloc}/robots.txt")
                if unreachable:
                    return unreachable
        if origin.rules is None:
            return origin.failure
        if origin.rules.can_fetch(url, PRODUCT_TOKEN):
            return None
        return f"robots.txt of {parts.hostname} disallows {parts.path or '/'}"

    async def _read(self, origin: _Origin, url: str) -> str | None:
        """Read it, and return None; or return why no answer came, which is no answer for the rest of the run."""
        host = urlsplit(url).hostname or ""
        reply = await self._fetch(url)
        if reply.status is None:
            return reply.error
        if 200 <= reply.status < 300 and (reply.error is None or reply.truncated == "length"):
            await self._obey(origin, host, reply)
        elif 400 <= reply.status < 500 and reply.status != 429:
            origin.rules = Protego()  # none published: all is allowed
        else:
            # A site in trouble (5xx, and 429: "ask less") must not be asked for more.
            problem = reply.error or f"it answers {reply.status}"
            origin.failure = f"robots.txt of {host} cannot be read, so nothing is fetched there: {problem}"
        return None

    async def _obey(self, origin: _Origin, host: str, reply: Reply) -> None:
        try:
            body = decode_payload(reply.payload, reply.header("content-encoding"), max_bytes=MAX_ROBOTS_BYTES)
        except PayloadError as error:
            origin.failure = f"robots.txt of {host} cannot be read, so nothing is fetched there: {error}"
            return
        rules = Protego.parse(body.decode("utf-8-sig", "replace"))
        delay_s = rules.crawl_delay(PRODUCT_TOKEN)
        if delay_s is not None:
            await self._slow_down(host, delay_s)
        origin.rules = rules


@dataclass(slots=True)
class _Origin:
    lock: Lock = field(default_factory=Lock)
    rules: Protego | None = None
    failure: str | None = None
