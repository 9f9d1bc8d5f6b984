"""What a page is when it is no profile: blocked, a login, not found, empty, or something else.

Asked only when a page shows none of what a profile shows, so that a "Sign in" in the navigation or a paper about
captchas never turns a good page into a refusal.
"""

from __future__ import annotations

import re

from scholar_etl.model import Outcome
from scholar_etl.sources.dom import Page

# In this order: a block page may speak of signing in, and a login page of what was not found.
_SIGNS: tuple[tuple[Outcome, re.Pattern[str]], ...] = (
    (
        Outcome.BLOCKED,
        re.compile(
            r"captcha|verify (?:that )?you(?:'|’| a)?re (?:a )?(?:not a robot|human)|are you (?:a )?(?:human|robot)"
            r"|not a robot|unusual (?:traffic|activity)|access (?:to this page )?(?:is |has been )?(?:denied|blocked)"
            r"|(?:you|your (?:ip|request)s?)(?: address)? (?:have|has) been (?:temporarily )?blocked"
            r"|checking your browser|just a moment\b|security check|too many requests|rate limit(?:ed)?\b"
            r"|attention required|request blocked|forbidden",
            re.IGNORECASE,
        ),
    ),
    (
        Outcome.UNAVAILABLE,
        re.compile(
            r"maintenance|temporarily (?:unavailable|down)|service unavailable|be (?:right )?back (?:soon|shortly)"
            r"|internal server error|bad gateway|gateway time-?out|something went wrong|try again later",
            re.IGNORECASE,
        ),
    ),
    (
        Outcome.NOT_FOUND,
        re.compile(
            r"(?:author|page|profile|user)(?: was| could)? not (?:be )?found|no such (?:author|page|profile)"
            r"|\b404\b|does(?: not|n['’]t) exist|no longer (?:exists|available)",
            re.IGNORECASE,
        ),
    ),
    (
        Outcome.LOGIN_REQUIRED,
        re.compile(
            r"(?:sign|log) ?in to (?:continue|view|see|access)|(?:please|must|need to) (?:sign|log) ?in"
            r"|login required|members only",
            re.IGNORECASE,
        ),
    ),
)
_SHELL_LIMIT = 60


def judge_page(page: Page) -> tuple[Outcome, str]:
    """Return the outcome of a page that shows no profile, and the words that decided it."""
    shown = " ".join(t.text for t in page.texts)
    for outcome, sign in _SIGNS:
        match = sign.search(f"{page.title} {shown}"[:20_000])
        if match:
            return outcome, f"the page says {match[0]!r}"
    if page.has_password_field:
        return Outcome.LOGIN_REQUIRED, "the page asks for a password"
    if not shown:
        return Outcome.EMPTY_SHELL, "the page shows no text"
    if page.has_scripts and len(shown) < _SHELL_LIMIT:
        return Outcome.EMPTY_SHELL, f"the page shows only {shown!r} and scripts"
    return Outcome.NOT_A_PROFILE, "the page shows neither an author's metrics nor a heading 'N Papers'"
