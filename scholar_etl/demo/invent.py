"""Made-up authors and papers: the same for the same number, in every process and on every day.

An author is told by an index: 1 to 24 are described in `words.json`, each for a trait that pages may have
(scripts, accents, a comma in the name, one paper, none, very large counts); the rest are put together.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib import resources
from math import gcd, isqrt
from typing import Any

from scholar_etl.model import Metrics, Paper, Profile

_OLDEST_ON = date(2012, 1, 2)
_NEWEST_ON = date(2026, 6, 30)


@dataclass(frozen=True, slots=True)
class Sketch:
    """The outline of an author: a name, a field's code, how many papers and citations."""

    name: str
    field: str
    paper_count: int
    citation_count: int


def sketch(index: int) -> Sketch:
    """Return the outline of the author with that index, from 1."""
    words, draw = _words(), dice("author", index)
    drawn_count = 1 + int(59 * draw.random() ** 2)
    drawn_field = draw.choice(sorted(words["tasks"]))
    known = words["authors"][index - 1] if index <= len(words["authors"]) else {}
    paper_count = known.get("papers", drawn_count)
    return Sketch(
        name=known.get("name") or _put_together_name(index - len(words["authors"]) - 1),
        field=known.get("field", drawn_field),
        paper_count=paper_count,
        citation_count=known.get("citations", paper_count * int(4 + 120 * draw.random() ** 2)),
    )


def profile(index: int) -> Profile:
    """Return the first day's facts of the author with that index, from 1."""
    author, draw = sketch(index), dice("metrics", index)
    papers = tuple(paper(index, number, author.name, author.field) for number in range(author.paper_count))
    # Both figures stay clear of the bounds that a page may be checked against.
    h_index = min((4 * author.paper_count + 4) // 5, isqrt(6 * author.citation_count // 10 + 1))
    return Profile(
        name=author.name,
        field=author.field,
        metrics=Metrics(
            h_index=h_index,
            paper_count=len(papers),
            citation_count=author.citation_count,
            novelty_pct=draw.randrange(12, 92) if papers else None,
            ai_score=draw.randrange(15, 95) if papers else None,
        ),
        papers=papers,
        heading_count=len(papers),
        listing_complete=True,
    )


def paper(index: int, number: int, owner: str, field: str, *, recent: bool = False) -> Paper:
    """Return a paper of the author `owner`, numbered from 0; the first 600 titles of an author all differ.

    A `recent` one is published in the last months before the newest date of all, others at any time.
    """
    words, draw = _words(), dice("paper", index, number)
    category = field if draw.random() < 0.7 else draw.choice(sorted(words["tasks"]))
    subject = _subject(category, index, number)
    published_on = _NEWEST_ON - timedelta(days=draw.randrange(300 if recent else (_NEWEST_ON - _OLDEST_ON).days))
    title = draw.choice(words["titles"]).format(
        coin=draw.choice(words["coins"]) + draw.choice(words["coin_endings"]), **subject
    )
    shown, et_al = _authors(draw, owner)
    has_code = draw.random() < 0.2
    affiliation = draw.choice(words["affiliations"]) if draw.random() < 0.4 else None
    linked = draw.random() < 0.8
    return Paper(
        position=number + 1,
        title=title,
        category=category,
        published_on=published_on,
        has_code=has_code,
        authors=shown,
        et_al=et_al,
        affiliation=affiliation,
        abstract=_abstract(draw, subject),
        arxiv_id=arxiv_id(index, number, published_on) if linked else None,
    )


def arxiv_id(index: int, number: int, published_on: date) -> str:
    """Return an id of the form that arXiv gave out at that time; one author's papers never share one."""
    serial = 1 + (index * 389 + number * 17) % 19_997
    # Until the end of 2014 the serial number had four digits.
    digits = f"{serial % 9_973:04}" if published_on.year < 2015 else f"{serial:05}"
    return f"{published_on:%y%m}.{digits}"


def dice(*about: str | int) -> random.Random:
    """Return a source of numbers that depends on nothing but what they are about."""
    return random.Random(":".join(map(str, about)))  # noqa: S311  (made-up pages, not secrets)


def _subject(category: str, index: int, number: int) -> dict[str, str]:
    """Return task, method and twist; their combination differs for all papers of one author in a category."""
    words = _words()
    tasks, methods, twists = words["tasks"][category], words["methods"], words["twists"]
    size = len(tasks) * len(methods) * len(twists)
    step = next(step for step in range(37 + 2 * (index % 50), size * 2) if gcd(step, size) == 1)
    place = (index * 101 + number * step) % size
    return {
        "task": tasks[place % len(tasks)],
        "method": methods[place // len(tasks) % len(methods)],
        "twist": twists[place // (len(tasks) * len(methods))],
    }


def _authors(draw: random.Random, owner: str) -> tuple[tuple[str, ...], bool]:
    """Return the names that a block shows, three at most, and whether there are more of them."""
    words = _words()
    total = draw.choice((1, 2, 2, 3, 3, 4, 5, 6, 8, 12))
    others: list[str] = []
    while len(others) < min(total, 4):
        guest = draw.random() < 0.1
        name = draw.choice(words["guests"]) if guest else _put_together_name(draw.randrange(1_200))
        if name != owner and name not in others:
            others.append(name)
    # In a long list of authors the owner of the page may stand behind the "et al.".
    place = draw.randrange(min(total, 4))
    return tuple([*others[:place], owner, *others[place:]][: min(total, 3)]), total > 3


def _abstract(draw: random.Random, subject: dict[str, str]) -> str:
    """Return one to four sentences about the subject."""
    words = _words()
    values = {name: text.lower() for name, text in subject.items()}
    values |= {"few": draw.choice(("three", "four", "five", "seven")), "percent": str(draw.randrange(2, 40))}
    kinds = (["approaches"], ["problems", "approaches"], ["problems", "approaches", "results"])
    everything = ["problems", "approaches", "results", "endings"]
    chosen = draw.choice((*kinds, everything, everything))
    return " ".join(draw.choice(words[kind]).format(**values) for kind in chosen)


def _put_together_name(number: int) -> str:
    """Return the number-th name, from 0; the first 31,200 differ."""
    given, family = _words()["given_names"], _words()["family_names"]
    turn = number // len(given)
    # Neighbours get different family names. No pair comes twice in a round, because len(given) + 1 and
    # len(family) share no factor.
    pair = (given[number % len(given)], family[(number + turn) % len(family)])
    round_ = number // (len(given) * len(family))
    return " ".join(pair) if round_ == 0 else f"{pair[0]} {chr(ord('A') + (round_ - 1) % 26)}. {pair[1]}"


@cache
def _words() -> dict[str, Any]:
    text = resources.files("scholar_etl.demo").joinpath("words.json").read_text(encoding="utf-8")
    words: dict[str, Any] = json.loads(text)
    return words
