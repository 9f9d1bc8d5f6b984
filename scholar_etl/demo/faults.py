"""What can go wrong with a page of the bundled site: one function a fault, found by its name.

A fault is switched on as `name` or `name:argument`; the docstrings say what the argument means.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from functools import cache

from scholar_etl.demo.answer import Answer, Ending, author_page, missing_page
from scholar_etl.demo.markups import render_other
from scholar_etl.errors import UsageError
from scholar_etl.model import Profile

BOMB_MB = 200


@dataclass(frozen=True, slots=True)
class Visit:
    """A request that meets a fault.

    `usual` is the answer without the fault, `earlier` the number of requests for this path since the site was
    last configured. `profile` is None where the path is no author's.
    """

    path: str
    usual: Answer
    earlier: int
    key: int
    profile: Profile | None
    today: date
    markup: str
    argument: str = ""

    def number(self, default: int) -> int:
        """Return the fault's argument as a number."""
        return int(self.argument or default)


Fault = Callable[[Visit], Answer]

FAULTS: dict[str, Fault] = {}


def check_fault(text: str) -> None:
    """Raise `UsageError` unless the text names a fault."""
    name = text.partition(":")[0]
    if name not in FAULTS:
        raise UsageError(f"unknown fault {name!r}: use one of {', '.join(FAULTS)}")


def answer_with(text: str, visit: Visit) -> Answer:
    """Return what is answered to a visit under the fault that the text names."""
    name, _, argument = text.partition(":")
    return FAULTS[name](replace(visit, argument=argument))


def _fault(function: Fault) -> Fault:
    FAULTS[function.__name__] = function
    return function


def _notice(title: str, message: str) -> bytes:
    return render_other("notice", title=title, message=message)


@_fault
def blocked(visit: Visit) -> Answer:
    """Answer 403 with the page of a protecting service."""
    return Answer(403, render_other("blocked", path=visit.path))


@_fault
def captcha(visit: Visit) -> Answer:
    """Answer 200 with a page that asks for proof of being human."""
    return Answer(200, render_other("captcha", path=visit.path))


@_fault
def login(visit: Visit) -> Answer:
    """Answer 200 with the sign-in page."""
    return Answer(200, render_other("login", path=visit.path))


@_fault
def maintenance(_: Visit) -> Answer:
    """Answer 503 with a page that asks for patience."""
    return Answer(
        503, _notice("Down for maintenance", "Scholar Feed is being updated and will be back in a few minutes.")
    )


@_fault
def rate_limited(visit: Visit) -> Answer:
    """Answer 429 with Retry-After: the argument as it stands, seconds or a date; 1 by default."""
    body = _notice("Too many requests", "You are sending requests too quickly. Please slow down and try again.")
    return Answer(429, body, headers=(("Retry-After", visit.argument or "1"),))


@_fault
def server_error(_: Visit) -> Answer:
    """Answer 500 with an error page."""
    return Answer(500, _notice("Something went wrong", "An unexpected error occurred on our side."))


@_fault
def flaky(visit: Visit) -> Answer:
    """Answer 500 to the first request, or to as many as the argument says, then as usual."""
    return server_error(visit) if visit.earlier < visit.number(1) else visit.usual


@_fault
def not_found(visit: Visit) -> Answer:
    """Answer 404, as for an author that the site does not have."""
    return missing_page(visit.path)


@_fault
def empty_shell(_: Visit) -> Answer:
    """Answer 200 with a page that scripts would fill: an empty root element."""
    return Answer(200, render_other("shell"))


@_fault
def empty_body(_: Visit) -> Answer:
    """Answer 200 with no body at all."""
    return Answer(200)


@_fault
def no_profile(_: Visit) -> Answer:
    """Answer 200 with an ordinary page that is no author's."""
    return Answer(200, render_other("about"))


@_fault
def truncated(visit: Visit) -> Answer:
    """Answer as usual, but close the connection halfway through the announced body."""
    return replace(visit.usual, ending=Ending.CUT)


@_fault
def slow(visit: Visit) -> Answer:
    """Send the usual answer's headers, and never a body."""
    return replace(visit.usual, ending=Ending.STALLED)


@_fault
def redirect_loop(visit: Visit) -> Answer:
    """Answer 302 to the same address."""
    return Answer(302, headers=(("Location", visit.path),))


@_fault
def redirect_private(_: Visit) -> Answer:
    """Answer 302 to the address at which cloud machines keep their secrets."""
    return Answer(302, headers=(("Location", "http://169.254.169.254/"),))


@_fault
def reset(_: Visit) -> Answer:
    """Reset the connection without a response."""
    return Answer(0, ending=Ending.RESET)


@_fault
def gzip_bomb(_: Visit) -> Answer:
    """Answer 200 with a small gzip body that unpacks to 200 MB of zeros, to any client."""
    return Answer(200, _bomb(), gzipped=True)


@_fault
def shrunk(visit: Visit) -> Answer:
    """Answer with half of the page's blocks, or as many as the argument says, under the same heading."""
    if visit.profile is None:
        return visit.usual
    papers = visit.profile.papers
    kept = papers[: visit.number(len(papers) // 2)]
    return author_page(replace(visit.profile, papers=kept), key=visit.key, today=visit.today, markup=visit.markup)


@cache
def _bomb() -> bytes:
    packer = zlib.compressobj(wbits=31)
    zeros = bytes(1_000_000)
    return b"".join([packer.compress(zeros) for _ in range(BOMB_MB)]) + packer.flush()
