"""What the bundled site answers to a request, before it is put on the wire."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from datetime import date
from enum import Enum, auto
from hashlib import blake2b

from scholar_etl.demo import markups
from scholar_etl.model import Profile

HTML = "text/html; charset=utf-8"


class Ending(Enum):
    """How far an answer gets, and what comes then."""

    COMPLETE = auto()  # all of it
    CUT = auto()  # half of the body, then the connection is closed
    STALLED = auto()  # the headers alone, on a connection that stays open
    DRIPPING = auto()  # the headers, then a byte of the body now and then
    SILENT = auto()  # nothing, on a connection that stays open
    RAW = auto()  # the body alone, without a status and headers
    RESET = auto()  # nothing, and the connection is reset


@dataclass(frozen=True, slots=True)
class Answer:
    """A response as planned. `body` is compressed where `gzipped` says so.

    With an `etag` (quoted, of the uncompressed body; `W/` before it says that it is a weak one) the answer is
    conditional, and is sent uncompressed to clients that do not take gzip. Without one it goes out as it is, whatever
    the client accepts. `length` is what Content-Length claims, None for the truth.
    """

    status: int
    body: bytes = b""
    content_type: str = HTML
    headers: tuple[tuple[str, str], ...] = ()
    gzipped: bool = False
    etag: str | None = None
    length: int | None = None
    ending: Ending = Ending.COMPLETE


def author_page(profile: Profile, *, key: int, today: date, markup: str) -> Answer:
    """Return the page of an author."""
    body = markups.render(profile, key=key, today=today, markup=markup)
    etag = f'"{blake2b(body, digest_size=16).hexdigest()}"'
    return Answer(200, gzip.compress(body, compresslevel=6, mtime=0), gzipped=True, etag=etag)


def missing_page(path: str) -> Answer:
    """Return the 404 page for a path of the site."""
    what = "Author" if path.startswith("/author/") else "Page"
    message = f"We could not find what you were looking for. The {what.lower()} may have been removed or merged."
    return Answer(404, markups.render_other("notice", title=f"{what} not found", message=message))
