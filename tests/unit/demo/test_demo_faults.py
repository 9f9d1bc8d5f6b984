"""The faults on the wire: each does to a client what its name says."""

from __future__ import annotations

import http.client
import re
import socket
import zlib
from html import unescape
from urllib.parse import urlsplit

import pytest

from scholar_etl.demo.faults import BOMB_MB, FAULTS, HUGE_HEADER_BYTES, HUGE_ROBOTS_BYTES
from scholar_etl.demo.site import DemoSite

PATH = "/author/1001"


def get(site: DemoSite, path: str = PATH) -> tuple[http.client.HTTPResponse, bytes]:
    """Ask once on a connection of its own, without accepting gzip."""
    connection = http.client.HTTPConnection(urlsplit(site.url).netloc, timeout=20)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response, response.read()
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("fault", "status", "words"),
    [
        ("blocked", 403, "you have been blocked"),
        ("captcha", 200, "Verify you are human"),
        ("login", 200, 'type="password"'),
        ("maintenance", 503, "Down for maintenance"),
        ("rate_limited", 429, "too quickly"),
        ("server_error", 500, "Something went wrong"),
        ("not_found", 404, "Author not found"),
        ("empty_shell", 200, '<div id="root"></div>'),
        ("no_profile", 200, "About Scholar Feed"),
    ],
)
def test_fault_pages_have_their_status_and_words(site: DemoSite, fault: str, status: int, words: str) -> None:
    """The page reads like a real one of its kind, and holds nothing of the profile."""
    site.configure(faults={1001: fault})
    response, body = get(site)
    assert response.status == status
    assert words in body.decode()
    assert b"h-index" not in body
    assert response.headers["ETag"] is None
    assert site.requests()[-1]["status"] == status


@pytest.mark.parametrize(("fault", "header"), [("rate_limited", "1"), ("rate_limited:2", "2")])
def test_rate_limited_says_when_to_come_back(site: DemoSite, fault: str, header: str) -> None:
    """Retry-After is a second unless the argument says otherwise."""
    site.configure(faults={1001: fault})
    assert get(site)[0].headers["Retry-After"] == header


def test_rate_limited_can_name_a_date(site: DemoSite) -> None:
    """Retry-After may be a date, whose colons belong to the argument."""
    when = "Sun, 22 Nov 2026 10:00:00 GMT"
    site.configure(faults={1001: f"rate_limited:{when}"})
    assert get(site)[0].headers["Retry-After"] == when


@pytest.mark.parametrize(("fault", "failures"), [("flaky", 1), ("flaky:3", 3)])
def test_flaky_recovers(site: DemoSite, fault: str, failures: int) -> None:
    """An author's first requests fail, then the page comes; each author is counted apart, and anew when set."""
    for _ in range(2):
        site.configure(faults={"*": fault})
        for path in (PATH, "/author/1002"):
            statuses = [get(site, path)[0].status for _ in range(failures + 2)]
            assert statuses == [500] * failures + [200, 200]


def test_empty_body_is_empty(site: DemoSite) -> None:
    """The answer is a 200 that announces and sends no byte."""
    site.configure(faults={1001: "empty_body"})
    response, body = get(site)
    assert (response.status, response.headers["Content-Length"], body) == (200, "0", b"")


def test_truncated_announces_more_than_it_sends(site: DemoSite) -> None:
    """The connection closes before the body is as long as Content-Length said."""
    site.configure(faults={1001: "truncated"})
    with pytest.raises(http.client.IncompleteRead) as caught:
        get(site)
    assert caught.value.partial.startswith(b"<!DOCTYPE html>")
    assert caught.value.expected


def test_slow_sends_headers_and_no_body(site: DemoSite) -> None:
    """Headers come at once, the body never; when the client goes away the site serves others."""
    site.configure(faults={1001: "slow"})
    with socket.create_connection(("127.0.0.1", urlsplit(site.url).port or 0), timeout=20) as client:
        client.sendall(f"GET {PATH} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        received = b""
        while not received.endswith(b"\r\n\r\n"):
            received += client.recv(4096)
        assert received.startswith(b"HTTP/1.1 200 ")
        assert int(re.findall(rb"Content-Length: (\d+)", received)[0]) > 0
        client.settimeout(0.05)
        with pytest.raises(TimeoutError):
            client.recv(1)
        assert get(site, "/author/1002")[0].status == 200


def test_redirect_loop_leads_to_itself(site: DemoSite) -> None:
    """The address answered is the address asked for."""
    site.configure(faults={1001: "redirect_loop"})
    response, _ = get(site)
    assert (response.status, response.headers["Location"]) == (302, PATH)


def test_redirect_private_leads_to_a_link_local_address(site: DemoSite) -> None:
    """The address is the one that clients must refuse to follow to."""
    site.configure(faults={1001: "redirect_private"})
    response, _ = get(site)
    assert (response.status, response.headers["Location"]) == (302, "http://169.254.169.254/")


def test_reset_gives_no_response(site: DemoSite) -> None:
    """The client's connection breaks before a status line; the log has the request without a status."""
    site.configure(faults={1001: "reset"})
    with pytest.raises(ConnectionResetError):
        get(site)
    assert site.requests()[-1]["status"] is None


def test_gzip_bomb_is_small_until_unpacked(site: DemoSite) -> None:
    """Less than a megabyte on the wire holds 200 MB of zeros, sent to a client that did not ask for gzip."""
    site.configure(faults={1001: "gzip_bomb"})
    response, body = get(site)
    assert response.headers["Content-Encoding"] == "gzip"
    assert len(body) < 1_000_000
    unpacker, size = zlib.decompressobj(wbits=31), 0
    while piece := unpacker.decompress(body, 1 << 20):
        body = unpacker.unconsumed_tail
        size += len(piece)
    assert size == BOMB_MB * 1_000_000


@pytest.mark.parametrize(("fault", "blocks"), [("shrunk", 14), ("shrunk:3", 3), ("shrunk:0", 0)])
def test_shrunk_keeps_the_heading(site: DemoSite, fault: str, blocks: int) -> None:
    """The page announces 29 papers and shows fewer."""
    site.configure(faults={1001: fault}, markup="list")
    body = get(site)[1].decode()
    assert "<h2>29 Papers</h2>" in body
    assert body.count("<h3>") == blocks


@pytest.mark.parametrize(("fault", "shown"), [("reworded:AI Score=AI rating", "AI rating"), ("reworded", "AI Score")])
def test_reworded_says_it_otherwise(site: DemoSite, fault: str, shown: str) -> None:
    """The words of the argument are replaced wherever they stand, and nothing else is."""
    site.configure(faults={1001: fault}, markup="list")
    body = get(site)[1].decode()
    assert f"<li>{shown} 55</li>" in body
    site.configure(faults={})
    assert get(site)[1].decode() == body.replace(shown, "AI Score")


def test_the_story_blocks_a_page_for_a_day(site: DemoSite) -> None:
    """The planned fault comes on its day, goes on the next, and can be lifted for its author alone."""
    statuses = []
    for day in (1, 2, 3):
        site.configure(day=day)
        statuses.append(get(site, "/author/1004")[0].status)
    assert statuses == [200, 403, 200]
    site.configure(day=2, faults={1004: None})
    assert get(site, "/author/1004")[0].status == 200


def test_an_authors_own_fault_comes_before_that_of_all(site: DemoSite) -> None:
    """`*` means every author that has no entry; other addresses keep working."""
    site.configure(faults={"*": "server_error", 1001: "blocked", 1002: None})
    statuses = [get(site, path)[0].status for path in (PATH, "/author/1002", "/author/1003", "/robots.txt")]
    assert statuses == [403, 200, 500, 200]


def test_robots_txt_can_fail(site: DemoSite) -> None:
    """robots.txt takes faults under its own name, and authors are not touched by it."""
    site.configure(faults={"robots.txt": "server_error"})
    assert get(site, "/robots.txt")[0].status == 500
    assert get(site)[0].status == 200


def test_a_fault_goes_when_it_is_lifted(site: DemoSite) -> None:
    """After the last fault is taken away the page is what it was before."""
    _, before = get(site)
    site.configure(faults={1001: "captcha"})
    assert get(site)[1] != before
    site.configure(faults={})
    assert get(site)[1] == before


def raw(site: DemoSite) -> bytes:
    """Return every byte that is sent on a connection of its own."""
    with socket.create_connection(("127.0.0.1", urlsplit(site.url).port or 0), timeout=20) as client:
        client.sendall(f"GET {PATH} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        received = b""
        while piece := client.recv(65_536):
            received += piece
        return received


@pytest.mark.parametrize(("fault", "status"), [("server_error:503", 503), ("flaky:1", 500)])
def test_an_error_has_the_status_of_its_argument(site: DemoSite, fault: str, status: int) -> None:
    """A number behind server_error is the status; one behind flaky is not."""
    site.configure(faults={1001: fault})
    assert get(site)[0].status == status


def test_maintenance_can_say_for_how_long(site: DemoSite) -> None:
    """Its argument is Retry-After."""
    site.configure(faults={1001: "maintenance:3600"})
    assert get(site)[0].headers["Retry-After"] == "3600"


@pytest.mark.parametrize(("fault", "reset"), [("quota_used_up", "1"), ("quota_used_up:1764115200", "1764115200")])
def test_a_quota_is_told_beside_the_page(site: DemoSite, fault: str, reset: str) -> None:
    """The page is the usual one, and 304 for who has it; each says that nothing remains."""
    usual = get(site)[1]
    site.configure(faults={1001: fault})
    response, body = get(site)
    assert body == usual
    assert (response.headers["X-RateLimit-Remaining"], response.headers["X-RateLimit-Reset"]) == ("0", reset)


@pytest.mark.parametrize("fault", ["silent", "dripping"])
def test_who_waits_gets_next_to_nothing(site: DemoSite, fault: str) -> None:
    """No byte, or the headers and a first byte; others are served in the meantime."""
    site.configure(faults={1001: fault})
    with socket.create_connection(("127.0.0.1", urlsplit(site.url).port or 0), timeout=20) as client:
        client.sendall(f"GET {PATH} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        if fault == "dripping":
            received = b""
            while not received.partition(b"\r\n\r\n")[2]:
                received += client.recv(1)
            assert received.partition(b"\r\n\r\n")[2] == b"<"
        else:
            client.settimeout(0.05)
            with pytest.raises(TimeoutError):
                client.recv(1)
        assert get(site, "/author/1002")[0].status == 200


@pytest.mark.parametrize(("fault", "factor"), [("too_long", 2.0), ("too_short", 0.5)])
def test_the_length_is_a_lie(site: DemoSite, fault: str, factor: float) -> None:
    """The whole page is sent, under a Content-Length that is not its own, and the connection ends with it."""
    usual = get(site)[1]
    site.configure(faults={1001: fault})
    head, _, body = raw(site).partition(b"\r\n\r\n")
    assert body == usual
    assert int(re.findall(rb"Content-Length: (\d+)", head)[0]) == int(len(body) * factor)


def test_what_is_no_http(site: DemoSite) -> None:
    """A line of another protocol, and the end."""
    site.configure(faults={1001: "not_http"})
    assert raw(site).startswith(b"SSH-")
    assert site.requests()[-1]["status"] is None


def test_huge_headers_come_with_the_page(site: DemoSite) -> None:
    """More than any client should keep of a head."""
    site.configure(faults={1001: "huge_headers"})
    assert len(raw(site).partition(b"\r\n\r\n")[0]) > HUGE_HEADER_BYTES


def test_huge_robots_has_rules_at_both_ends(site: DemoSite) -> None:
    """Five megabytes lie between them."""
    site.configure(faults={"robots.txt": "huge_robots"})
    body = get(site, "/robots.txt")[1]
    assert body.startswith(b"User-agent: *\nDisallow: /author/1002\n")
    assert body.endswith(b"\nDisallow: /author/1001\n")
    assert len(body) > HUGE_ROBOTS_BYTES


@pytest.mark.parametrize(("fault", "where"), [("moved", "/"), ("moved:http://10.0.0.1/x", "http://10.0.0.1/x")])
def test_moved_leads_where_it_is_told(site: DemoSite, fault: str, where: str) -> None:
    """Its argument is the address, colons and all."""
    site.configure(faults={1001: fault})
    response, _ = get(site)
    assert (response.status, response.headers["Location"]) == (301, where)


@pytest.mark.parametrize("fault", ["gzip_cut", "gzip_claimed", "brotli"])
def test_encodings_that_cannot_be_undone(site: DemoSite, fault: str) -> None:
    """Content-Length is right; the body is not what Content-Encoding says, or is only the beginning of it."""
    site.configure(faults={1001: fault})
    response, body = get(site)
    if fault == "brotli":
        assert (response.headers["Content-Encoding"], body[:1]) == ("br", b"\x0b")
        return
    assert response.headers["Content-Encoding"] == "gzip"
    unpacker = zlib.decompressobj(wbits=31)
    if fault == "gzip_claimed":
        with pytest.raises(zlib.error):
            unpacker.decompress(body)
    else:
        assert unpacker.decompress(body).startswith(b"<!DOCTYPE html>")
        assert not unpacker.eof


def test_latin_2_is_told_by_the_page_alone(site: DemoSite) -> None:
    """The bytes are ISO-8859-2, and no header says so; what that charset lacks is written as a reference."""
    usual = get(site)[1].decode()
    site.configure(faults={1001: "latin_2"})
    response, body = get(site)
    assert response.headers["Content-Type"] == "text/html"
    assert '<meta charset="iso-8859-2">' in body.decode("iso-8859-2")
    assert unescape(body.decode("iso-8859-2")).replace("iso-8859-2", "utf-8") == unescape(usual)


@pytest.mark.parametrize(
    ("fault", "content_type", "beginning"),
    [("html_as_json", "application/json", b"<!DOCTYPE html>"), ("json_as_html", "text/html; charset=utf-8", b"{")],
)
def test_content_types_that_are_wrong(site: DemoSite, fault: str, content_type: str, beginning: bytes) -> None:
    """The header says one thing, the body is the other."""
    site.configure(faults={1001: fault})
    response, body = get(site)
    assert (response.headers["Content-Type"], body[: len(beginning)]) == (content_type, beginning)


def test_a_token_is_never_the_same(site: DemoSite) -> None:
    """Two pages in a row differ in it and in nothing else."""
    usual = get(site)[1]
    site.configure(faults={1001: "token"})
    pages = {get(site)[1] for _ in range(3)}
    assert len(pages) == 3
    assert {re.sub(rb'<input type="hidden"[^>]*>', b"", page) for page in pages} == {usual}


def test_a_weak_etag_is_known_again(site: DemoSite) -> None:
    """It begins with W/, and who sends it back gets 304, as with the strong one."""
    site.configure(faults={1001: "weak_etag"})
    etag = get(site)[0].headers["ETag"]
    assert etag.startswith('W/"')
    connection = http.client.HTTPConnection(urlsplit(site.url).netloc, timeout=20)
    connection.request("GET", PATH, headers={"If-None-Match": etag})
    assert connection.getresponse().status == 304
    connection.close()


def test_unasked_304_needs_no_condition(site: DemoSite) -> None:
    """It comes whatever was asked."""
    site.configure(faults={1001: "unasked_304"})
    response, body = get(site)
    assert (response.status, body) == (304, b"")


def test_every_fault_is_played_here() -> None:
    """No fault is without a test in this file."""
    played = set(re.findall(r'"([a-z_0-9]+)(?::[^"]*)?"', open(__file__, encoding="utf-8").read()))  # noqa: PTH123, SIM115
    assert set(FAULTS) <= played
