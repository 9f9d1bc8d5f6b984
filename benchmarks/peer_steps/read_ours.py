"""scholar-etl: an author page read, normalised and checked, by what a reader sees of it; and Lexbor's bare parse."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any

from reading import METRICS, run_reader
from selectolax.lexbor import LexborHTMLParser

from scholar_etl.demo.facts import to_json
from scholar_etl.extract import extract_page
from scholar_etl.model import Profile
from scholar_etl.sources.scholarfeed import forget_layouts


def parse(body: bytes, _: int, __: date) -> None:
    """Parse the page, and no more: the whole tree stands when its root is asked for."""
    assert LexborHTMLParser(body, encoding=True).root is not None


def read(body: bytes, key: int, today: date) -> Profile:
    """Return what an accepted page says: read, normalised and checked."""
    url = f"https://www.scholarfeed.org/author/{key}"
    profile = extract_page(body, "scholarfeed", url, fetched_at=datetime.combine(today, time(12), UTC)).profile
    assert profile is not None, key
    return profile


def read_first(body: bytes, key: int, today: date) -> Profile:
    """Return the same of a page whose layout was never met before."""
    forget_layouts()
    return read(body, key, today)


def facts(profile: Profile, key: int) -> dict[str, Any]:
    """Return the facts of a page in the form of the others."""
    document = to_json(profile)
    return {
        "key": key,
        "name": document["name"],
        "field": document["field"],
        **{name: document["metrics"][name] for name in METRICS},
        "papers": [
            {name: value for name, value in paper.items() if name not in ("position", "paper_id", "arxiv_category")}
            for paper in document["papers"]
        ],
    }


if __name__ == "__main__":
    run_reader(("scholar-etl", "selectolax"), {"parse": parse, "first": read_first, "again": read}, facts)
