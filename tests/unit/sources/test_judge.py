"""Pages that show no profile: each kind has its outcome, and a profile is never taken for one of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from scholar_etl.demo import markups
from scholar_etl.demo.facts import FIRST_KEY, first_profile
from scholar_etl.extract import extract_page, judge_response
from scholar_etl.model import Extraction, Outcome

TODAY = date(2026, 11, 22)
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
URL = f"https://www.scholarfeed.org/author/{FIRST_KEY}"


def extract(page: bytes | str) -> Extraction:
    """Return what one page says."""
    return extract_page(page.encode() if isinstance(page, str) else page, url=URL, fetched_at=NOON)


def notice(title: str, message: str) -> bytes:
    """Return one of the bundled site's plain pages."""
    return markups.render_other("notice", title=title, message=message)


PAGES = {
    "blocked": (markups.render_other("blocked", path="/author/1"), Outcome.BLOCKED),
    "captcha": (markups.render_other("captcha", path="/author/1"), Outcome.BLOCKED),
    "rate limited": (notice("Too many requests", "Please slow down."), Outcome.BLOCKED),
    "robot check": ("<title>Attention Required!</title><h1>Are you a robot?</h1>", Outcome.BLOCKED),
    "waiting room": ("<title>Just a moment...</title><p>Checking your browser</p><script></script>", Outcome.BLOCKED),
    "login": (markups.render_other("login", path="/author/1"), Outcome.LOGIN_REQUIRED),
    "login wall": ("<h1>Welcome</h1><p>Please sign in to continue.</p>", Outcome.LOGIN_REQUIRED),
    "password": ("<form><input name=user><input type=password></form><p>Hello</p>", Outcome.LOGIN_REQUIRED),
    "author not found": (notice("Author not found", "It may have been removed or merged."), Outcome.NOT_FOUND),
    "404": ("<h1>404</h1><p>Nothing here.</p>", Outcome.NOT_FOUND),
    "maintenance": (notice("Down for maintenance", "Back in a few minutes."), Outcome.UNAVAILABLE),
    "server error": (notice("Something went wrong", "An unexpected error occurred."), Outcome.UNAVAILABLE),
    "shell": (markups.render_other("shell"), Outcome.EMPTY_SHELL),
    "loading": (
        "<title>Scholar Feed</title><div id=root>Loading…</div><script src=a.js></script>",
        Outcome.EMPTY_SHELL,
    ),
    "empty": (b"", Outcome.EMPTY_SHELL),
    "frameset": ("<frameset><frame src=x></frameset>", Outcome.EMPTY_SHELL),
    "about": (markups.render_other("about"), Outcome.NOT_A_PROFILE),
    "paper": ("<h1>A Paper</h1><p>arXiv:2002.02460v1</p><p>1 citations</p><h2>AI Analysis</h2>", Outcome.NOT_A_PROFILE),
    "json": (b'{"error": "h-index"}', Outcome.NOT_A_PROFILE),
    "other": ("<h1>Weather</h1><p>Rain, 12 degrees.</p>", Outcome.NOT_A_PROFILE),
}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_without_profile_has_its_outcome(name: str) -> None:
    """The page is refused under the name of what it is, with a reason."""
    page, outcome = PAGES[name]
    extraction = extract(page)
    assert extraction.outcome is outcome
    assert extraction.profile is None
    assert extraction.problems[0].detail


@pytest.mark.parametrize(
    "words",
    [
        "Sign in to continue",
        "Solving captcha with vision models: are you a robot?",
        "Down for maintenance",
        "404: Page not found",
        "Access denied",
        "Something went wrong",
    ],
)
def test_such_words_on_a_profile_change_nothing(words: str) -> None:
    """A profile whose title, name or abstract speaks of signing in, captchas or errors stays accepted."""
    profile = first_profile(FIRST_KEY)
    papers = tuple(replace(p, title=f"{words} ({p.position})", abstract=words) for p in profile.papers)
    page = markups.render(replace(profile, papers=papers), key=FIRST_KEY, today=TODAY, markup="cards")
    page = page.replace(b"<main", f"<p>{words}</p><form><input type=password></form><main".encode(), 1)
    assert extract(page).outcome is Outcome.ACCEPTED


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (200, Outcome.ACCEPTED),
        (301, Outcome.UNAVAILABLE),
        (401, Outcome.LOGIN_REQUIRED),
        (403, Outcome.BLOCKED),
        (404, Outcome.NOT_FOUND),
        (410, Outcome.NOT_FOUND),
        (429, Outcome.BLOCKED),
        (451, Outcome.BLOCKED),
        (500, Outcome.UNAVAILABLE),
        (503, Outcome.UNAVAILABLE),
    ],
)
def test_only_a_200_is_accepted(status: int, outcome: Outcome) -> None:
    """The same good page under another status is refused by the status."""
    page = markups.render(first_profile(FIRST_KEY), key=FIRST_KEY, today=TODAY, markup="list")
    extraction = judge_response(page, status, None, "scholarfeed", URL, NOON)
    assert extraction.outcome is outcome
    assert (extraction.profile is None) == (status != 200)


def test_a_refused_page_may_tell_more_than_its_status() -> None:
    """A 403 that asks to sign in is a login, and a 401 that shows a captcha is a block."""
    login, captcha = PAGES["login"][0], PAGES["captcha"][0]
    assert isinstance(login, bytes)
    assert isinstance(captcha, bytes)
    assert judge_response(login, 403, None, "scholarfeed", URL, NOON).outcome is Outcome.LOGIN_REQUIRED
    assert judge_response(captcha, 401, None, "scholarfeed", URL, NOON).outcome is Outcome.BLOCKED


def test_no_answer_is_unavailable() -> None:
    """Without a status, or with a body that could not be read, the reason is the failure."""
    for status, error in ((None, "timed out"), (200, "the body is cut")):
        extraction = judge_response(b"<h1>x</h1>", status, error, "scholarfeed", URL, NOON)
        assert extraction.outcome is Outcome.UNAVAILABLE
        assert extraction.problems[0].detail == error
