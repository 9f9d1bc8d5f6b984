"""Every way in which a site can go wrong, played on the wire by a site in a process of its own.

A project has seen two authors. On the next day, when the first one's page shows something new, the site misbehaves
during one refresh, and is well again during the next.
"""

from __future__ import annotations

import re
import shutil
import socket
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import anyio
import httpx_secure
import pytest
import stamina
from testbed import ADA, BEN, VIEWS, Bench

from scholar_etl.archive import Archive
from scholar_etl.clock import utc_now
from scholar_etl.demo import story
from scholar_etl.demo.site import DemoSite
from scholar_etl.model import METRIC_NAMES, Capture, Response
from scholar_etl.store import connect

GZIP = b"\x1f\x8b"
LONG_AGO = "Wed, 25 Nov 2020 12:00:00 GMT"
ROBOTS = "robots.txt"
CONFIRMATIONS = ("last_confirmed_at", "last_seen_at")


@pytest.fixture(scope="session")
def seen_once(running_site: DemoSite, tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """Return a project that has seen both authors on the first day; tests work on copies of it."""
    running_site.configure(day=0, today=utc_now().date(), faults={}, metrics={}, profiles={})
    bench = Bench(tmp_path_factory.mktemp("seen_once"), running_site.url, (ADA, BEN))
    assert bench("refresh").code == 0
    return bench


@pytest.fixture
def project(site: DemoSite, seen_once: Bench, tmp_path: Path) -> Bench:
    """Return a copy of that project, on the second day."""
    bench = Bench(tmp_path / "project", site.url, (ADA, BEN))
    shutil.copytree(seen_once.folder / "data", bench.folder / "data")
    site.configure(day=1)
    return bench


class Shown:
    """What a project shows at a moment: its views, read on one connection, and its archive."""

    def __init__(self, bench: Bench, views: tuple[str, ...] = VIEWS) -> None:
        self._archive = Archive(bench.project.archive)
        self.views: dict[str, list[dict[str, Any]]] = {}
        with connect(bench.published) as connection:
            for view in views:
                result = connection.sql(f"from {view}")
                self.views[view] = [dict(zip(result.columns, row, strict=True)) for row in result.fetchall()]

    def of(self, view: str, key: int) -> list[dict[str, Any]]:
        """Return an author's rows of a view."""
        return [row for row in self.views[view] if row["author_id"] == f"scholarfeed:{key}"]

    def history(self, key: int = ADA, *, without: tuple[str, ...] = ()) -> dict[str, list[str]]:
        """Return all that history holds of an author, as texts to compare, without some columns."""
        return {
            view: sorted(
                repr({name: value for name, value in row.items() if name not in without}) for row in self.of(view, key)
            )
            for view in ("author_metrics", "papers", "paper_history")
        }

    def newest(self, key: int = ADA) -> tuple[dict[str, Any], Capture, Response]:
        """Return an author's newest capture: its row, and what lies in the archive."""
        row = max(self.of("captures", key), key=lambda row: row["fetched_at"])
        return row, *self._archive.read(row["warc_file"], row["warc_offset"])

    @property
    def run_status(self) -> str:
        """The status of the newest run."""
        newest = max(self.views["runs"], key=lambda row: row["started_at"])
        return str(newest["status"])


def assert_recovers(bench: Bench, site: DemoSite) -> None:
    """The next run, on a site that is well, takes in all that is new, and nothing stays held back."""
    site.configure(faults={})
    assert bench("refresh").code == 0
    shown = Shown(bench, ("authors", "captures", "runs", "quarantine"))
    today = utc_now().date()
    for key in (ADA, BEN):
        expected = story.profile_on(key, 1, today)
        assert expected is not None
        (author,) = shown.of("authors", key)
        assert {name: author[name] for name in METRIC_NAMES} == {
            name: getattr(expected.metrics, name) for name in METRIC_NAMES
        }
        assert shown.newest(key)[0]["outcome"] == "accepted"
    assert all(row["resolved_at"] for row in shown.views["quarantine"])
    assert shown.run_status == "complete"


@pytest.mark.parametrize(
    ("fault", "outcome", "status", "reason", "held"),
    [
        pytest.param("rate_limited:0", "blocked", 429, "the site answered 429", b"too quickly", id="429-seconds"),
        pytest.param(f"rate_limited:{LONG_AGO}", "blocked", 429, "answered 429", b"too quickly", id="429-date"),
        pytest.param("server_error:503", "unavailable", 503, "answered 503", b"unexpected error", id="503"),
        pytest.param("server_error:502", "unavailable", 502, "answered 502", b"unexpected error", id="502"),
        pytest.param("flaky:9", "unavailable", 500, "answered 500", b"unexpected error", id="500-again-and-again"),
        pytest.param("blocked", "blocked", 403, "the site answered 403", b"have been blocked", id="403-block-page"),
        pytest.param("captcha", "blocked", 200, "", b"Verify you are human", id="captcha-with-200"),
        pytest.param("login", "login_required", 200, "", b'type="password"', id="login-page-with-200"),
        pytest.param("maintenance", "unavailable", 503, "answered 503", b"Down for maintenance", id="maintenance"),
        pytest.param("not_found", "not_found", 404, "answered 404", b"Author not found", id="404"),
        pytest.param("moved", "not_found", 404, "answered 404", b"Page not found", id="redirect-to-nowhere"),
        pytest.param(f"moved:/author/{BEN}", "quarantined", 200, "that of 1002 came", GZIP, id="redirect-to-another"),
        pytest.param("redirect_loop", "unavailable", 302, "redirects more than 5 times", None, id="redirect-loop"),
        pytest.param(
            "redirect_private",
            "unavailable",
            302,
            "169.254.169.254 is a link-local",
            None,
            id="redirect-to-cloud-secrets",
        ),
        pytest.param("truncated", "unavailable", 200, "cut the body short", GZIP, id="body-cut-short"),
        pytest.param("gzip_cut", "unavailable", 200, "gzip body is cut short", GZIP, id="gzip-cut-short"),
        pytest.param("gzip_claimed", "unavailable", 200, "gzip body is damaged", b"<html", id="gzip-that-is-none"),
        pytest.param("gzip_bomb", "unavailable", 200, "larger than 5 MB", GZIP, id="gzip-bomb"),
        pytest.param(
            "brotli", "unavailable", 200, "encoded as 'br', which was not", b"page", id="brotli-not-asked-for"
        ),
        pytest.param("too_long", "unavailable", 200, "cut the body short", b"</html>", id="content-length-too-long"),
        pytest.param(
            "too_short", "quarantined", 200, "ends within its listing", b"<html", id="content-length-too-short"
        ),
        pytest.param("reset", "unavailable", None, "connection reset", None, id="connection-reset"),
        pytest.param("not_http", "unavailable", None, "gave no valid answer", None, id="another-protocol"),
        pytest.param("huge_headers", "unavailable", None, "gave no valid answer", None, id="huge-headers"),
        pytest.param("empty_shell", "empty_shell", 200, "", b'<div id="root">', id="empty-shell"),
        pytest.param("empty_body", "empty_shell", 200, "", None, id="200-with-an-empty-body"),
        pytest.param("json_as_html", "not_a_profile", 200, "neither", b'"h-index": 0', id="json-sent-as-html"),
        pytest.param("no_profile", "not_a_profile", 200, "", b"About Scholar Feed", id="another-page"),
    ],
)
def test_a_page_that_cannot_be_read(
    project: Bench, site: DemoSite, fault: str, outcome: str, status: int | None, reason: str, held: bytes | None
) -> None:
    """The author is named with the reason, and alone; what came is archived; history waits for the next good page."""
    site.configure(faults={ADA: fault})
    assert_refused(project, outcome, status, reason, held)
    assert_recovers(project, site)


@pytest.mark.parametrize(
    ("fault", "status", "reason", "held"),
    [
        pytest.param("silent", None, "no answer from 127.0.0.1 within 1 s", None, id="slow-headers"),
        pytest.param("slow", 200, "127.0.0.1 stopped sending for 1 s", None, id="slow-body"),
        pytest.param("dripping", 200, "no complete answer from 127.0.0.1 within 2 s", GZIP, id="body-in-drops"),
    ],
)
def test_a_site_that_lets_us_wait(
    project: Bench, site: DemoSite, fault: str, status: int | None, reason: str, held: bytes | None
) -> None:
    """A time-out is a failure like any other; the next author is not made to wait."""
    stamina.set_testing(True, attempts=1, cap=True)
    project.set("timeout_s = 20", "timeout_s = 1")
    site.configure(faults={ADA: fault})
    assert_refused(project, "unavailable", status, reason, held)
    assert_recovers(project, site)


def assert_refused(bench: Bench, outcome: str, status: int | None, reason: str, held: bytes | None) -> None:
    """A refresh takes in the second author's page and refuses the first one's, whose history stays as it was."""
    before = Shown(bench).history()
    done = bench("refresh")
    assert (done.code, done.out) == (3, "")
    named, summary = done.err.splitlines()
    assert named.startswith(f"Yichong Leng (scholarfeed:{ADA}): {outcome.replace('_', ' ')} - ")
    assert reason in named
    assert summary == "1 of 2 authors refreshed, 1 not"
    shown = Shown(bench)
    row, capture, response = shown.newest()
    assert (row["outcome"], row["http_status"]) == (outcome, status)
    assert (capture.http_status, response.status) == (status, status)
    if held is None:
        assert response.payload == b""
    else:
        assert held in response.payload
    if status is None:
        assert reason in (capture.error or "")
    assert shown.newest(BEN)[0]["outcome"] == "accepted"
    assert shown.run_status == "partial"
    assert shown.history() == before


@pytest.mark.parametrize(
    ("fault", "held"),
    [
        pytest.param("flaky", GZIP, id="500-then-200"),
        pytest.param("html_as_json", GZIP, id="html-sent-as-json"),
        pytest.param("weak_etag", GZIP, id="weak-etag"),
        pytest.param("latin_2", b"iso-8859-2", id="iso-8859-2"),
        pytest.param("token", b"csrf", id="token"),
        pytest.param("quota_used_up:0", GZIP, id="quota-that-is-full-again"),
    ],
)
def test_a_good_page_that_comes_in_an_odd_way(project: Bench, site: DemoSite, fault: str, held: bytes) -> None:
    """It is taken in as if nothing had been odd: the next page, sent as usual, finds nothing to change."""
    site.configure(faults={ADA: fault})
    assert project("refresh").code == 0
    row, _, response = Shown(project).newest()
    assert (row["outcome"], row["http_status"]) == ("accepted", 200)
    assert held in response.payload
    after = Shown(project).history(without=CONFIRMATIONS)
    assert_recovers(project, site)
    assert Shown(project).history(without=CONFIRMATIONS) == after


def test_a_page_in_iso_8859_2_keeps_its_letters(project: Bench, site: DemoSite) -> None:
    """Where only the page says its charset, it is believed: no letter is lost, in names or titles."""
    profile = story.profile_on(ADA, 1, utc_now().date())
    assert profile is not None
    slavic = {"title": "Zażółć gęślą jaźń", "authors": ("Łukasz Dvořák", "Đorđe Žižek"), "et_al": False}
    first = replace(profile.papers[0], **slavic)
    site.configure(faults={ADA: "latin_2"}, profiles={ADA: replace(profile, papers=(first, *profile.papers[1:]))})
    assert project("refresh").code == 0
    (shown,) = project.rows(f"from papers where author_id = 'scholarfeed:{ADA}' and position = 1")
    assert (shown["title"], shown["authors"]) == (first.title, list(first.authors))


@pytest.mark.parametrize("fault", [pytest.param(None, id="strong-etag"), pytest.param("weak_etag", id="weak-etag")])
def test_an_etag_is_sent_back_as_it_came(project: Bench, site: DemoSite, fault: str | None) -> None:
    """Strong or weak: the next request carries it byte for byte, and a 304 confirms what is known."""
    site.configure(faults={ADA: fault})
    assert project("refresh").code == 0
    etag = Shown(project).newest()[2].header("etag")
    before = Shown(project).history(without=CONFIRMATIONS)
    site.forget_requests()
    assert project("refresh").code == 0
    (visit,) = (request for request in site.requests() if request["path"] == f"/author/{ADA}")
    assert (visit["if_none_match"], visit["status"]) == (etag, 304)
    assert (etag or "").startswith("W/") == (fault is not None)
    row, capture, response = Shown(project).newest()
    assert (row["outcome"], row["http_status"], response.payload) == ("accepted", 304, b"")
    assert capture.refers_to is not None
    assert Shown(project).history(without=CONFIRMATIONS) == before


@pytest.mark.parametrize("known", [True, False])
def test_a_304_out_of_nowhere_confirms_nothing(site: DemoSite, project: Bench, known: bool) -> None:
    """Nothing was asked about, so nothing is known to be unmodified, whether or not the author was seen before."""
    if not known:
        shutil.rmtree(project.folder / "data")
    before = Shown(project).history() if known else None
    site.configure(faults={ADA: "unasked_304"})
    done = project("refresh", "--force")
    assert done.code == 3
    assert f"(scholarfeed:{ADA}): unavailable - the site answered 304" in done.err
    row, capture, _ = Shown(project).newest()
    assert (row["outcome"], row["http_status"], capture.refers_to) == ("unavailable", 304, None)
    if known:
        assert Shown(project).history() == before
    assert_recovers(project, site)


def test_a_token_that_changes_changes_nothing(project: Bench, site: DemoSite) -> None:
    """Each page is a payload of its own, and archived; history sees the same page three times."""
    site.configure(faults={ADA: "token"})
    assert project("refresh").code == 0
    before = Shown(project).history(without=CONFIRMATIONS)
    digests = [Shown(project).newest()[0]["payload_digest"]]
    for _ in range(2):
        assert project("refresh").code == 0
        digests.append(Shown(project).newest()[0]["payload_digest"])
    assert len(set(digests)) == 3
    assert Shown(project).history(without=CONFIRMATIONS) == before
    assert Shown(project).run_status == "complete"


def closed_port(bench: Bench) -> None:
    """Point the project at a port where nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    bench.set(str(urlsplit(bench.base_url).port), str(port))


@pytest.mark.parametrize(
    ("misdirect", "reason"),
    [
        pytest.param(
            lambda bench: bench.set("http://127.0.0.1", "https://127.0.0.1"),
            "cannot connect to 127.0.0.1: TLS failure (",
            id="tls-failure",
        ),
        pytest.param(
            lambda bench: bench.set("http://127.0.0.1", "http://nowhere.example"),
            "cannot connect to nowhere.example: unknown host",
            id="unknown-host",
        ),
        pytest.param(closed_port, "cannot connect to 127.0.0.1: connection refused", id="connection-refused"),
        pytest.param(
            lambda bench: bench.set("allow_private_hosts = true", "allow_private_hosts = false"),
            "refused: 127.0.0.1 is a private address",
            id="private-address",
        ),
    ],
)
def test_a_host_that_cannot_be_reached(
    project: Bench, site: DemoSite, monkeypatch: pytest.MonkeyPatch, misdirect: Callable[[Bench], None], reason: str
) -> None:
    """Nothing comes, so nothing changes; that there was an attempt, and why it failed, is archived."""
    settings = (project.folder / "scholar-etl.toml").read_text()
    real = socket.getaddrinfo

    def resolve(host: Any, *rest: Any, **options: Any) -> Any:
        if host in ("nowhere.example", b"nowhere.example"):
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return real(host, *rest, **options)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    before = Shown(project).history()
    misdirect(project)
    done = project("refresh")
    assert done.code == 3
    first, second, summary = done.err.splitlines()
    assert f"(scholarfeed:{ADA}): unavailable - {reason}" in first
    assert f"(scholarfeed:{BEN}): unavailable - {reason}" in second
    assert summary == "0 of 2 authors refreshed, 2 not"
    row, capture, response = Shown(project).newest()
    assert (row["outcome"], row["http_status"], response.payload) == ("unavailable", None, b"")
    assert (capture.error or "").startswith(reason)
    assert Shown(project).history() == before
    (project.folder / "scholar-etl.toml").write_text(settings)
    assert_recovers(project, site)


class Internet:
    """Names and addresses as the guard sees them: `site.example` is the site, at an address that is public."""

    ADDRESS = "93.184.216.34"

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.names = {"site.example": self.ADDRESS}
        self.reached: list[str] = []
        connect = anyio.connect_tcp
        internet = self

        class Probe:
            def __init__(self, address: str, port: int) -> None:
                self.remote = (address, port)

            def extra(self, _: Any) -> tuple[str, int]:
                return self.remote

            async def aclose(self) -> None:
                pass

        async def resolve(host: str, port: int, **_: Any) -> Probe:
            return Probe(internet.names[host], port)

        async def reach(remote_host: str, remote_port: int, **options: Any) -> Any:
            internet.reached.append(remote_host)
            assert remote_host == internet.ADDRESS
            return await connect("127.0.0.1", remote_port, **options)

        monkeypatch.setattr(httpx_secure, "connect_tcp", resolve)
        monkeypatch.setattr(anyio, "connect_tcp", reach)


@pytest.fixture
def internet(monkeypatch: pytest.MonkeyPatch) -> Internet:
    """Return a name service that tests can change."""
    return Internet(monkeypatch)


@pytest.fixture
def public(project: Bench, internet: Internet) -> Bench:
    """Return the project as it asks a public site, and no private one."""
    project.set("allow_private_hosts = true", "allow_private_hosts = false")
    project.set("http://127.0.0.1", "http://site.example")
    return project


@pytest.mark.parametrize("address", ["10.0.0.1", "[::1]", "2130706433"])
def test_a_redirect_to_a_private_address(public: Bench, site: DemoSite, internet: Internet, address: str) -> None:
    """It is not followed, however the address is written; what the redirect said is archived."""
    port = urlsplit(site.url).port
    site.configure(faults={ADA: f"moved:http://{address}:{port}/author/{ADA}"})
    internet.names["2130706433"] = "127.0.0.1"  # as a resolver reads it
    assert_refused(public, "unavailable", 301, "is a private address", None)
    assert set(internet.reached) == {Internet.ADDRESS}
    assert_recovers(public, site)


@pytest.mark.parametrize("address", ["10.0.0.1", "::1"])
def test_dns_that_changes_to_a_private_address(public: Bench, site: DemoSite, internet: Internet, address: str) -> None:
    """The name was good in the run before; now it leads inside, and nobody is asked."""
    assert public("refresh").code == 0
    before = Shown(public).history()
    internet.names["site.example"] = address
    internet.reached.clear()
    site.forget_requests()
    done = public("refresh")
    assert done.code == 3
    assert f"(scholarfeed:{ADA}): unavailable - refused: site.example is a " in done.err
    assert (internet.reached, site.requests()) == ([], [])
    row, _, response = Shown(public).newest()
    assert (row["outcome"], row["http_status"], response.payload) == ("unavailable", None, b"")
    assert Shown(public).history() == before
    internet.names["site.example"] = Internet.ADDRESS
    assert_recovers(public, site)


def test_robots_txt_that_disallows(project: Bench, site: DemoSite) -> None:
    """The page is not asked for; the author is named with the rule, the other one's page is taken in."""
    site.configure(robots=f"User-agent: *\nDisallow: /author/{ADA}\n")
    assert_refused(project, "unavailable", None, f"robots.txt of 127.0.0.1 disallows /author/{ADA}", None)
    assert f"/author/{ADA}" not in {request["path"] for request in site.requests()}
    site.configure(robots="")
    assert_recovers(project, site)


@pytest.mark.parametrize("fault", ["server_error", "rate_limited:0", "gzip_claimed"])
def test_robots_txt_that_fails(project: Bench, site: DemoSite, fault: str) -> None:
    """While the site cannot say what it allows, no page is asked for."""
    before = Shown(project).history()
    site.configure(faults={ROBOTS: fault})
    done = project("refresh")
    assert done.code == 3
    reason = "robots.txt of 127.0.0.1 cannot be read, so nothing is fetched there: "
    assert [reason in line for line in done.err.splitlines()] == [True, True, False]
    assert {request["path"] for request in site.requests()} == {f"/{ROBOTS}"}
    row, capture, _ = Shown(project).newest()
    assert (row["outcome"], row["http_status"]) == ("unavailable", None)
    assert (capture.error or "").startswith(reason)
    assert Shown(project).history() == before
    assert_recovers(project, site)


def test_robots_txt_that_is_missing(project: Bench, site: DemoSite) -> None:
    """A site without rules has none."""
    site.configure(faults={ROBOTS: "not_found"})
    assert project("refresh").code == 0
    assert_recovers(project, site)


def test_robots_txt_of_5_mb(project: Bench, site: DemoSite) -> None:
    """Its first part is read and obeyed: the rule there holds, the one behind is not seen."""
    before = Shown(project).history(BEN)
    site.configure(faults={ROBOTS: "huge_robots"})
    done = project("refresh")
    assert done.code == 3
    named, summary = done.err.splitlines()
    assert named.endswith(f"unavailable - robots.txt of 127.0.0.1 disallows /author/{BEN}")
    assert summary == "1 of 2 authors refreshed, 1 not"
    assert Shown(project).newest()[0]["outcome"] == "accepted"
    assert Shown(project).history(BEN) == before
    assert_recovers(project, site)


def test_robots_txt_with_a_crawl_delay(project: Bench, site: DemoSite) -> None:
    """It is heard and kept to; how exactly, the tests of the session prove on a clock of their own."""
    site.configure(robots="User-agent: *\nCrawl-delay: 0.2\n")
    done = project("--log-level", "info", "refresh")
    assert done.code == 0
    assert "127.0.0.1 asks for 0.2 s between requests: obeyed" in done.err
    assert_recovers(project, site)


IN_TWO_DAYS = utc_now() + timedelta(days=2)


@pytest.mark.parametrize(
    ("fault", "status", "reason"),
    [
        pytest.param("rate_limited:86400", 429, "the quota of 127.0.0.1 is used up", id="429-seconds"),
        pytest.param(
            f"rate_limited:{format_datetime(IN_TWO_DAYS, usegmt=True)}",
            429,
            "the quota of 127.0.0.1 is used up",
            id="429-date",
        ),
        pytest.param("quota_used_up:86400", 200, "the quota of 127.0.0.1 is used up", id="200-seconds"),
        pytest.param(
            f"quota_used_up:{IN_TWO_DAYS.timestamp():.0f}", 200, "the quota of 127.0.0.1 is used up", id="200-epoch"
        ),
        pytest.param("maintenance:86400", 503, "127.0.0.1 asks for no requests", id="503"),
    ],
)
def test_a_site_that_wants_to_be_left_alone(
    project: Bench, site: DemoSite, fault: str, status: int, reason: str
) -> None:
    """Who is left is deferred: not asked for, not archived, no failure; told once, with the moment; next in line."""
    captures = project.value("select count(*) from captures")
    before = Shown(project).history(BEN)
    site.configure(faults={ADA: fault})
    done = project("refresh")
    *named, deferred, summary = done.err.splitlines()
    assert re.fullmatch(rf"{re.escape(reason)} until 20\d\d-\d\d-\d\d \d\d:\d\d UTC: 1 author deferred", deferred)
    assert [request["path"] for request in site.requests()] == [f"/{ROBOTS}", f"/author/{ADA}"]
    assert project.value("select count(*) from captures") == captures + 1
    assert Shown(project).newest()[0]["http_status"] == status
    if status == 200:
        assert (done.code, len(named), summary) == (0, 0, "1 of 2 authors refreshed, 1 deferred")
    else:
        assert (done.code, len(named), summary) == (3, 1, "0 of 2 authors refreshed, 1 not, 1 deferred")
    assert Shown(project).run_status == "partial"
    assert Shown(project).history(BEN) == before
    site.forget_requests()
    assert_recovers(project, site)
    if status == 200:
        assert site.requests()[1]["path"] == f"/author/{BEN}"


def test_a_quota_that_is_used_up_at_robots_txt(project: Bench, site: DemoSite) -> None:
    """Nobody was asked for, so nobody has failed."""
    site.configure(faults={ROBOTS: "rate_limited:86400"})
    done = project("refresh")
    assert done.code == 0
    assert done.err.splitlines()[0].endswith("UTC: 2 authors deferred")
    assert Shown(project).run_status == "partial"
    assert_recovers(project, site)


def test_a_budget_is_kept_to(project: Bench, site: DemoSite) -> None:
    """With two requests a run, robots.txt and one page, every run goes on where the one before stopped."""
    project.set("timeout_s = 20", "timeout_s = 20\nrequests_per_run = 2")
    for key in (ADA, BEN, ADA):
        site.forget_requests()
        done = project("refresh")
        assert (done.code, done.out) == (0, "")
        assert done.err.splitlines() == [
            "the run's 2 requests are made (fetch.requests_per_run): 1 author deferred",
            "1 of 2 authors refreshed, 1 deferred",
        ]
        assert [request["path"] for request in site.requests()] == [f"/{ROBOTS}", f"/author/{key}"]
        assert Shown(project).run_status == "partial"


def test_who_is_never_accepted_keeps_nobody_waiting(project: Bench, site: DemoSite) -> None:
    """With a budget of one page a run, an author whose page is gone is asked in turn, not first each time."""
    project.set("timeout_s = 20", "timeout_s = 20\nrequests_per_run = 2")
    site.configure(faults={ADA: "not_found"})
    for key, code in ((ADA, 3), (BEN, 0), (ADA, 3), (BEN, 0)):
        site.forget_requests()
        assert project("refresh").code == code
        assert [request["path"] for request in site.requests()] == [f"/{ROBOTS}", f"/author/{key}"]


def test_a_host_in_trouble_is_given_up(project: Bench, site: DemoSite) -> None:
    """After five pages in a row that get no answer, nobody else is tried, which is said once."""
    project.watch(*range(ADA, ADA + 20))
    site.configure(faults={"*": "reset"})
    done = project("refresh")
    assert done.code == 3
    *named, deferred, summary = done.err.splitlines()
    assert len(named) == 5
    assert deferred == (
        "127.0.0.1 failed 5 times in a row (127.0.0.1 gave no valid answer: connection reset by peer): "
        "15 authors deferred"
    )
    assert summary == "0 of 20 authors refreshed, 5 not, 15 deferred"
    assert [request["status"] for request in site.requests()] == [200] + [None] * 10
    project.watch(ADA, BEN)
    assert_recovers(project, site)
