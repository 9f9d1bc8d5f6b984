"""Pieces of markup: around a text, and alike on another page."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from scholar_etl.pipeline.excerpt import piece_alike, pieces_around, pieces_named

FILLER = "<p>unlike anything</p>" * 20


def test_the_piece_with_more_of_the_context_comes_first() -> None:
    """Of several places that have the text, the one beside the words meant is shown."""
    page = f"<b>55</b> novelty{FILLER}<b>55</b> score{FILLER}"
    assert "score" in pieces_around(page, ["55"], "ai_score")[0][1]
    assert len(pieces_around(page, ["55"], "")) == 2
    assert pieces_around(page, ["5"], "") == []  # not within a number


def test_the_closest_of_equals_comes_first() -> None:
    """A value that its neighbour shows too is the one right behind its own label."""
    ((_, piece),) = pieces_around("<i>Novelty</i><b>55%</b><i>AI Score</i><b>55</b>" + "." * 100, ["55"], "ai_score")
    assert piece.endswith(">55</b>" + "." * 96)


def test_what_a_reason_quotes_goes_before_its_numbers() -> None:
    """Numbers are looked for only where nothing is quoted."""
    page = f"<i>12</i>{FILLER}<i>AI rating</i>"
    assert [piece.endswith("<i>AI rating</i>") for _, piece in pieces_named(page, "12 by 'AI rating'")] == [True]
    assert pieces_named(page, "the metrics say 12 papers")[0][0] == 0


def test_the_like_place_is_found_by_its_rare_words() -> None:
    """A label that was renamed is found by its neighbours, in other tags and far from where it was."""
    new = f"<div>AI</div>{FILLER}<li>Novelty 54</li><li>AI rating 55</li>{FILLER}"
    found = piece_alike(new, '<span class="x">Novelty</span><span>54</span><span>AI Score</span>')
    assert found is not None
    assert "Novelty 54</li><li>AI rating" in found[1]
    assert piece_alike(new, "<zz>") is None


@given(st.text(max_size=300), st.text(max_size=80))
def test_any_page_gives_pieces_of_itself(page: str, piece: str) -> None:
    """No text makes it fail, and what it gives stands in the page at its offset."""
    found = [*pieces_named(page, piece), *filter(None, [piece_alike(page, piece)])]
    assert all(page[start : start + len(text)] == text for start, text in found)
