"""Words that a page puts before names and abstracts, in one text with them: they are no part of these."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from scholar_etl.extract import extract_page
from scholar_etl.model import Extraction, Outcome

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
LINES = (("Ada Lovelace, Bob Noyce, Cy Twombly et al.", "We try engines."), ("Ada Lovelace", "We count: all of it."))


def _extract(write: Callable[[str, str], str]) -> Extraction:
    """Read a page of two papers; `write` makes the markup of a line of names and an abstract."""
    blocks = "".join(
        f"<article><p>CL May {n}, 2022</p><h3>Study {n}</h3>{write(names, abstract)}</article>"
        for n, (names, abstract) in enumerate(LINES, start=1)
    )
    page = (
        '<!doctype html><html><head><meta charset="utf-8"><title>Ada Lovelace</title></head><body><h1>Ada Lovelace</h1>'
        "<p>h-index 1</p><p>2 papers</p><p>3 citations</p><p>Novelty 40%</p><p>AI Score 50</p><h2>2 Papers</h2>"
        f"<section>{blocks}</section></body></html>"
    )
    return extract_page(page.encode(), fetched_at=NOON)


def _linked(names: str) -> str:
    """Return the names, each in a link."""
    listed, more = names.removesuffix(" et al."), " et al." if names.endswith(" et al.") else ""
    return ", ".join(f"<a>{name}</a>" for name in listed.split(", ")) + more


@pytest.mark.parametrize(
    "write",
    [
        lambda names, abstract: f"<p>{names}</p><p>{abstract}</p>",
        lambda names, abstract: f"<p>By {names}</p><p>{abstract}</p>",
        lambda names, abstract: f"<p>by {_linked(names)}</p><p>{abstract}</p>",
        lambda names, abstract: f"<p><span>By</span> {_linked(names)}</p><p>{abstract}</p>",
        lambda names, abstract: f"<p><b>Authors:</b> {names}</p><p><b>Abstract:</b> {abstract}</p>",
        lambda names, abstract: f"<p>{names}</p><p>Abstract: {abstract}</p>",
        lambda names, abstract: f"<p>{names}</p><div><p>Summary: {abstract}</p></div>",
    ],
)
def test_a_label_is_no_part_of_what_it_announces(write: Callable[[str, str], str]) -> None:
    """Names and abstracts are read without the words before them."""
    extraction = _extract(write)
    assert extraction.profile is not None, extraction.problems
    first, second = extraction.profile.papers
    assert (first.authors, first.et_al) == (("Ada Lovelace", "Bob Noyce", "Cy Twombly"), True)
    assert (second.authors, second.et_al) == (("Ada Lovelace",), False)
    assert (first.abstract, second.abstract) == ("We try engines.", "We count: all of it.")


@pytest.mark.parametrize(
    "write",
    [
        # Of one abstract, it may be a word of its own.
        lambda names, abstract: f"<p>{names}</p><p>{'Abstract: ' * ('try' in abstract)}{abstract}</p>",
        lambda names, abstract: f"<p>{names}</p><p><b>Zusammenfassung:</b> {abstract}</p>",
        lambda names, abstract: (
            f"<p>{names}</p><p><b>{'null' if 'try' in abstract else 'Abstract:'}</b> {abstract}</p>"
        ),
        lambda names, abstract: f"<p>Autoren: {names}</p><p>{abstract}</p>",
    ],
)
def test_a_doubtful_label_is_held(write: Callable[[str, str], str]) -> None:
    """A label that nobody knows, or that stands once, holds the page."""
    assert _extract(write).outcome is Outcome.QUARANTINED
