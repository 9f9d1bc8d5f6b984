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
    """How far an answer gets: all of it, half of the body announced, the headers alone, nothing."""

    COMPLETE = auto()
    CUT = auto()
    STALLED = auto()
    RESET = auto()


@dataclass(frozen=True, slots=True)
class Answer:
    """A response as planned. `body` is compressed where `gzipped` says so.

    With an `etag` (quoted, of the uncompressed body) the answer is conditional, and is sent uncompressed to
    clients that do not take gzip. Without one it goes out as it is, whatever the client accepts.
    """

    status: int
    body: bytes = b""
    content_type: str = HTML
    headers: tuple[tuple[str, str], ...] = ()
    gzipped: bool = False
    etag: str | None = None
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
