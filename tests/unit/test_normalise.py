"""Facts made comparable, and nothing guessed."""

from __future__ import annotations

import unicodedata
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scholar_etl.arxiv import full_category
from scholar_etl.model import Paper, Profile
from scholar_etl.normalise import normal_paper, normalise_profile, paper_key
from scholar_etl.text import fold, normal_form


def test_texts_are_composed_and_folded() -> None:
    """Two spellings of one text become equal: combining marks composed, white space folded."""
    paper = Paper(
        1,
        "Cafe\u0301 \n models",
        "AS",
        date(2022, 1, 1),
        True,
        ("Jose\u0301  Peña",),
        False,
        "eth\u00a0zurich",
        "a\n\nb",
    )
    profile = normalise_profile(Profile("Lefe\u0300vre", papers=(paper,)))
    (read,) = profile.papers
    assert profile.name == "Lefèvre"
    assert (read.title, read.authors, read.affiliation, read.abstract) == (
        "Café models",
        ("José Peña",),
        "eth zurich",
        "a b",
    )


@given(st.text(max_size=60))
def test_normalising_twice_changes_nothing(text: str) -> None:
    """The normal form is NFC, one line, and its own normal form."""
    once = normalise_profile(Profile(text, papers=(Paper(1, text),)))
    assert normalise_profile(once) == once
    assert unicodedata.is_normalized("NFC", once.name)
    assert once.name == " ".join(once.name.split())


_TEXTS = st.sampled_from(("A", "Ada L", " B", "C ", "D  E", "F\n", "e\u0301", "\u00e9", " ", "")) | st.text(max_size=9)


@given(_TEXTS, st.lists(_TEXTS, max_size=3), st.none() | _TEXTS, st.none() | _TEXTS)
def test_each_text_is_put_into_normal_form(
    title: str, authors: list[str], affiliation: str | None, abstract: str | None
) -> None:
    """Each text of a paper is folded and composed; none shown stays none, and one of white space alone becomes it."""
    printed = Paper(1, title, authors=tuple(authors), affiliation=affiliation, abstract=abstract)
    (paper,) = normalise_profile(Profile("A", papers=(printed,))).papers
    assert (paper.title, paper.authors) == (normal_form(title), tuple(map(normal_form, authors)))
    assert paper.affiliation == (normal_form(affiliation or "") or None)
    assert paper.abstract == (normal_form(abstract or "") or None)


@given(_TEXTS, st.lists(_TEXTS, max_size=3), st.none() | _TEXTS, st.none() | _TEXTS)
def test_a_paper_made_of_folded_texts_is_in_normal_form(
    title: str, authors: list[str], affiliation: str | None, abstract: str | None
) -> None:
    """A source may make its papers in normal form itself: they are what normalising would make of them."""
    printed = Paper(1, title, "AS", None, False, tuple(authors), False, affiliation, abstract)
    (paper,) = normalise_profile(Profile("A", papers=(printed,))).papers
    folded = [fold(text) if text is not None else None for text in (affiliation, abstract)]
    made = normal_paper(1, fold(title), "AS", None, False, map(fold, authors), False, *folded, None)
    assert made == paper
    assert normalise_profile(Profile("A", papers=(made,))).papers == (paper,)


@pytest.mark.parametrize(
    ("code", "category"),
    [
        ("AS", "eess.AS"),
        ("CL", "cs.CL"),
        ("LG", "cs.LG"),
        ("CY", "cs.CY"),
        ("RO", "cs.RO"),
        ("cs.CV", "cs.CV"),
        ("quant-ph", "quant-ph"),
        ("ML", None),  # stat.ML, and what is called machine learning at large
        ("IT", None),  # cs and math
        ("NA", None),
        ("SP", None),
        ("CV", None),
        ("SY", None),
        ("XX", None),
        ("", None),
        (None, None),
    ],
)
def test_a_code_is_completed_only_where_one_category_fits(code: str | None, category: str | None) -> None:
    """A code of several archives stays without a category; the code itself is kept."""
    assert full_category(code) == category
    (paper,) = normalise_profile(Profile("A", papers=(Paper(1, "T", code),))).papers
    assert (paper.category, paper.arxiv_category) == (code, category)


def test_a_paper_is_known_by_its_arxiv_id() -> None:
    """The id counts, whatever the title says."""
    assert paper_key("One title", "2205.14807") == paper_key("Another", "2205.14807") == "arxiv:2205.14807"


@pytest.mark.parametrize("title", ["Text–to Speech", "text-to  speech", "TEXT TO SPEECH!", "Text to ｓｐｅｅｃｈ"])
def test_a_title_keeps_its_key_under_another_spelling(title: str) -> None:
    """Case, spacing, dashes, quotation marks and widths make no other paper."""
    assert paper_key(title, None) == paper_key("Text-to-Speech", None)


@pytest.mark.parametrize(("one", "other"), [("A", "B"), ("Net 1", "Net 2"), ("!", "?"), ("कि", "का"), ("语音", "语言")])
def test_different_titles_have_different_keys(one: str, other: str) -> None:
    """Letters, digits and the marks that belong to letters tell titles apart; signs do where nothing else is left."""
    assert paper_key(one, None) != paper_key(other, None)


def test_the_key_of_a_title_never_changes() -> None:
    """Keys are stored: the form of the hash is fixed."""
    assert paper_key("Attention Is All You Need", None) == "title:3bb0d894568116f0c6b6981844ac6197"
