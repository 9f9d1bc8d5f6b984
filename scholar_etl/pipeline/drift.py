"""Drift: what a site's pages no longer yield, or show elsewhere, with the markup before and now.

`DriftWatch` sees every page that a refresh reads, and says at its end what `scholar_etl.yields` makes of them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from scholar_etl.archive import Archive
from scholar_etl.errors import ArchiveError
from scholar_etl.model import METRIC_NAMES, Capture, Extraction, FieldYield, LayoutYield, Profile, WatchedAuthor
from scholar_etl.pipeline.excerpt import piece_alike, pieces_around, pieces_named
from scholar_etl.pipeline.reading import extract_capture, read_found
from scholar_etl.store import Warehouse, find_capture, page_before, shown_fields, usual_layouts, usual_yields
from scholar_etl.yields import (
    PAGE,
    LostField,
    MovedPart,
    PageYield,
    count_fields,
    count_layouts,
    fields_of,
    find_lost,
    find_moved,
    read_yield,
)

_EXAMPLES = 5  # pages tried, until one shows the change
_LONGEST = 400
_OPENING = 40  # characters by which an abstract is found
_FIELD_OF_PART = {"name": "name", "metrics": "h_index", "heading": "heading_count", "date": "published_on"}
_SHOWN_BY = {PAGE: "h_index", "listing_complete": "heading_count"}
_BADGES = {"has_code": "Code", "et_al": "et al"}


@dataclass(frozen=True, slots=True)
class Sighting:
    """A piece of an archived page's markup, as the site wrote it; `fetched_at` is aware, in UTC."""

    capture_id: str
    author_id: str
    fetched_at: datetime
    markup: str


@dataclass(frozen=True, slots=True)
class Drift:
    """A field that is lost, or a part that stands elsewhere, with one page's markup before and now.

    Both pieces are None where the archive has no page that shows it.
    """

    change: LostField | MovedPart
    was: Sighting | None = None
    now: Sighting | None = None

    @property
    def is_loss(self) -> bool:
        """Whether a field is lost: the run ends with exit code 3."""
        return isinstance(self.change, LostField)


class DriftWatch:
    """The yield of one refresh that begins at `started_at` (aware), against that of the runs before."""

    def __init__(self, warehouse: Warehouse, watched: Iterable[WatchedAuthor], started_at: datetime) -> None:
        self._warehouse = warehouse
        self._started_at = started_at
        self._shown = shown_fields(warehouse.connection)
        self._authors = Counter(
            (author.source, field) for author in watched for field in self._shown.get(author.author_id, ())
        )
        self._pages: list[PageYield] = []

    def add(self, capture: Capture, extraction: Extraction) -> None:
        """Take note of a page that was read."""
        page = read_yield(capture, extraction, self._shown.get(capture.author_id, frozenset()))
        if page is not None:
            self._pages.append(page)

    def judge(self, archive: Archive) -> tuple[list[Drift], list[FieldYield], list[LayoutYield]]:
        """Return what has changed, and the yield to keep for later runs."""
        usual = usual_yields(self._warehouse.connection)
        fields = count_fields(self._pages, usual, self._authors, self._started_at)
        moved = find_moved(self._pages, usual_layouts(self._warehouse.connection), self._authors)
        drift = [
            *(
                self._show(change, change.field, change.since, archive)
                for change in find_lost(fields, self._pages, usual)
            ),
            *(self._show(change, _FIELD_OF_PART[change.part], self._started_at, archive) for change in moved),
        ]
        return drift, fields, count_layouts(self._pages)

    def _show(self, change: LostField | MovedPart, field: str, since: datetime, archive: Archive) -> Drift:
        for page in change.pages[:_EXAMPLES]:
            try:
                earlier = self._page_before(page, since, archive)
                now = self._page(page.capture_id, archive)
            except ArchiveError:
                continue
            if earlier is None or earlier.profile is None or field not in fields_of(earlier.profile):
                continue
            if pieces := _compare(earlier, now, field, page):
                return Drift(change, earlier.sighting(pieces[0]), now.sighting(pieces[1]))
        return Drift(change)

    def _page_before(self, page: PageYield, since: datetime, archive: Archive) -> _ArchivedPage | None:
        place = page_before(self._warehouse.connection, page.author_id, since)
        return None if place is None else self._page(place["capture_id"], archive)

    def _page(self, capture_id: str, archive: Archive) -> _ArchivedPage:
        capture, response, original = read_found(archive, find_capture(self._warehouse.connection, capture_id))
        text = archive.body_of(capture, original).decode("utf-8", "replace")
        text = text[max(text.find("<body"), 0) :]  # what is in the head says the same where nobody sees it
        return _ArchivedPage(capture, text, extract_capture(capture, response, original, archive).profile)


@dataclass(frozen=True, slots=True)
class _ArchivedPage:
    capture: Capture
    text: str
    profile: Profile | None

    def sighting(self, markup: str) -> Sighting:
        capture = self.capture
        return Sighting(capture.capture_id, capture.author_id, capture.fetched_at, markup[:_LONGEST])


def _compare(earlier: _ArchivedPage, now: _ArchivedPage, field: str, page: PageYield) -> tuple[str, str] | None:
    """Return the pieces of two pages that show what has become of a field; None when nothing can be found."""
    if field == PAGE and page.reason and (named := pieces_named(now.text, page.reason.detail)):
        alike = piece_alike(earlier.text, named[0][1])
        return (alike[1], named[0][1]) if alike else None
    was = _piece(earlier, field)
    if was is None:
        return None
    there = _piece(now, field) if now.profile and field in fields_of(now.profile) else None
    if there is None and (alike := piece_alike(now.text, was)):
        there = alike[1]
    return None if there is None else (was, there)


def _piece(page: _ArchivedPage, field: str) -> str | None:
    """Return the piece of a page that shows a field which its profile has."""
    if page.profile is not None:
        for texts, context in _traces(page.profile, field):
            if found := pieces_around(page.text, texts, context):
                return found[0][1]
    return None


def _traces(profile: Profile, field: str) -> Iterator[tuple[list[str], str]]:
    """Yield what to look for to find a field: texts, and the words that stand beside them; the surest first."""
    field = _SHOWN_BY.get(field, field)
    if field in ("name", "field"):
        yield [getattr(profile, field)], profile.name
    elif field in METRIC_NAMES or field == "heading_count":
        count = profile.heading_count if field == "heading_count" else getattr(profile.metrics, field)
        yield [f"{count:,}", str(count)], "papers" if field == "heading_count" else re.sub("_count$", "s", field)
    else:
        paper = next(paper for paper in profile.papers if getattr(paper, field))
        value = getattr(paper, field)
        shown = _BADGES.get(field) or (value[0] if isinstance(value, tuple) else str(value)[:_OPENING])
        if isinstance(value, date):
            yield [f"{value:%b} {value.day}"], paper.title
        yield [shown], paper.title
        yield [paper.title], paper.title
