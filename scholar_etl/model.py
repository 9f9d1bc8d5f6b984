"""Plain data: what the steps of the pipeline hand to one another.

Every `datetime` here is aware and in UTC. `None` means "not shown" or "not known", never zero.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from hashlib import blake2b
from typing import Any, Literal


class Outcome(StrEnum):
    """What a response turned out to be. Only `ACCEPTED` reaches history."""

    ACCEPTED = "accepted"
    QUARANTINED = "quarantined"
    BLOCKED = "blocked"
    LOGIN_REQUIRED = "login_required"
    NOT_FOUND = "not_found"
    UNAVAILABLE = "unavailable"
    EMPTY_SHELL = "empty_shell"
    NOT_A_PROFILE = "not_a_profile"


class Severity(StrEnum):
    """An `ERROR` refuses the page, a `WARNING` accepts and flags it."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong or doubtful on a page: the rule that saw it, and what it saw."""

    rule: str
    severity: Severity
    detail: str


# Stands for None in hashes. No page can show it: HTML has no NUL.
_NOT_SHOWN = "\0"


def hash_texts(texts: list[str]) -> bytes:
    """Return BLAKE2b, 128 bit, of a list of texts. Lengths go in too, so that ["ab", "c"] and ["a", "bc"] differ."""
    return blake2b(f"{[*map(len, texts)]}{''.join(texts)}".encode(), digest_size=16).digest()


def shown(text: str | None) -> str:
    """Return a text as it goes into a hash: nothing shown and an empty text differ."""
    return _NOT_SHOWN if text is None else text


class _Hashed:
    """Keeps a hash once it is made: what is hashed cannot change. No field, so that copies begin without it."""

    __slots__ = ("_hash",)
    _hash: bytes

    def _remember(self, texts: Callable[[], list[str]]) -> bytes:
        try:
            return self._hash
        except AttributeError:
            object.__setattr__(self, "_hash", hash_texts(texts()))
            return self._hash


@dataclass(frozen=True, slots=True)
class Metrics:
    """An author's figures as the page shows them. `novelty_pct` and `ai_score` are 0 to 100."""

    h_index: int | None = None
    paper_count: int | None = None
    citation_count: int | None = None
    novelty_pct: int | None = None
    ai_score: int | None = None


METRIC_NAMES: tuple[str, ...] = Metrics.__slots__


@dataclass(frozen=True, slots=True)
class Paper(_Hashed):
    """One paper block of a listing. `position` counts from 1 in page order (the site's ranking)."""

    position: int
    title: str
    category: str | None = None
    published_on: date | None = None
    has_code: bool = False
    authors: tuple[str, ...] = ()
    et_al: bool = False
    affiliation: str | None = None
    abstract: str | None = None
    arxiv_id: str | None = None
    arxiv_category: str | None = None
    paper_id: str = ""

    @property
    def content_hash(self) -> bytes:
        """BLAKE2b, 128 bit, of all that a version of the paper holds: everything but its place and its ids."""
        return self._remember(self.content)

    def content(self) -> list[str]:
        """Return what `content_hash` is made of, as texts."""
        return [
            self.title,
            shown(self.abstract),
            shown(self.category),
            shown(self.arxiv_category),
            self.published_on.isoformat() if self.published_on else _NOT_SHOWN,
            "code" if self.has_code else "",
            "et al." if self.et_al else "",
            shown(self.affiliation),
            *self.authors,
        ]


@dataclass(frozen=True, slots=True)
class Profile(_Hashed):
    """An author page's facts. `heading_count` is the N of the heading "N Papers".

    `layout` is no fact: the tags down to where some parts stood (`{"name": "body/main/h1"}`), without those that the
    page does not have.
    """

    name: str
    field: str | None = None
    metrics: Metrics = Metrics()
    papers: tuple[Paper, ...] = ()
    heading_count: int | None = None
    listing_complete: bool = False
    layout: Mapping[str, str] = dataclasses.field(default_factory=dict, compare=False, repr=False)

    @property
    def listing_hash(self) -> bytes:
        """BLAKE2b, 128 bit, of the papers, with their places and ids."""
        return self._remember(self._listing)

    def _listing(self) -> list[str]:
        texts: list[str] = []
        for paper in self.papers:
            content = paper.content()
            texts += (str(paper.position), paper.paper_id, str(len(content)))
            texts += content
        return texts


@dataclass(frozen=True, slots=True)
class Extraction:
    """What one page, judged alone, says. `profile` is set only when the outcome is `ACCEPTED`."""

    source: str
    outcome: Outcome
    extractor_version: int
    profile: Profile | None = None
    problems: tuple[Problem, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form of `scholar-etl extract`: plain types, dates in ISO 8601."""
        author: dict[str, Any] = {"name": None, "field": None}
        metrics: dict[str, Any] = dict.fromkeys(METRIC_NAMES)
        papers: list[dict[str, Any]] = []
        complete = None
        if self.profile is not None:
            author = {"name": self.profile.name, "field": self.profile.field}
            metrics = {name: getattr(self.profile.metrics, name) for name in METRIC_NAMES}
            complete = self.profile.listing_complete
            papers = [
                {
                    "position": paper.position,
                    "paper_id": paper.paper_id,
                    "category": paper.category,
                    "arxiv_category": paper.arxiv_category,
                    "published_on": paper.published_on.isoformat() if paper.published_on else None,
                    "has_code": paper.has_code,
                    "title": paper.title,
                    "authors": list(paper.authors),
                    "et_al": paper.et_al,
                    "affiliation": paper.affiliation,
                    "abstract": paper.abstract,
                }
                for paper in self.profile.papers
            ]
        return {
            "source": self.source,
            "outcome": self.outcome.value,
            "extractor_version": self.extractor_version,
            "author": author,
            "metrics": metrics,
            "listing_complete": complete,
            "papers": papers,
            "problems": [{"rule": p.rule, "severity": p.severity.value, "detail": p.detail} for p in self.problems],
        }


@dataclass(frozen=True, slots=True)
class Request:
    """One page to fetch. `etag` and `last_modified` make it conditional."""

    author_id: str
    source: str
    url: str
    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True)
class Response:
    """One response as it came, or the failure to get one.

    `payload` is the body as sent: transfer encoding undone, content encoding kept; empty where the archive has packed
    the capture and kept the decoded body alone. When no response came,
    `status` is None and `error` says why. `body` is the decoded payload, None when it could not be decoded
    within the bound (then `error` is set too). `url` is the address that answered, after redirects.
    `truncated` says why the payload ends early, None when it is whole.
    """

    request: Request
    url: str
    fetched_at: datetime
    status: int | None = None
    headers: tuple[tuple[str, str], ...] = ()
    request_headers: tuple[tuple[str, str], ...] = ()
    payload: bytes = b""
    body: bytes | None = None
    error: str | None = None
    truncated: Literal["length", "time", "disconnect"] | None = None

    def header(self, name: str) -> str | None:
        """Return the first header of that name (any case), None when there is none."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), None)


@dataclass(frozen=True, slots=True)
class Deferral:
    """A request that is left to a later run: none was made. `reason` is one line.

    `until` is the moment from which asking makes sense again, None when nobody said.
    """

    request: Request
    reason: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Original:
    """The earlier capture whose payload a later one repeats: what a WARC `revisit` record refers to."""

    capture_id: str
    url: str
    fetched_at: datetime
    payload_digest: str
    warc_file: str
    warc_offset: int


@dataclass(frozen=True, slots=True)
class Capture:
    """One archived response: where it lies, and what it was before anybody read it.

    `capture_id` is the UUID of its WARC record. `payload_digest` is `sha1:<base32>` of the payload as sent.
    `url` is the address that answered, `requested_url` the one asked for when a redirect led from it, else None.
    `refers_to` is the capture that holds the payload when this one is a revisit (304, or the same bytes again).
    `warc_offset` is in bytes, or the number of the row where the archive has packed the month. `notes` say where an
    imported capture came from.
    """

    capture_id: str
    run_id: str
    source: str
    author_id: str
    url: str
    fetched_at: datetime
    http_status: int | None
    payload_digest: str | None
    warc_file: str
    warc_offset: int
    etag: str | None = None
    last_modified: str | None = None
    error: str | None = None
    refers_to: str | None = None
    requested_url: str | None = None
    notes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class JudgedCapture:
    """A capture and what reading it gave; a row of `captures`, and of `quarantine` when it was held."""

    capture: Capture
    outcome: Outcome
    extractor_version: int
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Observation:
    """An accepted capture's facts: the only thing that history is made of.

    `author_id` is `<source>:<the source's id>`; `observed_at` is the moment of the capture.
    """

    author_id: str
    observed_at: datetime
    profile: Profile
    capture_id: str
    run_id: str
    extractor_version: int
    source: str
    url: str


@dataclass(frozen=True, slots=True)
class FieldYield:
    """How many pages of a source yielded a field in one run.

    `page_count` are the pages read or held back that have a use for it, `found_count` those that showed it,
    `lost_count` those that did not, though an accepted page of the same author has. `lost_since` is when the first of
    the runs began in which it was lost until now, None when it is not lost.
    """

    source: str
    field: str
    page_count: int
    found_count: int
    lost_count: int
    lost_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class LayoutYield:
    """On how many pages of a source a part stood below these tags in one run."""

    source: str
    part: str
    path: str
    page_count: int


@dataclass(frozen=True, slots=True)
class WatchedAuthor:
    """An entry of the watchlist. `author_id` is `<source>:<key>`, `label` the name the user gave, if any."""

    author_id: str
    source: str
    key: str
    label: str | None = None
    tags: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class AuthorMark:
    """How far an author has been looked at for alerts; aware moments of his own captures.

    `since_at` is from where on changes count, `seen_to` his newest accepted capture then, both None before the first
    one; `tried_to` the newest capture of any outcome.
    """

    author_id: str
    since_at: datetime | None
    seen_to: datetime | None
    tried_to: datetime


@dataclass(frozen=True, slots=True)
class Alert:
    """One thing worth telling.

    `kind` is that of the rule. `item` is the metric, the paper's id, the id of the capture, or the span without a
    refresh. `old` and `new` are a metric's values; `at` (aware) is since when it is so, None for never; `within` the
    span over which a metric changed, None from one page to the next. `text` is the paper's title, or why a page is held
    back. `author_id`, `name` and `url` are None where no author is meant.
    """

    kind: str
    at: datetime | None
    item: str = ""
    author_id: str | None = None
    name: str | None = None
    url: str | None = None
    old: int | None = None
    new: int | None = None
    within: str | None = None
    text: str | None = None

    @property
    def key(self) -> str:
        """What tells it from every other one, for good: the same change gives the same key."""
        parts = (self.kind, self.author_id, self.item, self.at, self.old, self.new, self.within)
        return hash_texts([str(part) for part in parts]).hex()


@dataclass(frozen=True, slots=True)
class Message:
    """What is told at once: `count` alerts, of which `alerts` are the first. `message_id` stays at every repeat."""

    message_id: str
    made_at: datetime
    count: int
    alerts: tuple[Alert, ...]
