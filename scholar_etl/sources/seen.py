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
_MOST_MISSES = 50

_DOUBTS = (UnlikeError, NoSkeletonError, NotFoundOnPageError, ValueRoundedError, ValueUnreadableError)


class Layouts:
    """What was learnt of one site's author pages. It is kept in memory, and changes no result."""

    def __init__(self) -> None:
        self._alphabet = Alphabet()
        self._layouts: list[Layout] = []
        self._misses = 0

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
            self._misses = 0
            return profile
        return None

    def learn(self, body: bytes, page: Page, found: Found) -> None:
        """Learn from a page that was read in full and without any problem, if its layout can be learnt."""
        # What is learnt from the first page would often serve no other. And where nothing learnt is ever met again,
        # learning would only cost.
        self._misses += 1
        is_first = self._misses == 1 and not self._layouts
        if is_first or (self._misses > _MOST_MISSES and self._misses % _MOST_MISSES):
            return
        try:
            new = learn_layout(self._alphabet.read(body), page, found)
        except (UnlikeError, NoSkeletonError):
            return
        like = next((layout for layout in self._layouts if layout.is_like(new)), None)
        if like is not None:
            like.add(new)
        else:
            self._layouts = [new, *self._layouts][:_MOST_LAYOUTS]
