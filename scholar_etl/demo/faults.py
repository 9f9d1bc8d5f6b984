"""What can go wrong with a page of the bundled site: one function a fault, found by its name.

A fault is switched on as `name` or `name:argument`; the docstrings say what the argument means.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from functools import cache

from scholar_etl.demo.answer import HTML, Answer, Ending, author_page, missing_page
from scholar_etl.demo.markups import render_other
from scholar_etl.errors import UsageError
from scholar_etl.model import Profile

BOMB_MB = 200
HUGE_HEADER_BYTES = 300_000
HUGE_ROBOTS_BYTES = 5_000_000


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


def _plain(usual: Answer) -> Answer:
    """Return the usual answer uncompressed and without its validator, so that it goes out as it is."""
    body = gzip.decompress(usual.body) if usual.gzipped else usual.body
    return replace(usual, body=body, gzipped=False, etag=None)


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
def maintenance(visit: Visit) -> Answer:
    """Answer 503 with a page that asks for patience; with Retry-After where the argument says when."""
    body = _notice("Down for maintenance", "Scholar Feed is being updated and will be back in a few minutes.")
    return Answer(503, body, headers=(("Retry-After", visit.argument),) if visit.argument else ())


@_fault
def rate_limited(visit: Visit) -> Answer:
    """Answer 429 with Retry-After: the argument as it stands, seconds or a date; 1 by default."""
    body = _notice("Too many requests", "You are sending requests too quickly. Please slow down and try again.")
    return Answer(429, body, headers=(("Retry-After", visit.argument or "1"),))


@_fault
def quota_used_up(visit: Visit) -> Answer:
    """Answer as usual, with nothing left of the quota until X-RateLimit-Reset: the argument as it stands."""
    limits = (("X-RateLimit-Limit", "60"), ("X-RateLimit-Remaining", "0"), ("X-RateLimit-Reset", visit.argument or "1"))
    return replace(visit.usual, headers=(*visit.usual.headers, *limits))


@_fault
def server_error(visit: Visit) -> Answer:
    """Answer 500, or the status that is the argument, with an error page."""
    return Answer(visit.number(500), _notice("Something went wrong", "An unexpected error occurred on our side."))


@_fault
def flaky(visit: Visit) -> Answer:
    """Answer 500 to the first request, or to as many as the argument says, then as usual."""
    return server_error(replace(visit, argument="")) if visit.earlier < visit.number(1) else visit.usual


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
def silent(_: Visit) -> Answer:
    """Take the request, and say nothing."""
    return Answer(0, ending=Ending.SILENT)


@_fault
def slow(visit: Visit) -> Answer:
    """Send the usual answer's headers, and never a body."""
    return replace(visit.usual, ending=Ending.STALLED)


@_fault
def dripping(visit: Visit) -> Answer:
    """Send the usual answer's headers, and of its body a byte now and then."""
    return replace(visit.usual, ending=Ending.DRIPPING)


@_fault
def too_long(visit: Visit) -> Answer:
    """Answer as usual, but claim a Content-Length of twice the body's, and close the connection behind it."""
    plain = _plain(visit.usual)
    return replace(plain, length=2 * len(plain.body))


@_fault
def too_short(visit: Visit) -> Answer:
    """Answer as usual, but claim a Content-Length of half the body's: a client sees a page that stops."""
    plain = _plain(visit.usual)
    return replace(plain, length=len(plain.body) // 2)


@_fault
def moved(visit: Visit) -> Answer:
    """Answer 301 to the address that is the argument, the site's first page by default."""
    return Answer(301, headers=(("Location", visit.argument or "/"),))


@_fault
def redirect_loop(visit: Visit) -> Answer:
    """Answer 302 to the same address."""
    return Answer(302, headers=(("Location", visit.path),))


@_fault
def redirect_private(_: Visit) -> Answer:
    """Answer 302 to the address at which cloud machines keep their secrets."""
    return Answer(302, headers=(("Location", "http://169.254.169.254/"),))


@_fault
def not_http(_: Visit) -> Answer:
    """Answer with a greeting of another protocol."""
    return Answer(0, b"SSH-2.0-OpenSSH_9.2\r\n", ending=Ending.RAW)


@_fault
def huge_headers(visit: Visit) -> Answer:
    """Answer as usual, with a header of 300 KB."""
    return replace(visit.usual, headers=(*visit.usual.headers, ("X-Padding", "x" * HUGE_HEADER_BYTES)))


@_fault
def huge_robots(_: Visit) -> Answer:
    """Answer 200 with a text of 5 MB: rules for robots, a comment without end, and one more rule behind it."""
    rules = b"User-agent: *\nDisallow: /author/1002\n#"
    return Answer(200, rules.ljust(HUGE_ROBOTS_BYTES, b"#") + b"\nDisallow: /author/1001\n", "text/plain")


@_fault
def reset(_: Visit) -> Answer:
    """Reset the connection without a response."""
    return Answer(0, ending=Ending.RESET)


@_fault
def gzip_bomb(_: Visit) -> Answer:
    """Answer 200 with a small gzip body that unpacks to 200 MB of zeros, to any client."""
    return Answer(200, _bomb(), gzipped=True)


@_fault
def gzip_cut(visit: Visit) -> Answer:
    """Answer as usual, but with a gzip body of which the second half is missing: its Content-Length is right."""
    return replace(visit.usual, body=visit.usual.body[: len(visit.usual.body) // 2], etag=None)


@_fault
def gzip_claimed(visit: Visit) -> Answer:
    """Answer as usual, uncompressed, and say that it is gzip."""
    return replace(_plain(visit.usual), gzipped=True)


@_fault
def brotli(_: Visit) -> Answer:
    """Answer 200 with a body that says to be brotli, which no client of ours has asked for."""
    return Answer(200, b"\x0b\x02\x80page\x03", headers=(("Content-Encoding", "br"),))


@_fault
def latin_2(visit: Visit) -> Answer:
    """Answer as usual, in ISO-8859-2, which the page alone says: the header names no charset."""
    page = _plain(visit.usual)
    text = page.body.decode().replace('<meta charset="utf-8">', '<meta charset="iso-8859-2">')
    return replace(page, body=text.encode("iso-8859-2", "xmlcharrefreplace"), content_type="text/html")


@_fault
def html_as_json(visit: Visit) -> Answer:
    """Answer as usual, and say that it is JSON."""
    return replace(visit.usual, content_type="application/json")


@_fault
def json_as_html(_: Visit) -> Answer:
    """Answer 200 with a JSON document, and say that it is HTML."""
    return Answer(200, b'{"error": null, "author": {"h-index": 0, "papers": 0, "citations": 0}}', HTML)


@_fault
def token(visit: Visit) -> Answer:
    """Answer as usual, with a hidden number that is another one at every request."""
    page = _plain(visit.usual)
    hidden = f'<input type="hidden" name="csrf" value="{visit.earlier:032x}">'
    return replace(page, body=page.body.replace(b"</body>", f"{hidden}</body>".encode()))


@_fault
def weak_etag(visit: Visit) -> Answer:
    """Answer as usual, with a weak validator."""
    return replace(visit.usual, etag=f"W/{visit.usual.etag}" if visit.usual.etag else None)


@_fault
def unasked_304(_: Visit) -> Answer:
    """Answer 304, whether or not a condition was sent."""
    return Answer(304)


@_fault
def shrunk(visit: Visit) -> Answer:
    """Answer with half of the page's blocks, or as many as the argument says, under the same heading."""
    if visit.profile is None:
        return visit.usual
    papers = visit.profile.papers
    kept = papers[: visit.number(len(papers) // 2)]
    return author_page(replace(visit.profile, papers=kept), key=visit.key, today=visit.today, markup=visit.markup)


@_fault
def reworded(visit: Visit) -> Answer:
    """Answer as usual, with other words: the argument says `old=new`, as they stand in the page."""
    old, _, new = visit.argument.partition("=")
    page = _plain(visit.usual)
    return replace(page, body=page.body.replace(old.encode(), new.encode()) if old else page.body)


@cache
def _bomb() -> bytes:
    packer = zlib.compressobj(wbits=31)
    zeros = bytes(1_000_000)
    return b"".join([packer.compress(zeros) for _ in range(BOMB_MB)]) + packer.flush()
