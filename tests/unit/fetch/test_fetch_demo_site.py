"""The fetcher and the archive against the bundled site: a whole refresh's worth of captures, and its faults."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from scholar_etl.archive import Archive
from scholar_etl.clock import utc_now
from scholar_etl.demo.facts import FIRST_KEY
from scholar_etl.demo.site import DemoSite
from scholar_etl.fetch import Fetcher
from scholar_etl.model import Capture, Original, Request
from scholar_etl.settings import FetchSettings

KEYS = range(FIRST_KEY, FIRST_KEY + 5)


@pytest.fixture
def site() -> Iterator[DemoSite]:
    """Serve five authors."""
    with DemoSite(authors=len(KEYS), today=date(2026, 11, 22)) as site:
        yield site


def test_a_second_round_stores_nothing_twice(site: DemoSite, settings: FetchSettings, tmp_path: Path) -> None:
    """Unchanged pages come back as 304 and become revisits, whose bodies are those of the first round."""

    def fetch(known: dict[str, Capture]) -> dict[str, Capture]:
        requests = []
        for key in KEYS:
            author_id = f"scholarfeed:{key}"
            etag = known[author_id].etag if known else None
            requests.append(Request(author_id, "scholarfeed", site.author_url(key), etag))
        captures = {}
        with Fetcher(settings, clock=utc_now) as fetcher, Archive(tmp_path) as archive:
            for response in fetcher.fetch_all(requests):
                first = known.get(response.request.author_id)
                original = first and Original(
                    first.capture_id,
                    first.url,
                    first.fetched_at,
                    first.payload_digest or "",
                    first.warc_file,
                    first.warc_offset,
                )
                capture = archive.append(response, run_id="run", original=original)
                captures[capture.author_id] = capture
        return captures

    before = fetch({})
    after = fetch(before)
    assert {capture.http_status for capture in before.values()} == {200}
    assert {capture.http_status for capture in after.values()} == {304}
    archive = Archive(tmp_path)
    assert [capture for capture, _ in archive.scan()] == [*before.values(), *after.values()]
    for author_id, capture in after.items():
        assert b"<html" in archive.body_of(capture, before[author_id])


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize(
    ("fault", "status", "error"),
    [
        ("flaky", 200, None),
        ("server_error", 500, None),
        ("blocked", 403, None),
        ("rate_limited:3600", 429, None),
        ("empty_body", 200, None),
        ("truncated", 200, "127.0.0.1 cut the body short: "),
        ("slow", 200, "127.0.0.1 stopped sending for 0.5 s"),
        ("reset", None, "127.0.0.1 gave no valid answer: connection reset by peer"),
        ("gzip_bomb", 200, "body larger than 5 MB"),
        ("redirect_loop", 302, "127.0.0.1 redirects more than 5 times"),
        ("redirect_private", 302, "refused: 169.254.169.254 is a link-local address"),
    ],
)
def test_every_fault_is_a_response(
    site: DemoSite, settings: FetchSettings, fault: str, status: int | None, error: str | None
) -> None:
    """Whatever the site does, one response comes back, with what came and one line for what did not."""
    site.configure(faults={KEYS[0]: fault})
    changed = settings.model_copy(update={"timeout_s": 0.5, "respect_robots": False} if fault == "slow" else {})
    request = Request("scholarfeed:1", "scholarfeed", site.author_url(KEYS[0]))
    with Fetcher(changed, clock=utc_now) as fetcher:
        [response] = fetcher.fetch_all([request])
    assert response.status == status
    assert (response.error or "").startswith(error or "")
    assert (response.error is None) == (error is None)
