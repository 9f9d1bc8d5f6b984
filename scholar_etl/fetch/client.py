"""One exchange on the wire, bounded in size and time: the only user of httpx.

Private, loopback and link-local addresses are refused through httpx-secure when the connection is made, so that
neither a redirect nor a changing DNS answer gets round it. A proxy named by the environment is the user's
right and is used; but then the proxy resolves the name and makes the connection, out of the guard's sight
(httpx-secure refuses such a client). So two clients exist: requests for which the environment names a proxy
go through it, after a check of what can be checked here (the host is no private address in figures, nor
localhost); all others are direct and guarded.
"""

from __future__ import annotations

import ipaddress
import logging
import os
import socket
import ssl
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Literal
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import anyio
import httpx
from httpx_secure import SSRFProtectionError, httpx_ssrf_protection

from scholar_etl.payload import megabytes
from scholar_etl.settings import FetchSettings

logger = logging.getLogger("scholar_etl.fetch")

Transport = httpx.AsyncBaseTransport
Headers = tuple[tuple[str, str], ...]
Truncation = Literal["length", "time", "disconnect"]
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# Header text is latin-1 on both ways: every byte has a character, so what came can be written as it came.
_HEADER_CHARSET = "latin-1"


@dataclass(frozen=True, slots=True)
class Reply:
    """What one exchange gave: an answer, a part of one, or none.

    `payload` is as sent, transfer encoding undone. `error` is one line, None when the answer is whole.
    `location` is the absolute address that a redirect points to. `is_transient`: a second try may succeed.
    `is_refusal`: the last address was not asked for, because robots.txt or we ourselves forbid it.
    """

    url: str
    status: int | None = None
    headers: Headers = ()
    request_headers: Headers = ()
    payload: bytes = b""
    error: str | None = None
    truncated: Truncation | None = None
    location: str | None = None
    is_transient: bool = False
    is_refusal: bool = False

    def header(self, name: str) -> str | None:
        """Return the first header of that lower-case name, None when there is none."""
        return next((value for key, value in self.headers if key.lower() == name), None)


class Client:
    """Keeps connections open until `aclose`, in one event loop.

    `transport` replaces the network, and with it guard and proxies.
    """

    def __init__(self, settings: FetchSettings, user_agent: str, transport: Transport | None = None) -> None:
        self._timeout_s = settings.timeout_s
        self._allow_private = settings.allow_private_hosts
        self._user_agent = user_agent
        self._direct = self._client(transport=transport)
        if transport is None:
            httpx_ssrf_protection(
                self._direct,
                check_globally_reachable=not self._allow_private,
                custom_validator=lambda host, address, _: self._refusal(host, address) is None,
            )
        self._proxied: httpx.AsyncClient | None = None
        proxies = {} if transport else _environment_proxies()
        if proxies:
            self._proxied = self._client(
                mounts={
                    f"{scheme}://": httpx.AsyncHTTPTransport(proxy=proxy, limits=_LIMITS)
                    for scheme, proxy in proxies.items()
                }
            )
            logger.info("using the proxy that the environment names: it decides which addresses can be reached")

    async def aclose(self) -> None:
        """Close every connection."""
        await self._direct.aclose()
        if self._proxied:
            await self._proxied.aclose()

    async def get(self, url: str, headers: Headers, *, max_bytes: int) -> Reply:
        """Ask once and follow nothing; read at most `max_bytes` of payload.

        Never raises for what the wire does: that is told in the reply.
        """
        host = host_of(url)
        client = self._direct
        if self._proxied and _uses_proxy(url):
            address = _literal_address(host)
            refusal = self._refusal(host, address) if address else None
            if refusal:
                return Reply(url, error=refusal)
            client = self._proxied
        try:
            request = client.build_request(
                "GET", url, headers=[(k.encode("ascii"), v.encode(_HEADER_CHARSET)) for k, v in headers]
            )
        except httpx.InvalidURL as error:
            return Reply(url, error=f"not an address: {error}")
        exchange = _Exchange(request, max_bytes)
        limit_s = 2 * self._timeout_s  # one for the way to the answer, one for the answer
        failure: _Failure | None = None
        try:
            with anyio.fail_after(limit_s):
                await exchange.run(client)
        except TimeoutError:
            failure = _Failure(f"no complete answer from {host} within {limit_s:g} s", "time", is_transient=True)
        except SSRFProtectionError as error:
            refusal = self._refusal(host, error.ip_addr) if error.ip_addr else None
            failure = _Failure(refusal or f"refused: {host} is no public address")
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            failure = _explain(error, host, self._timeout_s, has_head=exchange.response is not None)
        return exchange.reply(failure)

    def _refusal(self, host: str, address: _Address) -> str | None:
        """Say why a host at that address must not be asked, None when it may be."""
        address = getattr(address, "ipv4_mapped", None) or address
        if address.is_link_local:
            # Whatever the settings: no site lives there, but in every cloud the machine's own secrets do.
            return f"refused: {host} is a link-local address"
        if not (self._allow_private or address.is_global):
            return f"refused: {host} is a private address (set fetch.allow_private_hosts to allow it)"
        return None

    def _client(
        self, transport: Transport | None = None, mounts: dict[str, httpx.AsyncHTTPTransport] | None = None
    ) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            headers={"User-Agent": self._user_agent, "Accept": "*/*", "Accept-Encoding": "gzip"},
            timeout=httpx.Timeout(self._timeout_s, pool=None),
            limits=_LIMITS,
            transport=transport,
            mounts=mounts,
            trust_env=False,  # proxies: see above
            verify=httpx.create_ssl_context(trust_env=True),  # SSL_CERT_FILE and SSL_CERT_DIR are honoured
            # A guest without a name badge: cookies would make one answer depend on the ones before.
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
        )


def host_of(url: str) -> str:
    """Return the host that an address names, in lower case; empty when it names none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


_LIMITS = httpx.Limits(max_connections=None, max_keepalive_connections=None)  # the pacer limits, per host


@dataclass(frozen=True, slots=True)
class _Failure:
    error: str
    truncated: Truncation | None = None
    is_transient: bool = False


class _Exchange:
    """One request under way. It keeps what has come so far, whatever stops it."""

    def __init__(self, request: httpx.Request, max_bytes: int) -> None:
        self.request = request
        self.response: httpx.Response | None = None
        self._max_bytes = max_bytes
        self._payload = bytearray()
        self._is_too_large = False

    async def run(self, client: httpx.AsyncClient) -> None:
        self.response = await client.send(self.request, stream=True, follow_redirects=False)
        try:
            # Raw: httpx would decode without bound, a few kilobytes of gzip to any size.
            async for chunk in self.response.aiter_raw():
                room = self._max_bytes - len(self._payload)
                self._payload += chunk[:room]
                if len(chunk) > room:
                    self._is_too_large = True
                    return
        finally:
            await self.response.aclose()

    def reply(self, failure: _Failure | None) -> Reply:
        if self._is_too_large:
            failure = _Failure(f"body larger than {megabytes(self._max_bytes)} (see fetch.max_body_mb)", "length")
        url = str(self.request.url)
        request_headers = _text(self.request.headers)
        error, is_transient = (failure.error, failure.is_transient) if failure else (None, False)
        response = self.response
        if response is None:
            return Reply(url, request_headers=request_headers, error=error, is_transient=is_transient)
        return Reply(
            url,
            status=response.status_code,
            headers=_text(response.headers),
            request_headers=request_headers,
            payload=bytes(self._payload),
            error=error,
            truncated=failure.truncated if failure else None,
            location=str(response.next_request.url) if response.next_request else None,
            is_transient=is_transient,
        )


def _text(headers: httpx.Headers) -> Headers:
    return tuple((name.decode(_HEADER_CHARSET), value.decode(_HEADER_CHARSET)) for name, value in headers.raw)


def _explain(error: httpx.HTTPError | httpx.InvalidURL, host: str, timeout_s: float, *, has_head: bool) -> _Failure:
    """Say in one line what went wrong. `has_head`: status and headers had come."""
    match error:
        case httpx.UnsupportedProtocol():
            return _Failure("refused: only http and https addresses are fetched")
        case httpx.InvalidURL():
            return _Failure(f"{host} redirects to an address that is none: {error}")
        case httpx.ProxyError():
            return _Failure(f"the proxy refused to connect to {host}: {error}")
        case httpx.ConnectTimeout():
            return _Failure(f"cannot connect to {host} within {timeout_s:g} s", is_transient=True)
        case httpx.ConnectError():
            reason, is_transient = _connect_problem(error)
            return _Failure(f"cannot connect to {host}: {reason}", is_transient=is_transient)
        case httpx.TimeoutException() if has_head:
            return _Failure(f"{host} stopped sending for {timeout_s:g} s", "time", is_transient=True)
        case httpx.TimeoutException():
            return _Failure(f"no answer from {host} within {timeout_s:g} s", is_transient=True)
        case httpx.LocalProtocolError():
            return _Failure(f"cannot ask {host}: {error}")
        case _ if has_head:
            return _Failure(f"{host} cut the body short: {_reason(error)}", "disconnect", is_transient=True)
        case _:
            return _Failure(f"{host} gave no valid answer: {_reason(error)}", is_transient=True)


def _connect_problem(error: BaseException) -> tuple[str, bool]:
    for cause in _causes(error):
        match cause:
            case ssl.SSLCertVerificationError():
                return f"TLS certificate not valid ({cause.verify_message})", False
            case ssl.SSLError():
                return f"TLS failure ({cause.reason or cause})", False
            case socket.gaierror():
                return "unknown host", cause.errno == socket.EAI_AGAIN
    return _reason(error), True


def _reason(error: BaseException) -> str:
    for cause in _causes(error):
        if isinstance(cause, OSError) and cause.errno:
            return os.strerror(cause.errno).lower()  # its own text may name addresses and calls
    return str(error).rstrip(".") or type(error).__name__


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """Walk from an error to what lies under it: causes, and members of groups (one per address tried)."""
    while error is not None:
        yield error
        if isinstance(error, BaseExceptionGroup):
            for member in error.exceptions:
                yield from _causes(member)
        error = error.__cause__ or error.__context__


def _environment_proxies() -> dict[str, str]:
    named = getproxies()
    proxies = {scheme: named.get(scheme) or named.get("all") for scheme in ("http", "https")}
    return {scheme: proxy if "://" in proxy else f"http://{proxy}" for scheme, proxy in proxies.items() if proxy}


def _uses_proxy(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in _environment_proxies() and not proxy_bypass(parts.hostname or "")


def _literal_address(host: str) -> _Address | None:
    """Return the address that a host says in figures (or as localhost), None when it is a name for DNS."""
    if host == "localhost" or host.endswith(".localhost"):
        return ipaddress.IPv4Address("127.0.0.1")
    with suppress(ValueError):
        return ipaddress.ip_address(host)
    with suppress(OSError):  # "2130706433" and "0x7f.1" are 127.0.0.1 to a resolver
        return ipaddress.IPv4Address(socket.inet_aton(host))
    return None
