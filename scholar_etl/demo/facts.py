"""What the bundled site knows about its authors on the first day, and a JSON form of a profile.

The first author carries the facts of a real page (`seed.json`); the others are made up (`invent.py`).
"""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from datetime import date
from functools import cache, lru_cache
from importlib import resources
from typing import Any, NamedTuple

from scholar_etl.demo import invent
from scholar_etl.model import Metrics, Paper, Profile

FIRST_KEY = 1001


class Author(NamedTuple):
    """An author of the site: `key` is the number in the profile's address."""

    key: int
    name: str


def authors(count: int) -> tuple[Author, ...]:
    """Return the site's first `count` authors, keys counting up from `FIRST_KEY`. There is no upper bound."""
    return tuple(Author(key, name_of(key)) for key in range(FIRST_KEY, FIRST_KEY + count))


def name_of(key: int) -> str:
    """Return an author's name; it does not change over the days."""
    return _seed_profile().name if key == FIRST_KEY else invent.sketch(key - FIRST_KEY).name


@lru_cache(maxsize=2_048)
def first_profile(key: int) -> Profile:
    """Return the facts that an author's story starts from; `story.profile_on` tells those of a day."""
    return _seed_profile() if key == FIRST_KEY else invent.profile(key - FIRST_KEY)


def before(published_on: date, today: date) -> date:
    """Return the date, moved back by whole years as far as it takes not to lie after `today`."""
    if published_on <= today:
        return published_on
    year = today.year if (published_on.month, published_on.day) <= (today.month, today.day) else today.year - 1
    # Only 29 February has no counterpart in another year.
    day = 28 if (published_on.month, published_on.day) == (2, 29) else published_on.day
    return published_on.replace(year=year, day=day)


def to_json(profile: Profile) -> dict[str, Any]:
    """Return a profile as plain JSON types: every field of the model by name, dates in ISO 8601."""
    document = asdict(profile)
    for paper in document["papers"]:
        paper["published_on"] = paper["published_on"] and paper["published_on"].isoformat()
    return document


def from_json(document: dict[str, Any]) -> Profile:
    """Return the profile that `to_json` made the document from. Left-out fields have the model's defaults."""
    papers = tuple(_paper(position, paper) for position, paper in enumerate(document.get("papers", ()), 1))
    return Profile(**{**document, "metrics": Metrics(**document.get("metrics", {})), "papers": papers})


def _paper(position: int, document: dict[str, Any]) -> Paper:
    """Return one paper; `position` is its place in the list unless the document says otherwise."""
    paper = Paper(**{"position": position, **document, "authors": tuple(document.get("authors", ()))})
    shown = document.get("published_on")
    return replace(paper, published_on=date.fromisoformat(shown)) if shown else paper


@cache
def _seed_profile() -> Profile:
    text = resources.files("scholar_etl.demo").joinpath("seed.json").read_text(encoding="utf-8")
    return from_json(json.loads(text))
