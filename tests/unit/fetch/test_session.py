"""A session's manners, on a clock that jumps: pace, robots.txt, second tries, redirects, time limits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from email.utils import format_datetime
from itertools import pairwise

import httpx
import pytest
from wire_site import START, VirtualTime

from scholar_etl.fetch.session import Session
from scholar_etl.model import Deferral, Request, Response
from scholar_etl.settings import FetchSettings

POLITE = FetchSettings(contact="me@example.org")  # 20 requests a minute: 3 s apart
NOT_THERE = httpx.Response(404)
Site = Callable[[httpx.Request], httpx.Response]


def page(number: int, host: str = "site.example") -> Request:
    """Return the request for one author's page."""
    return Request(author_id=f"s:{number}", source="s", url=f"https://{host}/author/{number}")


class Visits:
    """A site behind a mock transport that writes down who was asked what, and when."""

    def __init__(self, virtual: VirtualTime, site: Site) -> None:
        self._virtual = virtual
        self._site = site
        self.starts: list[tuple[float, str]] = []

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        self.starts.append((round(self._virtual.loop.time(), 6), str(request.url)))
        found = self._site(request)
        if found.is_stream_consumed:  # built from bytes; over a wire it comes as a stream, once
            found = httpx.Response(found.status_code, headers=found.headers, stream=httpx.ByteStream(found.content))
        return found

    def fetch(self, *requests: Request, settings: FetchSettings = POLITE) -> list[Response]:
        """Fetch all at once: the session alone keeps order. Nobody is deferred."""
        responses: list[Response] = []
        for answer in self.ask(*requests, settings=settings):
            assert isinstance(answer, Response)
            responses.append(answer)
        return responses

    def ask(
        self, *requests: Request, settings: FetchSettings = POLITE, one_by_one: bool = False
    ) -> list[Response | Deferral]:
        """Do the same where some may be deferred; `one_by_one` waits for each answer, as the `Fetcher` does."""

        async def work() -> list[Response | Deferral]:
            session = Session(settings, clock=self._virtual.clock, transport=httpx.MockTransport(self))
            try:
                if one_by_one:
                    return [await session.fetch(request) for request in requests]
                return list(await asyncio.gather(*(session.fetch(request) for request in requests)))
            finally:
                await session.aclose()

        return self._virtual.run(work())

    def times(self) -> list[float]:
        """Return when each request started, in seconds."""
        return [time for time, _ in self.starts]

    def gaps(self) -> list[float]:
        """Return the seconds between one start and the next."""
        return [after - before for before, after in pairwise(self.times())]


def site(robots: httpx.Response = NOT_THERE, **pages: httpx.Response) -> Site:
    """Return a site: its robots.txt, and pages by their number; any other page is fine."""

    def answer(request: httpx.Request) -> httpx.Response:
        found = robots if request.url.path == "/robots.txt" else pages.get(f"p{request.url.path.split('/')[-1]}")
        return found or httpx.Response(200, content=b"page")

    return answer


def in_turn(*answers: httpx.Response) -> Site:
    """Return a site without robots.txt whose pages answer so, one after the other, the last one for ever."""
    left = list(answers)

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/robots.txt":
            return httpx.Response(404)
        return left.pop(0) if len(left) > 1 else left[0]

    return answer


def robots(text: str) -> httpx.Response:
    """Return a robots.txt."""
    return httpx.Response(200, content=text.encode())


def test_request_starts_are_spaced_by_the_setting_robots_included(virtual: VirtualTime) -> None:
    """However many requests are wanted at once, two starts on a host lie 60 / requests_per_minute apart."""
    visits = Visits(virtual, site())
    visits.fetch(*(page(n) for n in range(10)))
    assert visits.starts[0][1].endswith("/robots.txt")
    assert visits.gaps() == pytest.approx([3.0] * 10)


def test_hosts_do_not_wait_for_one_another(virtual: VirtualTime) -> None:
    """Two hosts of three pages each take the time of one."""
    visits = Visits(virtual, site())
    visits.fetch(*(page(n, host) for host in ("a.example", "b.example") for n in range(3)))
    assert visits.times() == pytest.approx([0, 0, 3, 3, 6, 6, 9, 9])


@pytest.mark.parametrize(("delay", "gap"), [("10", 10.0), ("4.5", 4.5), ("1", 3.0), ("none", 3.0)])
def test_the_slower_of_crawl_delay_and_setting_wins(virtual: VirtualTime, delay: str, gap: float) -> None:
    """A Crawl-delay counts from the robots.txt request on, fractions too; it never speeds us up."""
    visits = Visits(virtual, site(robots(f"User-agent: *\nCrawl-delay: {delay}")))
    visits.fetch(*(page(n) for n in range(3)))
    assert visits.gaps() == pytest.approx([gap] * 3)


def test_open_requests_on_a_host_are_capped(virtual: VirtualTime) -> None:
    """Slow answers never pile up beyond connections_per_host."""
    open_now = most = 0

    async def answer(request: httpx.Request) -> httpx.Response:
        nonlocal open_now, most
        open_now += 1
        most = max(most, open_now)
        await asyncio.sleep(20)
        open_now -= 1
        return httpx.Response(404, stream=httpx.ByteStream(b""))

    async def work() -> None:
        session = Session(
            POLITE.model_copy(update={"connections_per_host": 2}),
            clock=virtual.clock,
            transport=httpx.MockTransport(answer),
        )
        await asyncio.gather(*(session.fetch(page(n)) for n in range(6)))

    virtual.run(work())
    assert most == 2


def test_robots_is_read_once_per_origin(virtual: VirtualTime) -> None:
    """However many pages, also at once: one robots.txt."""
    visits = Visits(virtual, site())
    visits.fetch(*(page(n) for n in range(5)))
    assert [url for _, url in visits.starts].count("https://site.example/robots.txt") == 1


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("User-agent: *\nDisallow: /author/", "robots.txt of site.example disallows /author/1"),
        ("User-agent: scholar-etl\nDisallow: /", "robots.txt of site.example disallows /author/1"),
        ("User-agent: *\nDisallow: /*1$", "robots.txt of site.example disallows /author/1"),
        ("\ufeffUser-agent: *\nDisallow: /", "robots.txt of site.example disallows /author/1"),
        ("User-agent: *\nDisallow: /\n\nUser-agent: scholar-etl\nAllow: /", None),
        ("User-agent: me\nDisallow: /", None),  # a word of the contact is no name of ours
        ("User-agent: *\nDisallow: /private", None),
        ("", None),
    ],
)
def test_robots_rules_are_obeyed(virtual: VirtualTime, text: str, error: str | None) -> None:
    """What is disallowed for us is never asked for, and the response says which rule file forbids it."""
    visits = Visits(virtual, site(robots(text)))
    [response] = visits.fetch(page(1))
    assert response.error == error
    assert (len(visits.starts) == 1) == (error is not None)
    assert (response.status is None) == (error is not None)


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_a_missing_robots_allows_everything(virtual: VirtualTime, status: int) -> None:
    """A 4xx for robots.txt means that the site has no rules (RFC 9309, 2.3.1.3)."""
    [response] = Visits(virtual, site(httpx.Response(status))).fetch(page(1))
    assert (response.status, response.error) == (200, None)


@pytest.mark.parametrize("status", [500, 503, 429])
def test_a_failing_robots_forbids_everything(virtual: VirtualTime, status: int) -> None:
    """While a site cannot say what it allows, nothing is fetched; it is asked again twice, not more."""
    visits = Visits(virtual, site(httpx.Response(status)))
    responses = visits.fetch(page(1), page(2))
    assert {response.error for response in responses} == {
        f"robots.txt of site.example cannot be read, so nothing is fetched there: it answers {status}"
    }
    assert len(visits.starts) == 3


def test_an_oversized_robots_is_obeyed_as_far_as_it_is_read(virtual: VirtualTime) -> None:
    """Of 5 MB the first 500 KB count: a rule there holds, one behind is not seen."""
    first = b"User-agent: *\nDisallow: /author/1\n" + b"#" * 5_000_000 + b"\nDisallow: /author/2\n"
    visits = Visits(virtual, site(httpx.Response(200, content=first)))
    forbidden, allowed = visits.fetch(page(1), page(2))
    assert forbidden.error == "robots.txt of site.example disallows /author/1"
    assert allowed.status == 200


def test_robots_can_be_switched_off(virtual: VirtualTime) -> None:
    """With respect_robots false (one's own site), robots.txt is not even asked for."""
    visits = Visits(virtual, site(robots("User-agent: *\nDisallow: /")))
    [response] = visits.fetch(page(1), settings=POLITE.model_copy(update={"respect_robots": False}))
    assert response.status == 200
    assert [url for _, url in visits.starts] == ["https://site.example/author/1"]


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_transient_status_is_tried_again(virtual: VirtualTime, status: int) -> None:
    """What may pass is asked again, at the host's pace; the good answer is the one returned."""
    visits = Visits(virtual, in_turn(httpx.Response(status), httpx.Response(200, content=b"good")))
    [response] = visits.fetch(page(1))
    assert (response.status, response.body) == (200, b"good")
    assert min(visits.gaps()) >= 3 - 1e-6


def test_three_tries_are_the_most(virtual: VirtualTime) -> None:
    """A site that stays broken is asked three times; its last answer is returned as it is, not as an error."""
    visits = Visits(virtual, in_turn(httpx.Response(503, content=b"closed")))
    [response] = visits.fetch(page(1))
    assert (response.status, response.body, response.error) == (503, b"closed", None)
    assert len(visits.starts) == 1 + 3


@pytest.mark.parametrize("status", [304, 400, 401, 403, 404, 410, 451, 501])
def test_a_final_status_is_not_tried_again(virtual: VirtualTime, status: int) -> None:
    """What a second try cannot change is asked once."""
    visits = Visits(virtual, in_turn(httpx.Response(status)))
    [response] = visits.fetch(page(1))
    assert (response.status, len(visits.starts)) == (status, 2)


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_retry_after_is_waited_out(virtual: VirtualTime, form: str) -> None:
    """A pause that the site asks for, in seconds or as a date, is kept to the second."""
    # robots.txt at 0 s, the page at 3 s: a pause of 37 s from there ends at 40 s.
    value = "37" if form == "seconds" else format_datetime(virtual.clock() + timedelta(seconds=40), usegmt=True)
    busy = httpx.Response(503, headers={"Retry-After": value})
    visits = Visits(virtual, in_turn(busy, httpx.Response(200)))
    [response] = visits.fetch(page(1))
    assert response.status == 200
    assert visits.times() == pytest.approx([0, 3, 40])


@pytest.mark.parametrize("value", ["61", "86400", "Wed, 01 Jan 2031 00:00:00 GMT"])
def test_a_long_retry_after_ends_the_tries(virtual: VirtualTime, value: str) -> None:
    """Who wants to be left alone for more than a minute is: the response comes back as it is."""
    visits = Visits(virtual, in_turn(httpx.Response(429, headers={"Retry-After": value})))
    [response] = visits.fetch(page(1))
    assert (response.status, response.header("Retry-After"), len(visits.starts)) == (429, value, 2)


@pytest.mark.parametrize("value", ["soon", "-5", "", "1e3", "Wed, 99 Foo 2031"])
def test_an_unreadable_retry_after_is_none(virtual: VirtualTime, value: str) -> None:
    """Nonsense in Retry-After neither fails the request nor stops the second try."""
    busy = httpx.Response(503, headers={"Retry-After": value})
    [response] = Visits(virtual, in_turn(busy, httpx.Response(200))).fetch(page(1))
    assert response.status == 200


def test_a_retry_after_in_the_past_means_now(virtual: VirtualTime) -> None:
    """A date that has passed leaves the host's own pace."""
    busy = httpx.Response(503, headers={"Retry-After": "Sun, 22 Nov 2020 12:00:00 GMT"})
    visits = Visits(virtual, in_turn(busy, httpx.Response(200)))
    visits.fetch(page(1))
    assert visits.times() == pytest.approx([0, 3, 6])


def test_redirects_are_paced_and_obey_the_robots_of_where_they_lead(virtual: VirtualTime) -> None:
    """Each hop waits its host's turn, and a target that its host disallows is not fetched."""
    rules = robots("User-agent: *\nDisallow: /author/3")
    pages = {
        "p1": httpx.Response(301, headers={"Location": "/author/2"}),
        "p2": httpx.Response(302, headers={"Location": "https://site.example/author/3"}),
    }
    visits = Visits(virtual, site(rules, **pages))
    [response] = visits.fetch(page(1))
    assert response.error == "robots.txt of site.example disallows /author/3"
    assert (response.status, response.url) == (302, "https://site.example/author/2")
    assert visits.gaps() == pytest.approx([3.0, 3.0])


def test_the_address_that_answered_is_told(virtual: VirtualTime) -> None:
    """After a redirect, url is the last address, request.url the first."""
    visits = Visits(virtual, site(p1=httpx.Response(308, headers={"Location": "/author/2"})))
    [response] = visits.fetch(page(1))
    assert (response.url, response.request.url) == ("https://site.example/author/2", page(1).url)
    assert response.body == b"page"


def test_a_redirect_loop_ends(virtual: VirtualTime) -> None:
    """After five redirects it is an error that says so, with the last answer's status."""
    visits = Visits(virtual, in_turn(httpx.Response(302, headers={"Location": "/author/1"})))
    [response] = visits.fetch(page(1))
    assert (response.status, response.error) == (302, "site.example redirects more than 5 times")
    assert len(visits.starts) == 1 + 6


@pytest.mark.parametrize("target", ["ftp://site.example/x", "file:///etc/passwd", "javascript:alert(1)", "http://"])
def test_redirects_lead_to_http_only(virtual: VirtualTime, target: str) -> None:
    """A redirect to another scheme, or to no host, is refused; nothing is opened there."""
    visits = Visits(virtual, in_turn(httpx.Response(302, headers={"Location": target})))
    [response] = visits.fetch(page(1))
    assert response.error is not None
    assert response.body is None
    assert not any(url.startswith(("ftp", "file", "javascript")) for _, url in visits.starts)


@pytest.mark.parametrize("url", ["ftp://a.example/x", "/author/1", "http://", "http://[", "http://a.example:port/", ""])
def test_an_address_that_is_none_is_a_response_with_an_error(virtual: VirtualTime, url: str) -> None:
    """A wrong address never raises and never reaches the wire."""
    visits = Visits(virtual, site())
    [response] = visits.fetch(Request("s:1", "s", url))
    assert response.status is None
    assert response.error
    assert visits.starts == []


def test_a_body_that_trickles_is_cut_off_by_the_total_limit(virtual: VirtualTime) -> None:
    """A site that sends a byte just often enough does not hold us longer than twice the timeout, three times."""

    class Trickle(httpx.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            while True:
                await asyncio.sleep(25)
                yield b"x"

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(404) if request.url.path == "/robots.txt" else httpx.Response(200, stream=Trickle())

    visits = Visits(virtual, answer)
    [response] = visits.fetch(page(1))
    assert response.error == "no complete answer from site.example within 60 s"
    assert (response.status, response.payload, response.truncated, response.body) == (200, b"xx", "time", None)
    assert virtual.loop.time() < 3 + 3 * (60 + 15)


def test_fetched_at_is_when_the_response_was_complete(virtual: VirtualTime) -> None:
    """The capture's moment is the end of the body, on the injected clock, aware and in UTC."""

    class Slow(httpx.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            yield b"a"
            await asyncio.sleep(11)
            yield b"b"

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(404) if request.url.path == "/robots.txt" else httpx.Response(200, stream=Slow())

    visits = Visits(virtual, answer)
    [response] = visits.fetch(page(1))
    assert response.fetched_at == virtual.clock()
    assert virtual.loop.time() == pytest.approx(3 + 11)
    assert response.fetched_at.utcoffset() == timedelta(0)


def test_an_exhausted_rate_is_waited_out_by_everybody(virtual: VirtualTime) -> None:
    """Nothing remains until a reset within a minute: the next request to that host, whichever it is, waits for it."""
    last = httpx.Response(200, content=b"page", headers={"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "37"})
    visits = Visits(virtual, in_turn(last, httpx.Response(200)))
    visits.fetch(page(1), page(2), page(3))
    assert visits.times() == pytest.approx([0, 3, 40, 43])


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        (429, {"Retry-After": "86400"}),
        (429, {"X-RateLimit-Reset": "86400"}),
        (403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "86400"}),
        (200, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "86400"}),
        (304, {"RateLimit-Remaining": "0", "RateLimit-Reset": "86400"}),
    ],
)
def test_a_quota_that_is_used_up_defers_the_rest(virtual: VirtualTime, status: int, headers: dict[str, str]) -> None:
    """The answer that says so is a response as it came; no other request of that host is made, nor waited for."""
    visits = Visits(virtual, in_turn(httpx.Response(status, headers=headers)))
    first, *others = visits.ask(*(page(number) for number in range(1, 101)), one_by_one=True)
    assert isinstance(first, Response)
    assert (first.status, first.error) == (status, None)
    until = START + timedelta(seconds=3 + 86_400)
    assert others == [Deferral(page(n), "the quota of site.example is used up", until) for n in range(2, 101)]
    assert visits.times() == pytest.approx([0, 3])
    assert virtual.loop.time() == pytest.approx(3)


def test_a_quota_is_its_hosts_own(virtual: VirtualTime) -> None:
    """Another host is asked as before; a page that redirects to the closed one is deferred."""

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/robots.txt":
            return httpx.Response(404)
        if request.url.host == "b.example":
            return httpx.Response(429, headers={"Retry-After": "86400"})
        if request.url.path == "/author/3":
            return httpx.Response(302, headers={"Location": "https://b.example/author/3"})
        return httpx.Response(200, content=b"page")

    answers = Visits(virtual, answer).ask(page(1, "b.example"), page(2, "a.example"), page(3, "a.example"))
    assert [getattr(answer, "status", None) for answer in answers] == [429, 200, None]
    assert isinstance(answers[2], Deferral)


def test_a_quota_that_ends_at_robots_txt_defers_all(virtual: VirtualTime) -> None:
    """A 429 for robots.txt that names tomorrow: nobody has failed, and nothing more is asked."""
    visits = Visits(virtual, site(httpx.Response(429, headers={"Retry-After": "86400"})))
    answers = visits.ask(page(1), page(2))
    assert [type(answer) for answer in answers] == [Deferral, Deferral]
    assert len(visits.starts) == 1


def test_a_quota_that_ends_between_two_tries_keeps_what_came(virtual: VirtualTime) -> None:
    """The first try failed, the second must not be made: the response is that of the first."""
    closing = httpx.Response(200, headers={"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "86400"})
    visits = Visits(virtual, in_turn(httpx.Response(503), closing))
    first, second = visits.fetch(page(1), page(2))
    assert (first.status, second.status) == (503, 200)
    assert len(visits.starts) == 3


def test_a_long_pause_for_other_reasons_is_no_quota(virtual: VirtualTime) -> None:
    """A site that is down until tomorrow is left alone until then, and the reason says what it said."""
    visits = Visits(virtual, in_turn(httpx.Response(503, headers={"Retry-After": "86400"})))
    _, deferral = visits.ask(page(1), page(2))
    assert isinstance(deferral, Deferral)
    assert deferral.reason == "site.example asks for no requests"


@pytest.mark.parametrize("budget", [1, 2, 5, 7])
def test_a_budget_counts_every_request_of_the_run(virtual: VirtualTime, budget: int) -> None:
    """robots.txt, redirects and second tries cost as much as a page; what does not fit is deferred, on any host."""

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/robots.txt":
            return httpx.Response(404)
        if request.url.path == "/author/2":
            return httpx.Response(302, headers={"Location": "/author/9"})
        return httpx.Response(503 if request.url.path == "/author/3" else 200)

    visits = Visits(virtual, answer)
    frugal = POLITE.model_copy(update={"requests_per_run": budget})
    pages = [page(number) for number in (1, 2, 3, 4)]
    answers = visits.ask(*pages, page(1, "b.example"), settings=frugal, one_by_one=True)
    assert len(visits.starts) == budget
    # It takes 1 for robots.txt, 1 for the first page, 2 for the second, up to 3 for the third.
    assert [getattr(answer, "status", None) for answer in answers] == {
        1: [None] * 5,
        2: [200] + [None] * 4,
        5: [200, 200, 503, None, None],
        7: [200, 200, 503, None, None],
    }[budget]
    assert {answer.reason for answer in answers if isinstance(answer, Deferral)} == {
        f"the run's {budget} requests are made (fetch.requests_per_run)"
    }


def test_without_a_budget_nothing_is_counted_out(virtual: VirtualTime) -> None:
    """0 is no limit."""
    visits = Visits(virtual, site())
    visits.fetch(*(page(number) for number in range(50)), settings=POLITE.model_copy(update={"requests_per_run": 0}))
    assert len(visits.starts) == 51


def unreachable(request: httpx.Request) -> httpx.Response:
    """Make no connection."""
    raise httpx.ConnectError("connection refused")


@pytest.mark.parametrize(("respect_robots", "failed"), [(True, 4), (False, 5)])
def test_a_host_that_cannot_be_reached_is_given_up(virtual: VirtualTime, respect_robots: bool, failed: int) -> None:
    """After five addresses in a row, three tries each, nothing more is tried there; robots.txt is as good as a page."""
    visits = Visits(virtual, unreachable)
    settings = POLITE.model_copy(update={"respect_robots": respect_robots})
    answers = visits.ask(*(page(number) for number in range(100)), settings=settings, one_by_one=True)
    assert len(visits.starts) == 5 * 3
    assert [getattr(answer, "error", None) for answer in answers[:failed]] == [
        "cannot connect to site.example: connection refused"
    ] * failed
    assert {answer.reason for answer in answers if isinstance(answer, Deferral)} == {
        "site.example failed 5 times in a row (cannot connect to site.example: connection refused)"
    }
    assert sum(isinstance(answer, Deferral) for answer in answers) == 100 - failed


def test_a_host_that_lets_us_wait_is_given_up(virtual: VirtualTime) -> None:
    """Answers that never come, or never end, count as much as connections that fail; another host is asked on."""

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/robots.txt":
            return httpx.Response(404)
        if request.url.host == "b.example":
            return httpx.Response(200)
        raise httpx.ReadTimeout("")

    visits = Visits(virtual, answer)
    answers = visits.ask(*(page(n) for n in range(9)), page(1, "b.example"), one_by_one=True)
    assert [isinstance(answer, Deferral) for answer in answers] == [False] * 5 + [True] * 4 + [False]
    assert len(visits.starts) == 1 + 5 * 3 + 2


def test_failures_among_answers_are_no_row(virtual: VirtualTime) -> None:
    """Any answer shows that the host is there, also an error."""
    count = 0

    def answer(request: httpx.Request) -> httpx.Response:
        nonlocal count
        count += 1
        if count % 13 == 0:  # within the tries for the fifth page at the latest
            return httpx.Response(404)
        raise httpx.ConnectError("connection refused")

    answers = Visits(virtual, answer).ask(*(page(number) for number in range(40)), one_by_one=True)
    assert all(isinstance(answer, Response) for answer in answers)


def test_what_is_forbidden_is_no_failure_of_the_host(virtual: VirtualTime) -> None:
    """However many pages robots.txt disallows in a row, the next one that it allows is asked for."""
    visits = Visits(virtual, site(robots("User-agent: *\nDisallow: /author/\nAllow: /author/99")))
    *forbidden, allowed = visits.fetch(*(page(number) for number in (*range(10), 99)))
    assert {response.status for response in forbidden} == {None}
    assert allowed.status == 200
