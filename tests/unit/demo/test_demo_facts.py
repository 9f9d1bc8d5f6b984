"""The made-up facts: the same everywhere, varied as real ones are, and readable from JSON."""

from __future__ import annotations

import json
import subprocess
import sys
import unicodedata
from datetime import date

import pytest

from scholar_etl.demo import facts
from scholar_etl.model import Metrics, Paper, Profile


def everyone(count: int) -> list[Profile]:
    """Return the first authors' facts."""
    return [facts.first_profile(author.key) for author in facts.authors(count)]


def test_facts_are_the_same_in_another_process() -> None:
    """Nothing depends on hash seeds, on the clock or on what was asked for before."""
    script = (
        "import json; from scholar_etl.demo import facts; "
        "print(json.dumps([facts.to_json(facts.first_profile(k)) for k in (1030, 1001, 1014)]))"
    )
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True).stdout
    assert json.loads(told) == [
        json.loads(json.dumps(facts.to_json(facts.first_profile(key)))) for key in (1030, 1001, 1014)
    ]


def test_first_author_has_the_listing_of_the_real_page() -> None:
    """29 papers, 5 with Code, 8 with an affiliation, the five figures, every paper with an abstract."""
    profile = facts.first_profile(facts.FIRST_KEY)
    assert profile.name == "Yichong Leng"
    assert profile.metrics == Metrics(27, 29, 6209, 54, 55)
    assert [paper.position for paper in profile.papers] == list(range(1, 30))
    assert sum(paper.has_code for paper in profile.papers) == 5
    affiliations = [paper.affiliation for paper in profile.papers if paper.affiliation]
    assert sorted(affiliations) == ["gatech"] + 7 * ["microsoft-research"]
    assert all(paper.et_al and len(paper.authors) == 3 and paper.abstract for paper in profile.papers)
    assert profile.papers[8].published_on == date(2026, 4, 15)
    assert 0 < sum(paper.arxiv_id is None for paper in profile.papers) < 8


def test_thousands_of_authors_can_be_asked_for_and_are_told_apart() -> None:
    """Keys count up without gaps and no two of the first 3,000 authors share a name."""
    asked = facts.authors(3_000)
    assert [author.key for author in asked] == list(range(1001, 4001))
    assert len({author.name for author in asked}) == 3_000


@pytest.mark.parametrize("paper_count", [0, 1, 2, 60])
def test_the_first_25_authors_cover_small_and_large_listings(paper_count: int) -> None:
    """There is an author with that many papers among those of the default site."""
    assert paper_count in [len(profile.papers) for profile in everyone(25)]


def test_figures_are_consistent_and_cover_the_extremes() -> None:
    """Counts agree with the listing, the h-index with papers and citations; one and over a million occur."""
    profiles = everyone(200)
    for profile in profiles:
        metrics = profile.metrics
        assert metrics.paper_count == profile.heading_count == len(profile.papers)
        assert metrics.h_index is not None
        assert metrics.citation_count is not None
        assert metrics.h_index <= len(profile.papers)
        assert metrics.h_index**2 <= metrics.citation_count
    assert {1, 1_234_567} <= {profile.metrics.citation_count for profile in profiles}


def test_papers_of_one_author_are_told_apart() -> None:
    """No author has a title or an arXiv id twice, so that a paper has one identity."""
    for profile in everyone(200):
        titles = [paper.title for paper in profile.papers]
        links = [paper.arxiv_id for paper in profile.papers if paper.arxiv_id]
        assert len(set(titles)) == len(titles)
        assert len(set(links)) == len(links)


def test_blocks_vary_as_on_real_pages() -> None:
    """One to three names are shown, `et al.` only after three; code, affiliation and link come and lack."""
    papers = [paper for profile in everyone(25) for paper in profile.papers]
    shapes = {(len(paper.authors), paper.et_al) for paper in papers}
    assert shapes == {(1, False), (2, False), (3, False), (3, True)}
    assert {paper.has_code for paper in papers} == {True, False}
    assert {paper.affiliation is None for paper in papers} == {True, False}
    assert {paper.arxiv_id is None for paper in papers} == {True, False}
    assert {"AS", "CL", "CV", "CY", "LG", "ML", "SD"} <= {paper.category for paper in papers}


def test_names_come_in_many_scripts() -> None:
    """Right-to-left, Han, combining marks, apostrophes, hyphens and a comma in a name all occur."""
    names = [profile.name for profile in everyone(25)]
    letters = "".join(names)
    assert {"R", "AL"} <= {unicodedata.bidirectional(letter) for letter in letters}
    assert any(unicodedata.name(letter, "").startswith("CJK UNIFIED") for letter in letters)
    assert any(unicodedata.combining(letter) for letter in letters)
    assert all(mark in letters for mark in "'-,")


def test_text_is_normal_already() -> None:
    """Facts are NFC with single spaces, so that they equal what a careful reader makes of the page."""
    for profile in everyone(60):
        texts = [profile.name]
        for paper in profile.papers:
            texts += [paper.title, paper.abstract or "", paper.affiliation or "", *paper.authors]
        for text in texts:
            assert unicodedata.normalize("NFC", text) == text
            assert " ".join(text.split()) == text


def test_json_form_gives_the_profile_back() -> None:
    """Nothing is lost on the way through JSON text, the optional fields included."""
    profiles = [*everyone(25), Profile("A", papers=(Paper(1, "T", published_on=None), Paper(2, "U")))]
    for profile in profiles:
        assert facts.from_json(json.loads(json.dumps(facts.to_json(profile)))) == profile


@pytest.mark.parametrize(
    ("published_on", "today", "shown"),
    [
        (date(2026, 4, 15), date(2026, 4, 15), date(2026, 4, 15)),
        (date(2026, 4, 15), date(2026, 4, 14), date(2025, 4, 15)),
        (date(2026, 4, 15), date(2023, 12, 1), date(2023, 4, 15)),
        (date(2024, 2, 29), date(2023, 12, 1), date(2023, 2, 28)),
        (date(2024, 2, 29), date(2024, 2, 28), date(2023, 2, 28)),
    ],
)
def test_future_dates_move_back_by_whole_years(published_on: date, today: date, shown: date) -> None:
    """A date never lies after today, and keeps its day of the year."""
    assert facts.before(published_on, today) == shown
