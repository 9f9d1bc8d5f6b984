"""Damaged pages: whatever breaks, no crash, and nothing in an accepted page that the whole page did not say."""

from __future__ import annotations

import os
import random
from datetime import UTC, date, datetime

import pytest
from damage_for_tests import damage
from hypothesis import given
from hypothesis import strategies as st
from markups_for_tests import MARKUPS, compose, places
from traps_for_tests import ADDITIONS, KEY

from scholar_etl.demo import markups as bundled
from scholar_etl.demo.story import profile_on
from scholar_etl.extract import extract_page
from scholar_etl.model import METRIC_NAMES, Outcome, Profile

TODAY = date(2026, 11, 22)
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
SEEDS = range(int(os.environ.get("DAMAGED_PAGES", "300")))
AUTHORS = (1, 2, 3, 12, 15, 17, 21, 24)
TRAPS = (None, None, "similar_between", "similar_below", "trending_below", "stale_hidden")


def _whole(draw: random.Random) -> tuple[str, Profile]:
    """Return an undamaged page of a random author in a random markup, and its facts."""
    truth = None
    while truth is None:
        truth = profile_on(KEY + draw.choice(AUTHORS) - 1, draw.randrange(4), TODAY)
    name = draw.choice([*MARKUPS, *bundled.MARKUPS])
    if name in bundled.MARKUPS:
        return bundled.render(truth, key=KEY, today=TODAY, markup=name).decode(), truth
    parts = places(truth, MARKUPS[name], TODAY)
    trap = draw.choice(TRAPS)
    if trap is not None:
        ADDITIONS[trap](parts, truth, MARKUPS[name], TODAY)
    return compose(parts, MARKUPS[name]).decode(), truth


def _faults(profile: Profile, truth: Profile) -> list[str]:
    """Return what an accepted page says that its whole did not."""
    found = [
        f"{name} {value}, not {getattr(truth.metrics, name)}"
        for name in METRIC_NAMES
        if (value := getattr(profile.metrics, name)) not in (None, getattr(truth.metrics, name))
    ]
    if profile.name != truth.name:
        found.append(f"name {profile.name!r}")
    if profile.field not in (None, truth.field):
        found.append(f"field {profile.field!r}")
    names = {name for paper in truth.papers for name in paper.authors}
    tags = {None, *(paper.affiliation for paper in truth.papers)}
    known = {" ".join(paper.title.split()): paper for paper in truth.papers}
    for paper in profile.papers:
        original = known.get(paper.title)
        if original is None:
            found.append(f"paper {paper.title!r}")
            continue
        if (paper.category, paper.published_on) != (original.category, original.published_on):
            found.append(f"{paper.category} {paper.published_on} of {paper.title!r}")
        if not set(paper.authors) <= names:
            found.append(f"authors {paper.authors} of {paper.title!r}")
        if paper.affiliation not in tags:
            found.append(f"affiliation {paper.affiliation!r} of {paper.title!r}")
        found += [
            f"{other.title!r} in the abstract of {paper.title!r}"
            for other in truth.papers
            if other.title in (paper.abstract or "") and other.title not in (original.abstract or "")
        ]
    return found


@pytest.mark.parametrize("part", range(4))
def test_a_damaged_page_says_nothing_new(part: int) -> None:
    """Every seed: an outcome, and if it is accepted, every metric, title, date and author is one of the truth."""
    for seed in SEEDS[part::4]:
        draw = random.Random(seed)  # noqa: S311
        page, truth = _whole(draw)
        damaged = damage(page, draw)
        extraction = extract_page(damaged.encode(), url=f"https://www.scholarfeed.org/author/{KEY}", fetched_at=NOON)
        assert (extraction.profile is not None) == (extraction.outcome is Outcome.ACCEPTED)
        if extraction.profile is not None:
            assert _faults(extraction.profile, truth) == [], f"seed {seed}"


@pytest.mark.parametrize("seed", range(0, 40, 5))
def test_the_campaign_starts_from_pages_that_are_read(seed: int) -> None:
    """Undamaged, the pages of the campaign are accepted without a fault: so it is the damage that is tried."""
    page, truth = _whole(random.Random(seed))  # noqa: S311
    extraction = extract_page(page.encode(), url=f"https://www.scholarfeed.org/author/{KEY}", fetched_at=NOON)
    assert extraction.profile is not None
    assert _faults(extraction.profile, truth) == []
    assert len(extraction.profile.papers) == len(truth.papers)


@given(st.binary(max_size=2_000))
def test_any_bytes_give_an_outcome(body: bytes) -> None:
    """Bytes of any kind are judged, never a crash."""
    assert extract_page(body, fetched_at=NOON).outcome in Outcome


_SNIPPETS = st.sampled_from(
    (
        "<p>", "</p>", "<div>", "</div>", "<li>", "<table>", "<tr>", "<td>", "<a href='http://['>", "<br>", "</a>",
        "<dl><dt>", "<dd>", "<h1>", "<h2>", "h-index", "27", "29 papers", "2 Papers", "citations 5", "AS May 30, 2022",
        "CL", "May 9", "Code", "A Title", "Ada, Bob et al. · tag", "Some words.", "<!--", "-->", "&#0;", "&amp;", "·",
        "<script>", "</script>", "<svg>", "<template>", "</template>", "\x00", "\ud83d\ude00", "<title>Ada</title>",
    )
)  # fmt: skip


@given(st.lists(_SNIPPETS, max_size=80), st.sampled_from(("utf-8", "utf-16", "latin-1")))
def test_any_markup_gives_an_outcome(snippets: list[str], encoding: str) -> None:
    """Tags, labels, dates and names in any order are judged, never a crash."""
    body = "".join(snippets).encode(encoding, errors="replace")
    assert extract_page(body, fetched_at=NOON).outcome in Outcome


def _hostile() -> dict[str, str]:
    head = "<h1>A</h1><p>h-index 1</p><p>9 citations</p><p>{0} papers</p><h2>{0} Papers</h2>"
    return {
        "nested": "<div>" * 100_000 + "h-index 1",
        "nested spans": "<span>" * 100_000 + "h-index 1",
        "nested lists": "<ul><li>h-index<li>1" * 20_000,
        "labels": "<p>h-index</p>" * 100_000,
        "labels with values": "<p>h-index 1</p><p>1 papers</p><p>1 citations</p>" * 20_000,
        "labels beside each other": head.format(1) + "<b>papers</b><i>5</i>" * 50_000,
        "headings": head.format(1) + "<h2>1 Papers</h2>" * 50_000,
        "dates": head.format(50_000) + "<p>May 30, 2022</p>" * 50_000,
        "dates in a row": head.format(20_000) + "<table><tr>" + "<td>May 30, 2022" * 20_000,
        "dates in different boxes": head.format(20_000) + "<div><p>AS May 30, 2022</p></div><p>x</p>" * 20_000,
        "papers": head.format(20_000) + "<div><p>AS May 30, 2022</p><b>x</b></div>" * 20_000,
        "one paragraph": head.format(1) + "<p>May 30, 2022<br>" * 1 + "word <br>" * 50_000,
        "commas": head.format(1) + "<div><p>AS May 30, 2022</p><h3>T</h3><p>" + "A, " * 100_000 + "</p></div>",
        "spaces": head.format(1) + "<div><p>AS May 30, 2022</p><h3>T</h3><p>A" + " " * 200_000 + "</p></div>",
        "text": "a" * 5_000_000,
        "open tags": "<" * 500_000,
        "attributes": "<p " + " ".join(f"a{n}=1" for n in range(100_000)) + ">h-index",
    }


@pytest.mark.parametrize("name", _hostile())
def test_hostile_pages_end(name: str) -> None:
    """Nesting, and labels, dates or papers without number, take time in proportion, and have an outcome."""
    assert extract_page(_hostile()[name].encode(), fetched_at=NOON).outcome in Outcome
