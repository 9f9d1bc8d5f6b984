"""Labels and values, paired as a reader pairs them."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scholar_etl.sources.dom import parse_page
from scholar_etl.sources.labelled import LabelReader, find_groups, read_group
from scholar_etl.sources.selectors import AmbiguousOnPageError, NotFoundOnPageError

LABELS = LabelReader({"h": r"h-index", "c": r"citations?", "n": r"novelty"}, stems=("h-index", "citation", "novelty"))


def read(html: str) -> list[dict[str, str]]:
    """Return the values of every group that shows an h-index and citations."""
    texts = parse_page(html.encode()).texts
    return [
        read_group(group, texts, {"h": True, "c": False}).values
        for group in find_groups(LABELS.mentions(texts), texts, ("h", "c"))
    ]


@given(st.lists(st.sampled_from(["H-Index", "citations", "a novelty", "title", "", "x" * 200 + "novelty"])))
def test_a_look_at_several_texts_misses_none(texts: list[str]) -> None:
    """What may be in one of several texts may be in them."""
    assert LABELS.may_be_in_any(texts) >= any(map(LABELS.may_be_in, texts))


@pytest.mark.parametrize(
    "html",
    [
        "<p>h-index 27</p><p>6,209 citations</p>",
        "<p>27 h-index</p><p>Citations: 6,209</p>",
        "<p><b>h-index</b><i>27</i></p><p><b>6,209</b><i>citations</i></p>",
        "<dl><dt>h-index<dd>27<dt>citations<dd>6,209</dl>",
        "<table><tr><th>h-index<th>citations<tr><td>27<td>6,209</table>",
        "<table><tr><td>27<td>6,209<tr><th>h-index<th>citations</table>",
        "<b>27</b><i>h-index</i><b>6,209</b><i>citations</i>",
        "<p>h-index 27 | citations 6,209</p>",
    ],
)
def test_each_arrangement_pairs(html: str) -> None:
    """One text or two, before or behind, in columns or in rows: the pairs are the same."""
    assert read(html) == [{"h": "27", "c": "6,209"}]


@pytest.mark.parametrize(
    "html",
    [
        "<b>h-index</b><b>citations</b><i>27</i>",
        "<p>h-index 27</p><p>citations 5</p><p>citations</p>",
        "<div><p>27</p></div><div><p>citations</p><p>6</p></div><p>h-index</p>",
        "<p>h-index<b>27</b><b>28</b></p><p>citations 5</p>",
    ],
)
def test_what_does_not_pair_is_no_value(html: str) -> None:
    """A value that could be another label's, a second one, or none: an error, or no group, never a guess."""
    try:
        assert read(html) in ([], [{"h": "27", "c": "5"}])
    except NotFoundOnPageError:
        return


def test_two_authors_are_two_groups() -> None:
    """Cards beside each other keep their figures apart."""
    card = "<div><p>h-index {0}</p><p>{0}0 citations</p></div>"
    assert read(card.format(1) + card.format(2)) == [{"h": "1", "c": "10"}, {"h": "2", "c": "20"}]


def test_groups_do_not_share_a_label() -> None:
    """A stray label elsewhere does not borrow the figures of a group, even without ones of its own."""
    page = "<div><p>h-index 1</p><p>10 citations</p></div><section><p>a</p><p>b</p><h3>h-index 99</h3></section>"
    assert read(page) == [{"h": "1", "c": "10"}]


def test_two_values_of_one_label_are_ambiguous() -> None:
    """Within one cell two numbers are never "the first", nor one said twice: `9` and `9` may be 99."""
    for second in ("28", "27"):
        with pytest.raises(AmbiguousOnPageError):
            read(f"<p><b>h-index</b><i>27</i><i>{second}</i></p><p>5 citations</p>")


@pytest.mark.parametrize(
    "shown",
    [
        "<b><s>27</s></b>",
        "<b><sup>27</sup></b>",
        "<b>1<del>12</del></b>",
        "<b>27<sup>3</sup></b>",
        "<b><i>2</i><i>7</i></b>",
        "<b>27\u00a0<i>300</i></b>",
    ],
)
@pytest.mark.parametrize("form", ["<p>h-index {}</p>", "<p>h-index</p><p>{}</p>", "<div><p>h-index</p>{}</div>"])
def test_a_number_stands_in_one_piece(form: str, shown: str) -> None:
    """Digits of two elements are never read as one number, however deep they stand."""
    page = "<section>{}</section><p>5 citations</p>"
    assert read(page.format(form.format("<b><i>27</i></b>"))) == [{"h": "27", "c": "5"}]
    with contextlib.suppress(NotFoundOnPageError):  # the label stands there, and has no value
        assert read(page.format(form.format(shown))) == []


def test_a_number_in_pieces_leaves_no_other_in_its_place() -> None:
    """Beside digits that make no number, another number is not the value."""
    with pytest.raises(AmbiguousOnPageError):
        read("<p><b>h-index</b><i>12</i><u>5<i>12</i></u></p><p>5 citations</p>")


def test_a_row_with_a_value_that_cannot_be_read_does_not_pair_off() -> None:
    """Where one value is no number and another stands in two cells, as many values as labels tell nothing."""
    rows = "<table><tr><th>h-index<th>citations<th>novelty<tr>{}</table>"
    assert read(rows.format("<td>1<td>2<td>3%")) == [{"h": "1", "c": "2", "n": "3%"}]
    with pytest.raises(AmbiguousOnPageError):
        read(rows.format("<td>○○<td><p>2</p><p>3</p><td>4%"))
    with pytest.raises(AmbiguousOnPageError):
        read("<p><b>h-index</b><i>8%+</i><u>12</u></p><p>5 citations</p>")


@pytest.mark.parametrize("rest", [",234", ".5", "K", "+", "million"])
@pytest.mark.parametrize("form", ["<p><b>h-index</b><i>1</i><i>{}</i></p>", "<p><i>1</i><i>{}</i><b>h-index</b></p>"])
def test_the_rest_of_a_number_is_not_left_out(form: str, rest: str) -> None:
    """Where the first digits of a number have an element of their own, they are not the number."""
    assert read(form.format("of all") + "<p>5 citations</p>") == [{"h": "1", "c": "5"}]
    with pytest.raises(AmbiguousOnPageError):
        read(form.format(rest) + "<p>5 citations</p>")


def test_running_text_is_no_mention() -> None:
    """A sentence that holds a label's word is not a label."""
    texts = parse_page(b"<p>We compare h-index 27 with citations of others.</p><p>h-index of 5</p>").texts
    assert LABELS.mentions(texts) == []
