"""The site in its process: conditional requests, compression, control, and its end."""

from __future__ import annotations

import gzip
import http.client
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from scholar_etl.demo import facts
from scholar_etl.demo.markups import MARKUPS, render
from scholar_etl.demo.site import DemoSite
from scholar_etl.demo.story import profile_on
from scholar_etl.errors import ScholarEtlError, UsageError
from scholar_etl.model import Paper, Profile

TODAY = date(2026, 11, 22)
ROOT = Path(facts.__file__).parents[2]


def get(site: DemoSite, path: str, *, method: str = "GET", **headers: str) -> tuple[http.client.HTTPResponse, bytes]:
    """Ask once on a connection of its own; underscores in header names stand for hyphens."""
    connection = http.client.HTTPConnection(urlsplit(site.url).netloc, timeout=20)
    try:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, headers=named)
        response = connection.getresponse()
        return response, response.read()
    finally:
        connection.close()


def page(key: int, day: int = 0, markup: str = "cards", today: date = TODAY) -> bytes:
    """Return the page that the site must send."""
    profile = profile_on(key, day, today)
    assert profile is not None
    return render(profile, key=key, today=today, markup=markup)


def test_an_author_page_is_its_rendered_profile(site: DemoSite) -> None:
    """What the wire brings is what `render` makes of `profile_on`, so the truth of a page is known."""
    response, body = get(site, "/author/1001")
    assert (response.status, body) == (200, page(1001))
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    assert site.author_url(1001) == f"{site.url}/author/1001"


def test_gzip_is_sent_to_those_who_take_it(site: DemoSite) -> None:
    """The compressed page unpacks to the plain one; the two have different strong validators."""
    plain, _ = get(site, "/author/1003")
    packed, body = get(site, "/author/1003", Accept_Encoding="gzip, deflate")
    assert plain.headers["Content-Encoding"] is None
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(body) == page(1003)
    assert packed.headers["ETag"] != plain.headers["ETag"]
    assert packed.headers["Vary"] == "Accept-Encoding"


@pytest.mark.parametrize("accepted", ["gzip", "identity"])
def test_an_unchanged_page_is_confirmed_with_304(site: DemoSite, accepted: str) -> None:
    """If-None-Match with the page's ETag gives 304 without a body, and the page again once it has changed."""
    first, _ = get(site, "/author/1001", Accept_Encoding=accepted)
    etag = first.headers["ETag"]
    for known in (etag, f'"other", {etag}', f"W/{etag}", "*"):
        same, nothing = get(site, "/author/1001", Accept_Encoding=accepted, If_None_Match=known)
        assert (same.status, nothing, same.headers["ETag"]) == (304, b"", etag)
    site.configure(day=1)
    changed, body = get(site, "/author/1001", Accept_Encoding=accepted, If_None_Match=etag)
    assert changed.status == 200
    assert changed.headers["ETag"] != etag
    assert body


def test_one_connection_serves_many_requests(site: DemoSite) -> None:
    """Connections are kept alive, after pages, confirmations and errors alike."""
    connection = http.client.HTTPConnection(urlsplit(site.url).netloc, timeout=20)
    connection.connect()
    kept = connection.sock
    statuses = []
    for path, headers in (("/author/1001", {}), ("/author/1001", {"If-None-Match": "*"}), ("/nowhere", {})):
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        response.read()
        statuses.append(response.status)
        assert connection.sock is kept
    connection.close()
    assert statuses == [200, 304, 404]


def test_head_has_the_headers_of_get(site: DemoSite) -> None:
    """HEAD gives the status, length and validator of the page, and no body."""
    full, body = get(site, "/author/1001")
    head, nothing = get(site, "/author/1001", method="HEAD")
    assert nothing == b""
    assert (head.status, head.headers["ETag"]) == (200, full.headers["ETag"])
    assert int(head.headers["Content-Length"]) == len(body)


@pytest.mark.parametrize("path", ["/author/999", "/author/1026", "/author/x", "/author/1001/", "/", "/paper/1"])
def test_other_addresses_are_not_found(site: DemoSite, path: str) -> None:
    """What the site does not have is a 404 that says so in words."""
    response, body = get(site, path)
    assert response.status == 404
    assert b"not found" in body


def test_robots_txt_allows_authors(site: DemoSite) -> None:
    """robots.txt opens the author pages, closes the control, and can be replaced."""
    response, body = get(site, "/robots.txt")
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert body.decode().splitlines() == ["User-agent: *", "Allow: /author/", "Disallow: /_control"]
    site.configure(robots="User-agent: *\nDisallow: /\n")
    assert get(site, "/robots.txt")[1] == b"User-agent: *\nDisallow: /\n"


@pytest.mark.parametrize("markup", MARKUPS)
def test_markup_day_and_date_change_while_it_runs(site: DemoSite, markup: str) -> None:
    """The next request after `configure` gets the new day in the new markup."""
    tomorrow = TODAY + timedelta(days=60)
    site.configure(day=4, today=tomorrow, markup=markup)
    assert get(site, "/author/1001")[1] == page(1001, 4, markup, tomorrow)


def test_a_profile_can_be_put_in_place(site: DemoSite) -> None:
    """Any profile can stand at any key, also beyond the story's authors; None takes a page away."""
    profile = facts.first_profile(1001)
    profile = replace(
        profile,
        metrics=replace(profile.metrics, h_index=28),
        papers=(*profile.papers, Paper(30, "One more", "CL", date(2026, 11, 1), authors=("Ann Lee",))),
    )
    site.configure(profiles={1001: profile, 77: Profile("Someone Else"), 1002: None})
    assert get(site, "/author/1001")[1] == render(profile, key=1001, today=TODAY, markup="cards")
    assert b'<h1 class="_name_1k9xz_12">Someone Else</h1>' in get(site, "/author/77")[1]
    assert get(site, "/author/1002")[0].status == 404
    site.configure(profiles={})
    assert get(site, "/author/1001")[1] == page(1001)


def test_single_metrics_can_be_replaced(site: DemoSite) -> None:
    """A metric can be set, or taken from the page, while the rest of the day's facts stays."""
    site.configure(metrics={1001: {"h_index": 99, "ai_score": None}})
    profile = facts.first_profile(1001)
    expected = replace(profile, metrics=replace(profile.metrics, h_index=99, ai_score=None))
    assert get(site, "/author/1001")[1] == render(expected, key=1001, today=TODAY, markup="cards")


def test_more_authors_than_the_default_can_be_served(site: DemoSite) -> None:
    """The number of authors is a setting, and the thousandth is as real as the first."""
    site.configure(authors=1_000)
    assert get(site, "/author/2000")[1] == page(2000)
    assert get(site, "/author/2001")[0].status == 404


def test_requests_are_logged_with_what_matters(site: DemoSite) -> None:
    """Each request is listed with time, method, path, status and the headers of a polite client."""
    get(site, "/author/1001", User_Agent="a/1", If_None_Match='"x"', If_Modified_Since="then")
    get(site, "/nowhere")
    first, second = site.requests()
    assert datetime.fromisoformat(first.pop("at")) <= datetime.fromisoformat(second["at"])
    assert first == {
        "method": "GET",
        "path": "/author/1001",
        "status": 200,
        "user_agent": "a/1",
        "if_none_match": '"x"',
        "if_modified_since": "then",
    }
    assert (second["path"], second["status"], second["if_none_match"]) == ("/nowhere", 404, None)
    site.forget_requests()
    assert site.requests() == []


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"faults": {1001: "gremlins"}}, "unknown fault 'gremlins'"),
        ({"markup": "marquee"}, "unknown markup 'marquee'"),
        ({"metrics": {1001: {"fame": 3}}}, "unknown metric 'fame'"),
        ({"day": -1}, "no day -1"),
    ],
)
def test_a_wrong_setting_is_refused_and_changes_nothing(
    site: DemoSite, settings: dict[str, object], complaint: str
) -> None:
    """The error says what is wrong, and the site goes on as it was."""
    with pytest.raises(UsageError, match=complaint):
        site.configure(**settings)  # type: ignore[arg-type]
    assert get(site, "/author/1001")[1] == page(1001)


def test_a_setting_of_the_wrong_form_is_refused(site: DemoSite) -> None:
    """Bad JSON and unknown names on the control endpoint are a 400 with a line of explanation."""
    connection = http.client.HTTPConnection(urlsplit(site.url).netloc, timeout=20)
    for body, complaint in (("{", "Expecting"), ('{"colour": 1}', "unknown setting"), ('{"today": 5}', "form")):
        connection.request("POST", "/_control/configure", body)
        response = connection.getresponse()
        assert response.status == 400
        assert complaint in json.loads(response.read())["error"]
    connection.close()


@pytest.fixture
def process() -> Iterator[subprocess.Popen[bytes]]:
    """Start the process as a shell would, wait until it answers, and leave none behind."""
    command = [sys.executable, "-m", "scholar_etl.demo.site", "--authors", "3"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT) as running:
        assert running.stdout is not None
        assert json.loads(running.stdout.readline())["url"].startswith("http://127.0.0.1:")
        yield running
        running.kill()


def test_the_process_ends_with_its_parents_pipe(process: subprocess.Popen[bytes]) -> None:
    """When standard input closes, as it does when the parent dies, the site ends by itself."""
    assert process.stdin is not None
    process.stdin.close()
    assert process.wait(timeout=20) == 0


def test_the_process_ends_on_sigterm(process: subprocess.Popen[bytes]) -> None:
    """The usual way to end a process works while its input is open."""
    process.terminate()
    assert process.wait(timeout=20) != 0


def test_a_site_ends_with_its_block() -> None:
    """Leaving the block ends the process, also by an error; the site can be started again."""
    site = DemoSite(authors=1, today=TODAY)
    with pytest.raises(ZeroDivisionError), site:
        _ = 1 / 0
    assert site.pid is None
    with pytest.raises(ConnectionRefusedError):
        get(site, "/")
    with site:
        assert get(site, "/author/1001")[0].status == 200


def test_a_port_in_use_is_one_clear_line(site: DemoSite) -> None:
    """A site that cannot start says which port and what to do, and leaves no process behind."""
    port = urlsplit(site.url).port
    assert port is not None
    second = DemoSite(port=port)
    with pytest.raises(ScholarEtlError, match=rf"port {port} cannot be used .*choose another"):
        second.start()
    assert second.pid is None
