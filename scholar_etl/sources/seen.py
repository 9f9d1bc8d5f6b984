"""The layouts of a site's pages, learnt from those read in full, so that the next page of one is read sooner."""

from __future__ import annotations

from datetime import datetime

from scholar_etl.model import Profile
from scholar_etl.sources.dom import Page, is_cut
from scholar_etl.sources.forms import UnlikeError
from scholar_etl.sources.layout import Layout
from scholar_etl.sources.learning import Found, learn_layout
from scholar_etl.sources.selectors import NotFoundOnPageError
from scholar_etl.sources.skeleton import Alphabet, NoSkeletonError
from scholar_etl.sources.values import ValueRoundedError, ValueUnreadableError

_MOST_LAYOUTS = 4
_MOST_LESSONS = 50
_SELDOM = 50  # pages

_DOUBTS = (UnlikeError, NoSkeletonError, NotFoundOnPageError, ValueRoundedError, ValueUnreadableError)


class Layouts:
    """What was learnt of one site's author pages. It is kept in memory, and changes no result."""

    def __init__(self) -> None:
        self._alphabet = Alphabet()
        self._layouts: list[Layout] = []
        self._misses = 0
        self._lessons = _MOST_LESSONS

    def read(self, body: bytes, fetched_at: datetime) -> Profile | None:
        """Return what a page says, as the full reading would, which finds no problem; None when that is not certain."""
        if not self._layouts or is_cut(body):
            return None
        try:
            skeleton = self._alphabet.read(body)
        except NoSkeletonError:
            return None
        for layout in self._layouts:
            try:
                profile = layout.read(skeleton, fetched_at)
            except _DOUBTS:
                continue
            self._lessons = min(self._lessons + 1, _MOST_LESSONS)
            return profile
        return None

    def learn(self, body: bytes, page: Page, found: Found) -> None:
        """Learn from a page that was read in full and without any problem, if its layout can be learnt."""
        self._misses += 1
        # What is learnt from the first page would often serve no other. A lesson takes as long as a page that is met
        # again saves: where most are built as none before, it would only cost.
        is_first = self._misses == 1 and not self._layouts
        if is_first or (not self._lessons and self._misses % _SELDOM):
            return
        self._lessons = max(self._lessons - 1, 0)
        try:
            new = learn_layout(self._alphabet.read(body), page, found)
        except (UnlikeError, NoSkeletonError):
            return
        like = next((layout for layout in self._layouts if layout.is_like(new)), None)
        if like is not None:
            like.add(new)
        else:
            self._layouts = [new, *self._layouts][:_MOST_LAYOUTS]
