"""A made-up world of authors and papers that changes from day to day, the same for the same seed.

What the benchmarks load: observations as the extractor hands them over, and captures as the archive does. Only what
changed is made anew, so that a day costs little. Text is random words that occur as unevenly as those of a language,
as long as on a real author page; nobody else's text is in it, and no two papers share any, so that neither a template
nor a common paper makes the files look smaller than they would be.
"""

from __future__ import annotations

import base64
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from math import isqrt
from random import Random
from uuid import UUID

from scholar_etl.arxiv import full_category
from scholar_etl.model import Capture, JudgedCapture, Metrics, Observation, Outcome, Paper, Profile
from scholar_etl.normalise import paper_key

START = datetime(2026, 1, 1, 5, tzinfo=UTC)

CHANGED_AUTHORS = 0.20
"""Share of the authors of whom a metric changes on a day."""
CHANGED_PAPERS = 0.01
"""Share of the papers whose Code badge or category changes on a day."""
NEW_PAPERS = GONE_PAPERS = 0.01
"""Authors of whom a paper comes up on a day, or goes, for one author."""

_ABSTRACT_WORDS = (219, 47)  # mean and deviation: 1,456 and 311 characters on the one real page known
_TITLE_WORDS = (5, 11)
_RECORD_BYTES = (17_000, 24_000)  # a page of 70 KB, compressed, with its request and its metadata
_REVISIT_BYTES = (1_150, 1_250)
_CATEGORIES = ("CL", "CV", "AI", "RO", "AS", "SD", "IR", "CR", "SE", "HC", "LG", "ML")
_VERSION = 1


class World:
    """`authors` authors with `papers` papers each on the first day, all of them captured once a day.

    `first` is the number of the first author: worlds that begin at different numbers can be loaded one after another.
    """

    def __init__(self, authors: int, papers: int, seed: int = 1, *, first: int = 0) -> None:
        self._draw = Random(seed)
        self._words = _Words(self._draw)
        self._paper_number = 0
        self._day = -1
        # One page every three seconds, as long as the day has time for all of them.
        self._pace_s = min(3.0, 64_000 / authors)
        self._pages = [self._first_page(number, papers) for number in range(first, first + authors)]

    def day(self, number: int) -> list[tuple[Observation, JudgedCapture]]:
        """Return one observation and its capture for each author, on the day of that number, from 0.

        Days are asked for in rising order; what happens on days left out happens, and nobody sees it. Raises
        `ValueError` for a day that is past.
        """
        if number <= self._day:
            raise ValueError(f"day {number} is past: ask for days in rising order, now from {self._day + 1}")
        while self._day < number:
            self._day += 1
            if self._day > 0:
                self._live()
        return list(self._capture())

    def _live(self) -> None:
        """Let one day's changes happen."""
        draw, pages = self._draw, self._pages
        for page in draw.sample(pages, _share(len(pages), CHANGED_AUTHORS)):
            page.set_metrics(self._moved(page.profile.metrics))
        listed = sum(len(page.profile.papers) for page in pages)
        for _ in range(_share(listed, CHANGED_PAPERS)):
            page = draw.choice(pages)
            if page.profile.papers:
                place = draw.randrange(len(page.profile.papers))
                page.put(place, self._corrected(page.profile.papers[place]), instead=1)
        for page in draw.sample(pages, _share(len(pages), NEW_PAPERS)):
            published_on = START.date() + timedelta(days=self._day - draw.randrange(1, 30))
            new = self._paper(page.profile.name, published_on)
            page.put(draw.randrange(len(page.profile.papers) + 1), new, instead=0)
        for page in draw.sample(pages, _share(len(pages), GONE_PAPERS)):
            if page.profile.papers:
                page.put(draw.randrange(len(page.profile.papers)), None, instead=1)

    def _capture(self) -> Iterator[tuple[Observation, JudgedCapture]]:
        """Yield what a run over all authors captures; a page that did not change answers 304."""
        draw = self._draw
        run_id = self._uuid()
        morning, offset = START + timedelta(days=self._day), 500
        for number, page in enumerate(self._pages):
            fetched_at = morning + timedelta(seconds=number * self._pace_s, microseconds=draw.randrange(900_000))
            is_new = page.is_changed
            if is_new:
                page.digest = f"sha1:{base64.b32encode(draw.randbytes(20)).decode()}"
                page.etag = f'W/"{draw.randbytes(8).hex()}"'
            capture = Capture(
                capture_id=self._uuid(),
                run_id=run_id,
                source="scholarfeed",
                author_id=page.author_id,
                url=page.url,
                fetched_at=fetched_at,
                http_status=200 if is_new else 304,
                payload_digest=page.digest,
                warc_file=f"{fetched_at:%Y/scholar-etl-%Y%m%d.warc.gz}",
                warc_offset=offset,
                etag=page.etag,
                refers_to=None if is_new else page.original,
            )
            if is_new:
                page.original, page.is_changed = capture.capture_id, False
            offset += draw.randrange(*(_RECORD_BYTES if is_new else _REVISIT_BYTES))
            yield (
                Observation(
                    author_id=page.author_id,
                    observed_at=fetched_at,
                    profile=page.profile,
                    capture_id=capture.capture_id,
                    run_id=run_id,
                    extractor_version=_VERSION,
                    source="scholarfeed",
                    url=page.url,
                ),
                JudgedCapture(capture, Outcome.ACCEPTED, _VERSION),
            )

    def _first_page(self, number: int, papers: int) -> _Page:
        draw, key = self._draw, 1_000_000 + number
        name = self._words.name()
        oldest_on = date(2012, 1, 2).toordinal()
        days = (START.date() - timedelta(days=30)).toordinal() - oldest_on
        listing = tuple(
            replace(self._paper(name, date.fromordinal(oldest_on + draw.randrange(days))), position=position)
            for position in range(1, papers + 1)
        )
        citation_count = int(papers * 10 ** draw.uniform(0.5, 2.5))
        metrics = Metrics(
            h_index=min(draw.randrange(papers + 1), isqrt(citation_count)),
            paper_count=papers,
            citation_count=citation_count,
            novelty_pct=draw.randrange(10, 95),
            ai_score=draw.randrange(10, 95),
        )
        return _Page(
            author_id=f"scholarfeed:{key}",
            url=f"https://www.scholarfeed.org/author/{key}",
            profile=Profile(name, draw.choice(_CATEGORIES), metrics, listing, papers, listing_complete=True),
        )

    def _paper(self, owner: str, published_on: date) -> Paper:
        draw, number = self._draw, self._paper_number
        self._paper_number += 1
        title = self._words.title(draw.randrange(*_TITLE_WORDS))
        arxiv_id = f"{published_on:%y%m}.{number % 100_000:05}" if draw.random() < 0.8 else None
        category = draw.choice(_CATEGORIES)
        others = [self._words.name() for _ in range(draw.randrange(6))]
        place = draw.randrange(len(others) + 1)
        return Paper(
            position=0,
            title=title,
            category=category,
            published_on=published_on,
            has_code=draw.random() < 0.2,
            authors=(*others[:place], owner, *others[place:])[:3],
            et_al=len(others) > 2,
            affiliation=self._words.affiliation() if draw.random() < 0.4 else None,
            abstract=self._words.text(max(60, int(draw.gauss(*_ABSTRACT_WORDS)))),
            arxiv_id=arxiv_id,
            arxiv_category=full_category(category),
            paper_id=paper_key(title, arxiv_id),
        )

    def _corrected(self, paper: Paper) -> Paper:
        if self._draw.random() < 0.5:
            return replace(paper, has_code=not paper.has_code)
        category = self._draw.choice([code for code in _CATEGORIES if code != paper.category])
        return replace(paper, category=category, arxiv_category=full_category(category))

    def _moved(self, metrics: Metrics) -> Metrics:
        """Return the metrics with one of them changed: mostly the citations, now and then downwards."""
        draw = self._draw
        name = draw.choices(("citation_count", "ai_score", "novelty_pct", "h_index"), (70, 14, 12, 4))[0]
        value: int = getattr(metrics, name)
        if name == "citation_count":
            step = draw.randrange(1, 2 + value // 50)
            return replace(
                metrics, citation_count=value - step if draw.random() < 0.1 and value > step else value + step
            )
        if name == "h_index":
            return replace(metrics, h_index=value + 1)
        return replace(metrics, **{name: value + draw.choice((-1, 1)) if 0 < value < 100 else 50})

    def _uuid(self) -> str:
        return str(UUID(int=self._draw.getrandbits(128), version=4))


@dataclass(slots=True)
class _Page:
    """An author's page as it is now, and the capture that holds it."""

    author_id: str
    url: str
    profile: Profile
    is_changed: bool = True
    digest: str = ""
    etag: str = ""
    original: str = ""

    def set_metrics(self, metrics: Metrics) -> None:
        self.profile, self.is_changed = replace(self.profile, metrics=metrics), True

    def put(self, place: int, paper: Paper | None, *, instead: int) -> None:
        """Put a paper, or none, at a place (from 0) of the listing, instead of that many which stand there."""
        papers = self.profile.papers
        papers = (*papers[:place], *([paper] if paper else ()), *papers[place + instead :])
        placed = tuple(p if p.position == n else replace(p, position=n) for n, p in enumerate(papers, 1))
        metrics = replace(self.profile.metrics, paper_count=len(placed))
        self.profile = replace(self.profile, metrics=metrics, papers=placed, heading_count=len(placed))
        self.is_changed = True


class _Words:
    """Made-up words, the frequent ones short, and what is made of them."""

    _COUNT = 5_000
    _ONSETS = ("b", "br", "c", "ch", "d", "f", "g", "l", "m", "n", "p", "pr", "r", "s", "st", "t", "tr", "v", "w", "z")
    _ENDINGS = ("a", "al", "an", "e", "en", "er", "i", "in", "is", "o", "on", "or", "u", "us")

    def __init__(self, draw: Random) -> None:
        self._draw = draw
        words: dict[str, None] = {}
        while len(words) < self._COUNT:
            syllables = 1 if len(words) < 40 else 2 if len(words) < 400 else draw.choice((2, 3, 3, 4))
            words["".join(draw.choice(self._ONSETS) + draw.choice(self._ENDINGS) for _ in range(syllables))] = None
        every = list(words)
        self._rare, self._tags = every[400:], every[40:240]
        # 65,536 places, so that two random bytes are a word; the n-th word has a share in proportion to 1/n.
        scale = 65_536 / sum(1 / (rank + 3) for rank in range(self._COUNT))
        self._places: list[str] = []
        reached = 0.0
        for rank, word in enumerate(every):
            reached += scale / (rank + 3)
            self._places += [word] * (round(reached) - len(self._places))

    def text(self, count: int) -> str:
        """Return sentences of `count` words in all."""
        words = self._some(count)
        for start in range(0, count, 19):
            words[start] = words[start].capitalize()
            end = min(start + 18, count - 1)
            words[end] += "."
        return " ".join(words)

    def title(self, count: int) -> str:
        """Return a title of `count` words."""
        # Rare words only: an author's titles must differ, for they tell papers without a link apart.
        return " ".join(word.capitalize() for word in self._draw.choices(self._rare, k=count))

    def name(self) -> str:
        """Return a person's name."""
        given, family = self._draw.choices(self._rare, k=2)
        return f"{given.capitalize()} {family.capitalize()}"

    def affiliation(self) -> str:
        """Return the tag of one of a few hundred institutions."""
        return f"{self._draw.choice(self._tags)}-research"

    def _some(self, count: int) -> list[str]:
        places = self._places
        return [places[number] for number in array("H", self._draw.randbytes(2 * count))]


def _share(count: int, share: float) -> int:
    """Return that share of a count, rounded; of a small count at least one, so that something happens."""
    return min(count, max(1, round(count * share)))
