"""What the pages of a run yielded, against what the same authors' pages showed before: pure.

A field is lost on a page that lacks it although an accepted page of the same author has shown it: other authors and
new ones are no evidence. `"page"` stands for the page as a whole, where it was held back and no field is named as the
reason. It takes several authors and a share of the pages to call a field lost, so that a single author's change is
none of the site's.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from scholar_etl.model import (
    METRIC_NAMES,
    Capture,
    Extraction,
    FieldYield,
    LayoutYield,
    Outcome,
    Problem,
    Profile,
    Severity,
)

PAGE = "page"
PAPER_FIELDS = ("category", "published_on", "has_code", "authors", "et_al", "affiliation", "abstract", "arxiv_id")
FIELDS = (PAGE, "name", "field", *METRIC_NAMES, "heading_count", "listing_complete", *PAPER_FIELDS)

FEW_PAGES = 3
"""Pages that it takes to call a field lost or a layout new; all of them where the watchlist has fewer."""

LOST_SHARE = 0.25
"""Share of the pages that should show a field from which on it is lost. Authors lose one now and then, by ones."""

NEW_SHARE = 0.1
"""Share of the pages from which on a layout counts as used."""

_ALL = frozenset(FIELDS)
_WITHOUT_PAPERS = _ALL.difference(PAPER_FIELDS)
_HELD = (Outcome.QUARANTINED, Outcome.EMPTY_SHELL, Outcome.NOT_A_PROFILE)
_FIELD_OF_RULE = {"name_missing": "name", "heading_missing": "heading_count"}
_METRIC = re.compile(rf"\b(?:{'|'.join(METRIC_NAMES)})\b")
_MOST_PATHS = 20  # of a part in one run: a page made to have many has no more say
_LONGEST_PATH = 200


@dataclass(frozen=True, slots=True)
class PageYield:
    """What one page yielded. `lost` are the fields it lacks that its author's pages have shown.

    `fields` are those that it has a use for. `reason` is the first problem for which it was held back, None when it
    was read.
    """

    source: str
    author_id: str
    capture_id: str
    fields: frozenset[str]
    found: frozenset[str]
    lost: frozenset[str]
    layout: Mapping[str, str]
    reason: Problem | None = None


@dataclass(frozen=True, slots=True)
class UsualYield:
    """A field over the last runs in which it was not lost, and since when it is lost now (None: it is not)."""

    run_count: int
    page_count: int
    found_count: int
    lost_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class LostField:
    """A field that is lost: on which pages, of how many that should show it, and since the run that began when.

    `usual` is what the runs before yielded, None when nothing is known of them.
    """

    source: str
    field: str
    pages: tuple[PageYield, ...]
    expected_count: int
    since: datetime
    usual: UsualYield | None

    @property
    def reasons(self) -> list[tuple[Problem, int]]:
        """The rules that held pages back, the commonest first: one problem of each, and the number of pages."""
        reasons = [page.reason for page in self.pages if page.reason is not None]
        examples = {reason.rule: reason for reason in reversed(reasons)}
        return [(examples[rule], count) for rule, count in Counter(r.rule for r in reasons).most_common()]


@dataclass(frozen=True, slots=True)
class MovedPart:
    """A part that stands where it did not: on which pages, of how many. `usual_path` is where it mostly stood."""

    source: str
    part: str
    path: str
    usual_path: str
    pages: tuple[PageYield, ...]
    out_of: int


def fields_of(profile: Profile) -> frozenset[str]:
    """Return the fields that an accepted page yields: a field of papers when any of them has it."""
    found = {PAGE, "name"}
    found.update(name for name in ("field", "heading_count") if getattr(profile, name) is not None)
    found.update({"listing_complete"} if profile.listing_complete else ())
    found.update(name for name in METRIC_NAMES if getattr(profile.metrics, name) is not None)
    found.update(name for name in PAPER_FIELDS if any(getattr(paper, name) for paper in profile.papers))
    return _shared(frozenset(found))


def read_yield(capture: Capture, extraction: Extraction, shown: frozenset[str]) -> PageYield | None:
    """Return what the page of a capture yielded; None when there was no page: refused, not found, no answer.

    `shown` are the fields that accepted pages of the author have shown.
    """
    profile = extraction.profile
    if profile is not None:
        fields = _ALL if profile.papers else _WITHOUT_PAPERS
        found = fields_of(profile)
        lost = _shared((shown - found) & fields)
        return PageYield(capture.source, capture.author_id, capture.capture_id, fields, found, lost, profile.layout)
    if extraction.outcome not in _HELD:
        return None
    reason = next(problem for problem in extraction.problems if problem.severity is Severity.ERROR)
    named = {*_METRIC.findall(reason.detail), _FIELD_OF_RULE.get(reason.rule)}
    lost = _shared(shown & named or shown & {PAGE})
    return PageYield(capture.source, capture.author_id, capture.capture_id, _ALL, frozenset(), lost, {}, reason)


def count_fields(
    pages: Iterable[PageYield],
    usual: Mapping[tuple[str, str], UsualYield],
    authors: Mapping[tuple[str, str], int],
    started_at: datetime,
) -> list[FieldYield]:
    """Return what the pages of a run that began at `started_at` yielded, by source and field.

    `usual` is the yield of earlier runs and `authors` the number of authors followed that have shown a field, both by
    source and field.
    """
    seen: Counter[tuple[str, str]] = Counter()
    found: Counter[tuple[str, str]] = Counter()
    lost: Counter[tuple[str, str]] = Counter()
    for page in pages:
        seen.update((page.source, name) for name in page.fields)
        found.update((page.source, name) for name in page.found)
        lost.update((page.source, name) for name in page.lost)
    counts = []
    for key in sorted(seen):
        is_lost = _is_enough(lost[key], lost[key] + found[key], authors.get(key, 0), LOST_SHARE)
        since = (usual[key].lost_since if key in usual else None) or started_at
        counts.append(FieldYield(*key, seen[key], found[key], lost[key], since if is_lost else None))
    return counts


def find_lost(
    counts: Iterable[FieldYield], pages: Sequence[PageYield], usual: Mapping[tuple[str, str], UsualYield]
) -> list[LostField]:
    """Return the fields that `count_fields` found lost, with their pages."""
    return [
        LostField(
            source=count.source,
            field=count.field,
            pages=tuple(p for p in pages if p.source == count.source and count.field in p.lost),
            expected_count=count.lost_count + count.found_count,
            since=count.lost_since,
            usual=usual.get((count.source, count.field)),
        )
        for count in counts
        if count.lost_since is not None
    ]


def count_layouts(pages: Iterable[PageYield]) -> list[LayoutYield]:
    """Return where the parts of the pages stood, the commonest places first."""
    return [
        LayoutYield(source, part, path, len(there))
        for (source, part), paths in _places(pages).items()
        for path, there in sorted(paths.items(), key=lambda item: (-len(item[1]), item[0]))[:_MOST_PATHS]
    ]


def find_moved(
    pages: Sequence[PageYield],
    usual: Mapping[tuple[str, str], Mapping[str, int]],
    authors: Mapping[tuple[str, str], int],
) -> list[MovedPart]:
    """Return the parts that stand on a share of the pages where they stood on no such share of earlier ones.

    `usual` are the numbers of pages of the last runs by path, by source and part; `authors` as for `count_fields`. A
    part of which no earlier page is known has not moved.
    """
    moved = []
    for key, paths in _places(pages).items():
        before = usual.get(key)
        if not before:
            continue
        out_of = sum(map(len, paths.values()))
        for path, there in paths.items():
            is_used = _is_enough(len(there), out_of, authors.get((key[0], PAGE), 0), NEW_SHARE)
            if is_used and before.get(path, 0) < NEW_SHARE * sum(before.values()):
                usual_path = max(before, key=lambda old: (before[old], old))
                moved.append(MovedPart(*key, path, usual_path, tuple(there), out_of))
    return moved


@lru_cache(maxsize=1_000)
def _shared(fields: frozenset[str]) -> frozenset[str]:
    """Return one set for all that are equal: few are distinct, and a run keeps those of each of its pages."""
    return fields


def _is_enough(count: int, out_of: int, author_count: int, share: float) -> bool:
    """Tell whether so many of the pages are more than one author's whim."""
    return count > 0 and count >= min(FEW_PAGES, author_count) and count >= share * out_of


def _places(pages: Iterable[PageYield]) -> dict[tuple[str, str], dict[str, list[PageYield]]]:
    places: dict[tuple[str, str], dict[str, list[PageYield]]] = defaultdict(lambda: defaultdict(list))
    for page in pages:
        for part, path in page.layout.items():
            places[page.source, part][path[-_LONGEST_PATH:]].append(page)
    return places
