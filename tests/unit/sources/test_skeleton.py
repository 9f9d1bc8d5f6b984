"""Skeletons: two pages with the same one have the same tree, whatever they say."""

from __future__ import annotations

import html
from collections import deque
from itertools import zip_longest
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scholar_etl.sources.dom import Element, parse_page
from scholar_etl.sources.skeleton import Alphabet, NoSkeletonError, address, filled, marked, plain, template_of

HEAD = '<!DOCTYPE html><html><head><meta charset="utf-8"><title>T</title></head><body>'
# Whatever the tree builder treats in a way of its own: tables, formatting, lists, raw text, foreign elements, forms.
TAGS = st.sampled_from((
    "<p>", "</p>", "<div>", "</div>", "<li>", "</li>", "<ul>", "</ul>", "<a href='/x'>", "</a>", "<b>", "</b>", "<i>",
    "</i>", "<table>", "</table>", "<tr>", "</tr>", "<td>", "</td>", "<tbody>", "<caption>", "<br>", "<wbr>", "<hr/>",
    "<h2>", "</h2>", "<dl>", "<dt>", "<dd>", "</dl>", "<select>", "<option>", "</select>", "<button>", "</button>",
    "<template>", "</template>", "<svg>", "<path/>", "<title>", "</title>", "</svg>", "<math>", "<mi>", "</math>",
    "<form>", "</form>", "<span hidden>", "</span>", '<span class="sr-only">', "<script>", "</script>", "<style>",
    "</style>", "<textarea>", "</textarea>", "<noscript>", "</noscript>", "<!-- c -->", "<nobr>", "</body>", "</html>",
    "<my-box data-a='1'>", "</my-box>", "<details>", "<summary>", "</details>", "<ruby>", "<rt>", "</ruby>", "<pre>",
    "</pre>", "<input type='hidden'>", "<frameset>", "<applet>", "</applet>", "<font color='red'>", "</font>",
))  # fmt: skip
TEXTS = st.sampled_from(
    ("a", "b c", " d\n", "27", "&amp; e", "h & i", "&lt;p&gt;", "文", "e\u0301", "x\u00a0y", "'\"", "g > h")
)
SPACES = st.sampled_from((" ", "\n", "\t \n"))


@st.composite
def _twins(draw: st.DrawFn) -> tuple[str, str]:
    """Return two pages of the same tags, with other texts at the same places."""
    pages = [HEAD, HEAD]
    for tag in draw(st.lists(TAGS, max_size=25)):
        kind = draw(st.sampled_from(("", " ", "text", "text")))
        for n in (0, 1):
            said = draw(TEXTS) if kind == "text" else draw(SPACES) if kind else ""
            pages[n] += tag + said
    return pages[0], pages[1]


@settings(max_examples=1_500)
@given(_twins())
def test_the_same_skeleton_is_the_same_tree(twins: tuple[str, str]) -> None:
    """Pages with one skeleton have the same elements, and the same texts in them, up to what the texts say."""
    alphabet = Alphabet()
    try:
        forms = [alphabet.read(page.encode()).form for page in twins]
    except NoSkeletonError:
        return
    assert forms[0] == forms[1]
    first, second = (parse_page(page.encode()).texts for page in twins)
    assert [text.element.tag_path() for text in first] == [text.element.tag_path() for text in second]
    assert [[is_child for _, is_child in text.parts] for text in first] == [
        [is_child for _, is_child in text.parts] for text in second
    ]
    assert [_lineage(text.element) for text in first] == [_lineage(text.element) for text in second]


def _lineage(element: Element) -> list[Any]:
    return [
        (e.tag, e.attributes, e.place, e.is_leaf, e.is_inline, e.first, e.last) for e in (element, *element.ancestors())
    ]


@settings(max_examples=500)
@given(_twins())
def test_marks_change_no_tree_and_tell_where_texts_come_from(twins: tuple[str, str]) -> None:
    """The marked page has the texts of the page; each is made of tokens again as its marks tell."""
    body = twins[0].encode()
    try:
        skeleton = Alphabet().read(body)
        texts = parse_page(marked(skeleton)).texts
        templates = [template_of(text.parts, skeleton.tokens) for text in texts]
        made = [filled(template, skeleton.tokens) for template in templates]
    except NoSkeletonError:
        return
    assert made == [text.parts for text in parse_page(body).texts]


@given(TAGS, st.text(alphabet="abc <>&\"'/=", max_size=12))
def test_what_has_a_skeleton_has_whole_tags(tag: str, noise: str) -> None:
    """Noise in a page gives no skeleton, or one that is as long as the page has tags and texts."""
    body = f"{HEAD}{tag}{noise}</p>"
    try:
        skeleton = Alphabet().read(body.encode())
    except NoSkeletonError:
        return
    assert (
        "".join(f"<{run}>{said}" for run, said in zip_longest(*[iter(skeleton.tokens)] * 2, fillvalue=""))
        == f"<!>{body}<!>"
    )
    assert len(skeleton.form) == len(skeleton.tokens[::2])


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ('<a href="/1">', '<a href="/2">', True),
        ("<a href='/1'>", "<a href='/2'>", True),
        ("<a href='/1'>", '<a href="/1">', False),
        ('<a href="/1" data-k="1" class="c">', '<a href="/2" data-k="2" class="c">', True),
        ('<p class="a">', '<p class="b">', False),
        ("<p hidden>", "<p>", False),
        ('<p style="">', '<p style="display:none">', False),
        ("<!-- a -->", "<!-- b -->", True),
        ('<meta name="d" content="a">', '<meta name="d" content="b">', True),
        ('<meta http-equiv="refresh" content="a">', '<meta http-equiv="refresh" content="b">', False),
    ],
)
def test_values_that_mean_nothing_make_no_difference(one: str, other: str, is_same: bool) -> None:
    """Addresses and ids may differ; what decides the tree or what is visible may not."""
    alphabet = Alphabet()
    forms = [alphabet.read(f"{HEAD}{tag}x</p>".encode()).form for tag in (one, other)]
    assert (forms[0] == forms[1]) == is_same


@pytest.mark.parametrize(
    "body",
    [
        b"<p>x</p>",
        HEAD.encode() + b"\xff",
        HEAD.encode() + b"a < b <p>x</p>",
        HEAD.encode() + b"<p title='>'>x</p>",
        HEAD.encode() + b"<p>\x00x</p>",
        HEAD.encode() + b"<!-- > --><p>x</p>",
        HEAD.replace("utf-8", "latin-1").encode() + b"<p>x</p>",
    ],
)
def test_what_takes_a_parser_has_no_skeleton(body: bytes) -> None:
    """Another encoding, an open quote, a stray sign: such pages are left to the parser."""
    with pytest.raises(NoSkeletonError):
        Alphabet().read(body)


def test_what_is_kept_of_a_site_is_bounded() -> None:
    """A site that makes up new tags for ever gets no skeletons any more; those that were known before stay known."""
    alphabet = Alphabet()
    known = f"{HEAD}<p>x</p>".encode()
    form = alphabet.read(known).form
    new = (f"{HEAD}<p class='{number}{'c' * 10_000}'>x</p>".encode() for number in range(600))
    with pytest.raises(NoSkeletonError):
        deque(map(alphabet.read, new), maxlen=0)
    assert alphabet.read(known).form == form
    with pytest.raises(NoSkeletonError):
        Alphabet().read(f"{HEAD}<p class='{'c' * 100_000}'>x</p>".encode())


@given(
    st.lists(
        st.sampled_from(
            ("&amp;", "&lt;", "&#39;", "&#x27;", "&eacute;", "&nope;", "& ", "a", "&copy", "&#0;", "&#128;")
        )
    )
)
def test_references_are_read_as_the_parser_reads_them(pieces: list[str]) -> None:
    """What `plain` reads is what the parser reads; the rest it leaves."""
    said = "x" + "".join(pieces) + "y"
    try:
        read = plain(said)
    except NoSkeletonError:
        return
    (text,) = parse_page(f"<meta charset=utf-8><p>{said}</p>".encode()).texts
    assert text.text == " ".join(read.split())
    assert read == html.unescape(said)


def test_an_address_is_read_up_to_its_query() -> None:
    """A reference in an address's path takes a parser; in its query it means nothing here."""
    assert address('a class="x" href="/paper/2205.14807?a=1&b=2"', 0) == "/paper/2205.14807"
    assert address("""/a><a href='/a'><a href='/"b"' """, 1) == '/"b"'
    with pytest.raises(NoSkeletonError):
        address('a href="/paper/2205&#46;14807"', 0)
