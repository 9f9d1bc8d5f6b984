"""The one real author page we have, as text: its facts, in any markup, come out as they went in.

The reader of the text below shares no code with the extractor, so that the two cannot be wrong in the same way.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from scholar_etl.demo.markups import MARKUPS, render
from scholar_etl.extract import extract_page
from scholar_etl.model import Metrics, Outcome, Paper, Profile

pytestmark = pytest.mark.shared

SEEN_ON = date(2026, 11, 22)
NEXT_YEAR = date(2027, 1, 10)
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
BLOCK = re.compile(r"^([A-Z]{2})([A-Z][a-z]{2}) (\d{1,2})(?:, (\d{4}))?(Code)?$", re.MULTILINE)

every_markup = pytest.mark.parametrize("markup", MARKUPS)


@pytest.fixture(scope="module")
def seed(shared: Path) -> Profile:
    """Return the facts of the text, read line by line as of the day it was seen."""
    head, _, listing = (shared / "seed" / "author-page.txt").read_text(encoding="utf-8").partition("29 Papers\n")
    fields = [line for line in head.splitlines() if line]
    papers = []
    marks = list(BLOCK.finditer(listing))
    for number, (mark, after) in enumerate(zip(marks, [*marks[1:], None], strict=True), start=1):
        title, names, *abstract = filter(None, listing[mark.end() : after and after.start()].splitlines())
        names, _, affiliation = names.partition(" · ")
        category, month, day, year, code = mark.groups()
        papers.append(
            Paper(
                position=number,
                title=title,
                category=category,
                published_on=date(int(year or SEEN_ON.year), MONTHS.index(month) + 1, int(day)),
                has_code=code is not None,
                authors=tuple(names.removesuffix(" et al.").split(", ")),
                et_al=names.endswith(" et al."),
                affiliation=affiliation or None,
                abstract=" ".join(" ".join(abstract).split()),
            )
        )
    figures = [int(re.sub(r"\D", "", line)) for line in fields[2:]]
    return Profile(fields[0], fields[1], Metrics(*figures), tuple(papers), heading_count=29, listing_complete=True)


def expected(profile: Profile) -> dict[str, Any]:
    """Return what `extract` prints of a profile, without the keys that normalising adds."""
    return {
        "author": {"name": profile.name, "field": profile.field},
        "metrics": {name: getattr(profile.metrics, name) for name in Metrics.__slots__},
        "listing_complete": True,
        "papers": [
            {
                "position": paper.position,
                "category": paper.category,
                "published_on": str(paper.published_on),
                "has_code": paper.has_code,
                "title": paper.title,
                "authors": list(paper.authors),
                "et_al": paper.et_al,
                "affiliation": paper.affiliation,
                "abstract": paper.abstract,
            }
            for paper in profile.papers
        ],
    }


def extracted(page: bytes, on: date) -> dict[str, Any]:
    """Return what `extract` prints of an accepted page, in the form of `expected`."""
    noon = datetime(on.year, on.month, on.day, 12, tzinfo=UTC)
    extraction = extract_page(page, url="https://www.scholarfeed.org/author/1001", fetched_at=noon)
    assert (extraction.outcome, extraction.problems) == (Outcome.ACCEPTED, ())
    document = extraction.to_dict()
    for paper in document["papers"]:
        del paper["paper_id"], paper["arxiv_category"]
    return {name: document[name] for name in ("author", "metrics", "listing_complete", "papers")}


def test_the_text_holds_what_is_known_of_it(seed: Profile) -> None:
    """The test's own reader finds the counts that people counted in the text."""
    assert (seed.name, seed.field, seed.metrics) == ("Yichong Leng", "CL", Metrics(27, 29, 6209, 54, 55))
    assert len(seed.papers) == 29
    assert sum(paper.has_code for paper in seed.papers) == 5
    assert sum(paper.affiliation is None for paper in seed.papers) == 21
    assert seed.papers[8].published_on == date(2026, 4, 15)


@every_markup
@pytest.mark.parametrize("day", [SEEN_ON, NEXT_YEAR], ids=str)
def test_every_fact_is_extracted(seed: Profile, markup: str, day: date) -> None:
    """A page of any day equals its facts field by field, whether a date shows its year or not."""
    assert extracted(render(seed, key=1001, today=day, markup=markup), day) == expected(seed)


@every_markup
def test_a_page_rendered_last_year_keeps_its_dates(seed: Profile, markup: str) -> None:
    """A page out of a cache, captured in January, resolves "Apr 15" to the April before and not to the next one."""
    page = render(seed, key=1001, today=SEEN_ON, markup=markup)
    assert b"Apr 15, " not in page
    assert extracted(page, NEXT_YEAR) == expected(seed)


@every_markup
def test_codes_become_categories_only_where_one_fits(seed: Profile, markup: str) -> None:
    """AS, CL, LG and SD stand for one arXiv category each, CV for two: its papers have none."""
    page = render(seed, key=1001, today=SEEN_ON, markup=markup)
    extraction = extract_page(page, fetched_at=datetime(2026, 11, 22, tzinfo=UTC))
    assert extraction.profile is not None
    assert {paper.category: paper.arxiv_category for paper in extraction.profile.papers} == {
        "AS": "eess.AS",
        "CL": "cs.CL",
        "CV": None,
        "LG": "cs.LG",
        "SD": "cs.SD",
    }
