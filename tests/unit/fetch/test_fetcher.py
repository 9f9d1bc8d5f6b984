"""What goes over a real wire, and every way in which it can fail."""

from __future__ import annotations

import asyncio
import gzip
import logging
import socket
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from threading import Event
from time import monotonic
from typing import Any

import pytest
from wire_site import WireSite, http, reset, stall_after

import scholar_etl
from scholar_etl.fetch import Fetcher
from scholar_etl.model import Request, Response
from scholar_etl.settings import FetchSettings

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
Get = Callable[..., Response]


def request(url: str, **conditions: str) -> Request:
    """Return a request for some author's page."""
    return Request("s:1", "s", url, **conditions)


@pytest.fixture
def get(settings: FetchSettings) -> Get:
    """Fetch one address with settings that a test may change."""

    def fetch(url: str, **changes: Any) -> Response:
        with Fetcher(settings.model_copy(update=changes), clock=lambda: NOW) as fetcher:
            [response] = fetcher.fetch_all([request(url)])
        return response

    return fetch


def test_a_response_is_delivered_as_it_came(wire: WireSite, get: Get) -> None:
    """Status, header names, order and bytes are the wire's own; the payload keeps its encoding, the body does not."""
    packed = gzip.compress(b"<h1>page</h1>")
    wire.answers["/a"] = http(200, packed, "X-ONE: caf\xe9", "Content-Encoding: gzip", "x-one: 2")
    response = get(f"{wire.url}/a")
    assert (response.status, response.payload, response.body) == (200, packed, b"<h1>page</h1>")
    assert response.headers == (
        ("Connection", "close"),
        ("X-ONE", "caf\xe9"),
        ("Content-Encoding", "gzip"),
        ("x-one", "2"),
        ("Content-Length", str(len(packed))),
    )
    assert (response.error, response.truncated, response.fetched_at) == (None, None, NOW)


def test_the_chunks_of_a_transfer_are_joined(wire: WireSite, get: Get) -> None:
    """A chunked transfer gives the payload without its chunk marks."""
    chunked = b"4\r\npart\r\n6\r\nsecond\r\n0\r\n\r\n"
    wire.answers["/a"] = http(200, chunked, "Transfer-Encoding: chunked", length=-1)
    assert get(f"{wire.url}/a").body == b"partsecond"


def test_what_we_say_of_ourselves(wire: WireSite, get: Get) -> None:
    """The User-Agent names us, our version and the contact; only gzip is asked for; response and wire agree."""
    wire.answers["/a"] = http(200)
    response = get(f"{wire.url}/a")
    _, seen = wire.seen[-1]
    assert seen["user-agent"] == f"scholar-etl/{scholar_etl.__version__} (+me@example.org)"
    assert seen["accept-encoding"] == "gzip"
    assert {name.lower(): value for name, value in response.request_headers} == seen


def test_without_a_contact_it_is_left_out_and_missed_once(
    wire: WireSite, get: Get, caplog: pytest.LogCaptureFixture
) -> None:
    """No contact: no parentheses in the User-Agent, and one warning for a whole run."""
    wire.answers["/a"] = http(200)
    get(f"{wire.url}/a", contact="")
    assert wire.seen[-1][1]["user-agent"] == f"scholar-etl/{scholar_etl.__version__}"
    warnings = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert len(warnings) == 1
    assert "fetch.contact" in warnings[0]


def test_conditions_go_out_and_304_comes_back(wire: WireSite, settings: FetchSettings) -> None:
    """ETag and Last-Modified of the capture before make the request conditional, byte for byte."""
    wire.answers["/a"] = http(304)
    known = request(f"{wire.url}/a", etag='W/"caf\xe9"', last_modified="Sun, 22 Nov 2026 10:00:00 GMT")
    with Fetcher(settings, clock=lambda: NOW) as fetcher:
        [response] = fetcher.fetch_all([known])
    assert (response.status, response.payload, response.error) == (304, b"", None)
    _, seen = wire.seen[-1]
    assert seen["if-none-match"] == 'W/"caf\xe9"'
    assert seen["if-modified-since"] == "Sun, 22 Nov 2026 10:00:00 GMT"


def test_cookies_are_not_kept(wire: WireSite, settings: FetchSettings) -> None:
    """A cookie set by one answer is not sent with the next request."""
    wire.answers["/a"] = http(200, b"", "Set-Cookie: visitor=7; Path=/")
    with Fetcher(settings, clock=lambda: NOW) as fetcher:
        list(fetcher.fetch_all([request(f"{wire.url}/a"), request(f"{wire.url}/a")]))
    assert wire.paths() == ["/robots.txt", "/a", "/a"]
    assert all("cookie" not in headers for _, headers in wire.seen)


BOMB = gzip.compress(bytes(50_000_000))


@pytest.mark.parametrize(
    ("answer", "error", "truncated"),
    [
        pytest.param(
            http(200, bytes(1_000_001)), "body larger than 1 MB (see fetch.max_body_mb)", "length", id="large"
        ),
        pytest.param(
            http(200, BOMB, "Content-Encoding: gzip"), "body larger than 1 MB (see fetch.max_body_mb)", None, id="bomb"
        ),
        pytest.param(
            http(200, gzip.compress(b"page" * 99)[:-12], "Content-Encoding: gzip"),
            "gzip body is cut short after",
            None,
            id="gzip cut short",
        ),
        pytest.param(
            http(200, b"page", "Content-Encoding: gzip"), "gzip body is damaged", None, id="gzip that is none"
        ),
        pytest.param(
            http(200, b"page", "Content-Encoding: br"),
            "body is encoded as 'br', which was not asked for",
            None,
            id="brotli",
        ),
    ],
)
def test_a_body_that_cannot_be_taken(
    wire: WireSite, get: Get, answer: bytes, error: str, truncated: str | None
) -> None:
    """Too large, or not decodable: asked once, status and headers kept, no body, one line that says why."""
    wire.answers["/a"] = answer
    response = get(f"{wire.url}/a", max_body_mb=1)
    assert (response.status, response.body, response.truncated) == (200, None, truncated)
    assert response.error is not None
    assert response.error.startswith(error)
    assert len(response.payload) <= 1_000_000
    assert wire.paths().count("/a") == 1


@pytest.mark.usefixtures("at_once")
def test_a_body_cut_short_is_tried_again_and_kept_as_far_as_it_came(wire: WireSite, get: Get) -> None:
    """Less than Content-Length promised: three tries, then what came, marked as broken off."""
    wire.answers["/a"] = http(200, b"half", length=8)
    response = get(f"{wire.url}/a")
    assert (response.status, response.payload, response.body) == (200, b"half", None)
    assert response.truncated == "disconnect"
    assert response.error is not None
    assert response.error.startswith("127.0.0.1 cut the body short: ")
    assert wire.paths().count("/a") == 3


@pytest.mark.usefixtures("at_once")
def test_a_reset_connection_is_tried_again(wire: WireSite, get: Get) -> None:
    """A connection broken off before the answer: three tries, then an error with the system's own reason."""
    wire.answers["/a"] = reset
    response = get(f"{wire.url}/a")
    assert (response.status, response.error) == (None, "127.0.0.1 gave no valid answer: connection reset by peer")
    assert wire.paths().count("/a") == 3


@pytest.mark.usefixtures("one_try")
def test_an_answer_that_never_comes(wire: WireSite, get: Get) -> None:
    """Nothing within the time limit: an error that names host and limit."""
    wire.answers["/a"] = stall_after(b"")
    response = get(f"{wire.url}/a", timeout_s=0.5, respect_robots=False)
    assert (response.status, response.error) == (None, "no answer from 127.0.0.1 within 0.5 s")


@pytest.mark.usefixtures("one_try")
def test_a_body_that_stops(wire: WireSite, get: Get) -> None:
    """A body that stops half-way: what came is kept, marked as cut by time."""
    wire.answers["/a"] = stall_after(http(200, b"half", length=8))
    response = get(f"{wire.url}/a", timeout_s=0.5, respect_robots=False)
    assert (response.status, response.payload, response.truncated) == (200, b"half", "time")
    assert response.error == "127.0.0.1 stopped sending for 0.5 s"


@pytest.mark.usefixtures("one_try")
@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(b"garbage\r\n\r\n", id="not HTTP"),
        pytest.param(b"HTTP/1.1 200 OK\r\nX: " + b"y" * 300_000 + b"\r\n\r\n", id="huge headers"),
        pytest.param(b"", id="closed without a word"),
        pytest.param(b"HTTP/1.1 302 X\r\nLocation: http://a:port/\r\nContent-Length: 0\r\n\r\n", id="broken redirect"),
    ],
)
def test_an_answer_that_is_no_http(wire: WireSite, get: Get, answer: bytes) -> None:
    """What cannot be understood is an error, not an exception, and holds no more than the head in memory."""
    wire.answers["/a"] = answer
    response = get(f"{wire.url}/a")
    assert response.status is None
    assert response.error is not None
    assert response.error.startswith("127.0.0.1 gave no valid answer: ")


@pytest.mark.usefixtures("at_once")
def test_nobody_listens(get: Get) -> None:
    """A closed port: the error says which host, and that the connection was refused."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))  # taken, but not listening
        response = get(f"http://127.0.0.1:{free.getsockname()[1]}/a")
    assert (response.status, response.error) == (None, "cannot connect to 127.0.0.1: connection refused")


def test_an_unknown_host(get: Get, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that no DNS knows: said so, and not tried again."""
    asked = []

    def unknown(host: bytes, *_: object, **__: object) -> None:
        asked.append(host)
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert get("http://nowhere.example/a").error == "cannot connect to nowhere.example: unknown host"
    assert asked == [b"nowhere.example"]


def test_a_tls_failure_is_told_and_not_tried_again(wire: WireSite, get: Get) -> None:
    """Where no TLS is spoken, https is an error that names TLS."""
    response = get(f"https://127.0.0.1:{wire.port}/a")
    assert response.error is not None
    assert response.error.startswith("cannot connect to 127.0.0.1: TLS failure (")


@pytest.mark.parametrize("host", ["127.0.0.1", "10.0.0.1", "[::1]", "2130706433", "0.0.0.0"])  # noqa: S104
def test_private_addresses_are_refused(wire: WireSite, get: Get, host: str) -> None:
    """Loopback and private addresses are refused, in any spelling."""
    response = get(f"http://{host}:{wire.port}/a", allow_private_hosts=False)
    assert response.status is None
    assert response.error is not None
    assert response.error.startswith("refused: ")
    assert "fetch.allow_private_hosts" in response.error
    assert wire.seen == []


@pytest.mark.parametrize("host", ["169.254.169.254", "[fe80::1]", "[::ffff:169.254.169.254]"])
@pytest.mark.parametrize("allow_private_hosts", [True, False])
def test_a_redirect_to_the_machines_own_secrets_is_refused(
    wire: WireSite, get: Get, host: str, allow_private_hosts: bool
) -> None:
    """Link-local addresses are refused whatever the settings, after a redirect too."""
    wire.answers["/a"] = http(302, b"", f"Location: http://{host}/latest/meta-data")
    url = f"{wire.url}/a" if allow_private_hosts else f"http://{host}/latest/meta-data"
    response = get(url, allow_private_hosts=allow_private_hosts, respect_robots=False)
    assert response.error == f"refused: {host.strip('[]')} is a link-local address"
    assert (response.status, response.url) == ((302, url) if allow_private_hosts else (None, url))


def test_a_name_that_leads_to_a_private_address_is_refused(
    wire: WireSite, get: Get, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The address counts, not the name: DNS that answers with loopback gets no request through."""
    real = socket.getaddrinfo

    def lying(host: Any, *rest: Any, **options: Any) -> Any:
        return real("127.0.0.1" if host == b"site.example" else host, *rest, **options)

    monkeypatch.setattr(socket, "getaddrinfo", lying)
    response = get(f"http://site.example:{wire.port}/a", allow_private_hosts=False)
    assert response.error == ("refused: site.example is a private address (set fetch.allow_private_hosts to allow it)")
    assert wire.seen == []


def test_a_proxy_of_the_environment_is_used_and_private_targets_still_refused(
    wire: WireSite, get: Get, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A request goes to the proxy that the user named; a redirect from there to a private address does not."""
    monkeypatch.setenv("http_proxy", wire.url)
    wire.answers |= {
        "http://site.example/robots.txt": http(404),
        "http://site.example/a": http(200, b"by proxy"),
        "http://site.example/b": http(302, b"", "Location: http://169.254.169.254/latest/meta-data"),
        "http://site.example/c": http(302, b"", "Location: http://localhost/c"),
    }
    assert get("http://site.example/a", allow_private_hosts=False).body == b"by proxy"
    for path, refused in (("b", "169.254.169.254 is a link-local"), ("c", "localhost is a private")):
        error = get(f"http://site.example/{path}", allow_private_hosts=False).error
        assert error is not None
        assert error.startswith(f"refused: {refused} address")
    assert all("site.example" in path for path in wire.paths())


def test_hosts_that_the_environment_exempts_from_the_proxy_are_guarded(
    wire: WireSite, get: Get, monkeypatch: pytest.MonkeyPatch
) -> None:
    """NO_PROXY leads to a direct connection, which is guarded like any other."""
    monkeypatch.setenv("http_proxy", wire.url)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    error = get(f"{wire.url}/a", allow_private_hosts=False).error
    assert error is not None
    assert error.startswith("refused: 127.0.0.1")
    assert wire.seen == []


def test_one_failure_does_not_end_the_others(wire: WireSite, settings: FetchSettings) -> None:
    """Every request gets its response, in the order given, failed ones among them."""
    wire.answers |= {"/a": http(200, b"a"), "/b": http(200, b"b", "Content-Encoding: br"), "/c": http(200, b"c")}
    with Fetcher(settings, clock=lambda: NOW) as fetcher:
        responses = list(fetcher.fetch_all(request(f"{wire.url}/{name}") for name in "abc"))
    assert [response.body for response in responses] == [b"a", None, b"c"]


@pytest.mark.parametrize("connections", [1, 3])
def test_responses_do_not_run_ahead_of_the_consumer(wire: WireSite, settings: FetchSettings, connections: int) -> None:
    """While the consumer holds one response, no more than connections_per_host others are asked for."""
    paths = [f"/{number}" for number in range(20)]
    wire.answers |= dict.fromkeys(paths, http(200))
    changed = settings.model_copy(update={"connections_per_host": connections})
    with Fetcher(changed, clock=lambda: NOW) as fetcher:
        for taken, _ in enumerate(fetcher.fetch_all(request(wire.url + path) for path in paths), start=1):
            assert len(wire.paths()) - 1 <= taken + connections
    assert sorted(wire.paths()[1:]) == sorted(paths)


def test_closing_the_iterator_cancels_what_is_under_way(wire: WireSite, settings: FetchSettings) -> None:
    """A consumer that stops early is not made to wait for an answer that does not come, nor is more asked for."""
    wire.answers |= {"/a": http(200), "/b": stall_after(b"")}
    with Fetcher(settings, clock=lambda: NOW) as fetcher:
        responses: Iterator[Response] = fetcher.fetch_all(request(f"{wire.url}/{name}") for name in "abc")
        assert next(responses).status == 200
        responses.close()  # type: ignore[attr-defined]
    assert "/c" not in wire.paths()


@pytest.mark.usefixtures("one_try")
def test_a_consumers_own_work_uses_up_no_time_limit(
    wire: WireSite, settings: FetchSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An answer that is under way while the consumer works for an hour is as good as one that it waits for."""
    worked_s = 0.0
    monkeypatch.setattr(asyncio.SelectorEventLoop, "time", lambda _: monotonic() + worked_s)
    asked = {name: Event() for name in "abc"}

    def answer(own: str, awaited: str) -> Callable[[socket.socket], None]:
        def answer(connection: socket.socket) -> None:
            asked[own].set()
            asked[awaited].wait()
            connection.sendall(http(200, b"whole"))

        return answer

    # The second is answered when the third is asked for: so the loop has been at work again by then.
    wire.answers |= {"/a": answer("a", "b"), "/b": answer("b", "c"), "/c": answer("c", "c")}
    changed = settings.model_copy(update={"connections_per_host": 2})
    with Fetcher(changed, clock=lambda: NOW) as fetcher:
        for response in fetcher.fetch_all(request(f"{wire.url}/{name}") for name in "abc"):
            assert response.body == b"whole"
            worked_s += 3600


def test_it_works_under_a_running_event_loop(wire: WireSite, get: Get) -> None:
    """Called from within somebody else's asyncio (a notebook, a Prefect task), it works as anywhere."""
    wire.answers["/a"] = http(200, b"page")

    async def within() -> Response:
        return get(f"{wire.url}/a")

    assert asyncio.run(within()).body == b"page"


def test_outside_its_block_it_says_how_it_is_used(settings: FetchSettings) -> None:
    """A Fetcher that was not entered refuses at once, not at the first response."""
    with pytest.raises(RuntimeError, match="with"):
        Fetcher(settings, clock=lambda: NOW).fetch_all([])


@pytest.mark.usefixtures("at_once")
def test_failed_tries_are_logged_and_secrets_are_not(
    wire: WireSite, get: Get, caplog: pytest.LogCaptureFixture
) -> None:
    """Tries that failed are told at INFO; nothing of an address's query gets into any log record of ours."""
    caplog.set_level(logging.DEBUG, "scholar_etl")
    wire.answers["/a?api_key=hush"] = http(503)
    get(f"{wire.url}/a?api_key=hush")
    ours = [record for record in caplog.records if record.name.startswith("scholar_etl")]
    assert [record.getMessage() for record in ours if record.levelno == logging.INFO] == [
        f"attempt {number} on 127.0.0.1: status 503" for number in (1, 2, 3)
    ]
    assert "hush" not in "".join(str(record.__dict__) for record in ours)


def test_a_stream_of_tiny_gzip_members_is_bounded(wire: WireSite, get: Get) -> None:
    """Many members of nothing within the size limit are decoded in linear time, to nothing."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    nothing = packer.flush()
    wire.answers["/a"] = http(200, nothing * 20_000, "Content-Encoding: gzip")
    assert get(f"{wire.url}/a").body == b""
