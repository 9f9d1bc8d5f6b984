"""What a host sees of us, whatever it and the others answer: on a clock that jumps, for sites made up at random."""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from wire_site import VirtualTime

from scholar_etl.fetch.doors import MAX_FAILURES_IN_A_ROW
from scholar_etl.fetch.ratelimits import LONGEST_WAIT_S
from scholar_etl.fetch.session import Session
from scholar_etl.model import Deferral, Request, Response
from scholar_etl.settings import FetchSettings

ROUNDING_S = 1e-5
CLOCK_S = {"date": 1.0, "epoch": 0.001}
"""How exactly a form of a pause tells the moment, where it is not told to the microsecond."""

Play = Callable[[datetime], httpx.Response]


@dataclass(frozen=True)
class Answer:
    """One answer of a made-up site: `takes_s` until it comes, and the pause that it asks for, None for none."""

    name: str
    play: Play
    pause_s: float | None = None
    takes_s: float = 0.0


def status(code: int, takes_s: float = 0.0) -> Answer:
    """Answer with a status and nothing else."""
    return Answer(str(code), lambda _: httpx.Response(code), takes_s=takes_s)


def pause(code: int, form: str, pause_s: float) -> Answer:
    """Answer with a status and a pause, said in one of the ways there are."""

    def play(now: datetime) -> httpx.Response:
        then = now + timedelta(seconds=pause_s)
        headers = {
            "seconds": {"Retry-After": f"{pause_s:.0f}"},
            "date": {"Retry-After": format_datetime(then, usegmt=True)},
            "reset": {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": f"{pause_s:.0f}"},
            "draft": {"RateLimit-Remaining": "0", "RateLimit-Reset": f"{pause_s:.0f}"},
            "epoch": {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": f"{then.timestamp():.3f}"},
        }[form]
        return httpx.Response(code, headers=headers)

    return Answer(f"{code}-{form}-{pause_s:g}", play, pause_s - CLOCK_S.get(form, 0))


def redirect(host: str, number: int) -> Answer:
    """Lead to a page, here or on another host."""
    where = {"Location": f"https://{host}/author/{number}"}
    return Answer(f"to-{host}", lambda _: httpx.Response(302, headers=where))


def no_connection() -> Answer:
    """Make no connection."""

    def play(_: datetime) -> httpx.Response:
        raise httpx.ConnectError("connection refused")

    return Answer("refused", play)


@dataclass
class World:
    """Sites that answer one after the other from a list, and keep the times of all that they see.

    `crawl_delays` are those in each host's robots.txt under https; under http it asks for twice as much.
    """

    virtual: VirtualTime
    answers: deque[Answer]
    crawl_delays: dict[str, float | None] = field(default_factory=dict)
    starts: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    delays: dict[str, list[tuple[float, float]]] = field(default_factory=lambda: defaultdict(list))
    pauses: dict[str, list[tuple[float, float]]] = field(default_factory=lambda: defaultdict(list))
    open_now: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    most_open: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        host = request.url.host
        self.starts[host].append(self.virtual.loop.time())
        self.open_now[host] += 1
        self.most_open[host] = max(self.most_open[host], self.open_now[host])
        try:
            if request.url.path == "/robots.txt":
                delay_s = self.crawl_delays.get(host)
                if delay_s is None:
                    return httpx.Response(404, stream=httpx.ByteStream(b""))
                delay_s *= 2 if request.url.scheme == "http" else 1
                self.delays[host].append((self.virtual.loop.time(), delay_s))
                rules = f"User-agent: *\nCrawl-delay: {delay_s}".encode()
                return httpx.Response(200, stream=httpx.ByteStream(rules))
            answer = self.answers.popleft() if self.answers else status(200)
            await asyncio.sleep(answer.takes_s)
            found = answer.play(self.virtual.clock())
            if answer.pause_s is not None:
                self.pauses[host].append((self.virtual.loop.time(), answer.pause_s))
            return httpx.Response(found.status_code, headers=found.headers, stream=httpx.ByteStream(b"page"))
        finally:
            self.open_now[host] -= 1

    def visit(self, requests: Iterable[Request], settings: FetchSettings) -> list[Response | Deferral]:
        """Fetch as the `Fetcher` does: `connections_per_host` at a time, each host in the order given."""
        queues: dict[str, deque[Request]] = defaultdict(deque)
        for request in requests:
            queues[request.url.split("/")[2]].append(request)
        results: list[Response | Deferral] = []

        async def work() -> None:
            session = Session(settings, clock=self.virtual.clock, transport=httpx.MockTransport(self))

            async def ask(queue: deque[Request]) -> None:
                while queue:
                    results.append(await session.fetch(queue.popleft()))

            workers = [ask(queue) for queue in queues.values() for _ in range(settings.connections_per_host)]
            try:
                await asyncio.gather(*workers)
            finally:
                await session.aclose()

        self.virtual.run(work())
        return results

    def assert_polite(self, settings: FetchSettings) -> None:
        """No host saw two starts closer than its delay, a start in a pause that it asked for, or too many at once."""
        for host, starts in self.starts.items():
            for before, after in pairwise(starts):
                heard = [delay_s for heard_at, delay_s in self.delays[host] if heard_at <= before]
                delay_s = max(60 / settings.requests_per_minute, *heard, 0)
                assert after - before >= delay_s - ROUNDING_S, (host, delay_s, before, after)
            for asked_at, pause_s in self.pauses[host]:
                end = float("inf") if pause_s > LONGEST_WAIT_S else asked_at + pause_s
                within = [start for start in starts if asked_at + ROUNDING_S < start < end - ROUNDING_S]
                assert not within, (host, asked_at, pause_s, within)
            assert self.most_open[host] <= settings.connections_per_host


def pages(count: int, hosts: list[str], *, mixed: bool = False) -> list[Request]:
    """Return the requests for so many authors, dealt out to the hosts; mixed: every third one of a host without TLS."""
    schemes = ["http" if mixed and n // len(hosts) % 3 == 2 else "https" for n in range(count)]
    return [Request(f"s:{n}", "s", f"{schemes[n]}://{hosts[n % len(hosts)]}/author/{n}") for n in range(count)]


HOSTS = ["a.example", "b.example", "c.example"]
FORMS = ["seconds", "date", "reset", "draft", "epoch"]

an_answer = st.one_of(
    st.builds(status, st.sampled_from([200, 304, 404, 403, 500, 503, 429]), st.sampled_from([0.0, 0.5, 20.0])),
    st.builds(pause, st.sampled_from([429, 503]), st.sampled_from(FORMS), st.sampled_from([0.0, 1.0, 7.0, 59.0])),
    st.builds(pause, st.just(200), st.sampled_from(["reset", "draft", "epoch"]), st.sampled_from([2.0, 30.0])),
    st.builds(pause, st.sampled_from([429, 403]), st.sampled_from(FORMS), st.sampled_from([70.0, 86_400.0])),
    st.builds(redirect, st.sampled_from(HOSTS), st.integers(0, 9)),
    st.builds(no_connection),
)


@given(
    answers=st.lists(an_answer, max_size=25),
    crawl_delays=st.dictionaries(st.sampled_from(HOSTS), st.sampled_from([None, 0.5, 5.0, 12.5])),
    requests_per_minute=st.sampled_from([6.0, 20.0, 600.0]),
    connections=st.integers(1, 3),
    budget=st.sampled_from([0, 0, 1, 7]),
)
def test_no_host_is_asked_sooner_than_it_wants(
    answers: list[Answer],
    crawl_delays: dict[str, float | None],
    requests_per_minute: float,
    connections: int,
    budget: int,
) -> None:
    """Setting, Crawl-delay, pauses in every form, redirects and second tries: all rules hold at once, on each host."""
    world = World(VirtualTime(), deque(answers), crawl_delays)
    settings = FetchSettings(
        contact="me@example.org",
        requests_per_minute=requests_per_minute,
        connections_per_host=connections,
        requests_per_run=budget,
    )
    requests = pages(18, HOSTS, mixed=True)
    results = world.visit(requests, settings)
    assert sorted(result.request.author_id for result in results) == sorted(request.author_id for request in requests)
    world.assert_polite(settings)
    assert budget == 0 or sum(map(len, world.starts.values())) <= budget


@pytest.mark.parametrize("connections", [1, 4])
def test_a_thousand_authors_on_five_hosts(connections: int) -> None:
    """A whole run of mixed answers keeps to every host's delay, and leaves nobody out."""
    chance = random.Random(4)  # noqa: S311 - a dice, not a secret
    hosts = [f"{name}.example" for name in "abcde"]
    kinds: list[Callable[[], Answer]] = [
        *[lambda: status(200, chance.choice([0.0, 0.1, 1.0]))] * 24,
        *[lambda: status(304)] * 12,
        lambda: status(chance.choice([404, 403, 500, 503, 429])),
        lambda: pause(chance.choice([429, 503]), chance.choice(FORMS), chance.choice([1.0, 9.0, 45.0])),
        lambda: pause(200, "epoch", 20.0),
        lambda: redirect(chance.choice(hosts), 1),
        no_connection,
    ]
    world = World(
        VirtualTime(),
        deque(chance.choice(kinds)() for _ in range(3_000)),
        {"b.example": 7.5, "c.example": 0.25, "d.example": 3.5},
    )
    settings = FetchSettings(contact="me@example.org", connections_per_host=connections)
    results = world.visit(pages(1_000, hosts, mixed=True), settings)
    assert len({result.request.author_id for result in results}) == 1_000
    assert not any(isinstance(result, Deferral) for result in results)
    world.assert_polite(settings)
    assert all(len(world.starts[host]) > 200 for host in hosts)


def test_the_spacing_is_no_wider_than_it_must_be() -> None:
    """Where nothing slows us down, the rate is the setting's, to the microsecond: a guest who creeps is no better."""
    world = World(VirtualTime(), deque())
    world.visit(pages(200, ["a.example"]), FetchSettings(contact="me@example.org"))
    assert world.starts["a.example"] == pytest.approx([3.0 * n for n in range(201)], abs=1e-3)


@pytest.mark.parametrize("form", FORMS)
def test_each_form_of_a_pause_is_kept_by_all(form: str) -> None:
    """After a refusal that asks for 40 s, the same page and the next ones wait, and start 3 s apart from then on."""
    world = World(VirtualTime(), deque([pause(429, form, 40.0)]))
    world.visit(pages(3, ["a.example"]), FetchSettings(contact="me@example.org", connections_per_host=3))
    starts = world.starts["a.example"]
    first = starts[2]
    assert 3 + 40 - CLOCK_S.get(form, 0) <= first <= 3 + 40 + 1e-3
    assert starts[2:] == pytest.approx([first, first + 3, first + 6], abs=1e-3)


def test_a_row_of_failures_ends_within_its_number() -> None:
    """However many connections are open, a host that refuses them sees five pages tried, and those under way."""
    world = World(VirtualTime(), deque(no_connection() for _ in range(100)))
    settings = FetchSettings(contact="me@example.org", connections_per_host=3)
    results = world.visit(pages(50, ["a.example"]), settings)
    pages_tried = sum(isinstance(result, Response) for result in results)
    assert MAX_FAILURES_IN_A_ROW <= pages_tried <= MAX_FAILURES_IN_A_ROW + 2
    assert len(world.starts["a.example"]) <= 1 + 3 * pages_tried
