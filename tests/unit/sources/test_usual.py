"""Papers of blocks of the usual make: the short way says what the rules of the full reading say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from scholar_etl.model import Paper, Profile
from scholar_etl.normalise import normalise_profile
from scholar_etl.sources.doubts import passes_for_title
from scholar_etl.sources.forms import Block, Fixed, Link, UnlikeError
from scholar_etl.sources.listing import Place, read_any
from scholar_etl.sources.names import LONGEST_LINE
from scholar_etl.sources.selectors import NotFoundOnPageError
from scholar_etl.sources.skeleton import NoSkeletonError
from scholar_etl.sources.usual import _are_titles, _doubtful_titles, _is_title, _read_usual, usual_make
from scholar_etl.text import fold

LATEST = date(2026, 11, 23)
OWNER = "Ada Lovelace"
LONG = "We try one engine after the other, and count. " * 8

# Mostly what is usual, so that many pages are read the short way; then what looks like something else.
TITLES = [
    "Looms that weave algebra by themselves",
    "On notes to a memoir of an engine in nine parts, and on what it is",
]
ODD_TITLES = [
    "GAN", "Code", "54%", "May 99, 2022", "May 30, 2022", "29 Papers", "h-index 99", "Novelty",
    "Ada Lovelace, Bob Hall", "What Ada Lovelace wrote about engines", "Multimodal", "We et al.",
    "Deep: a study of it", "Abstract: We show", "PDF", "A title said twice A title said twice", "y" * 351,
    "x &amp; y are two of the four", "&nbsp;", "\u200b", "a\u00a0b", "is &notit; one",
    "The score of papers with an index of novelty", "Read more", "  spaced   out\n", "\u05d0\u05d1\u05d2", "Engines.",
]  # fmt: skip
LINES = [
    ("Ada Lovelace",), ("Ada Lovelace, ", "Bob Hall"), ("Bob Hall", ", ", "Ada Lovelace"),
    ("Ada Lovelace, Bob Hall, Cy Young et al.",), ("Ada Lovelace", ", ", "Bob Hall", " · mit"),
]  # fmt: skip
ODD_LINES = [
    ("Bob Hallam.",), ("Prof. van der der Berg",),
    ("Bob Hall, Cy Young",), ("Bob Hall",), ("OpenAI",), ("AI Score",), ("Read More",), ("By Ada Lovelace",),
    ("et al.",), ("Ada Lovelace and Bob Hall",), ("Ada Lovelace", "Bob Hall"), ("Ada Lovelace, Jr.",),
    ("Authors: Ada Lovelace",), ("Authors:", " Ada Lovelace"), ("A, B, C, D",),
    ("We saw Ada Lovelace. She wrote notes",), ("Ada Lovelace · a: b",), ("Ada Lovelace, Bob Hall et al.",),
    ("Prof. van der Berg",), ("Ada Lovelace, ", "Bob Hall", " and more"), ("Novelty Novelty",),
    ("Ada Lov&eacute;lace, Ada Lovelace",), ("Ada Lovelace", "&nbsp;", "Bob Hall"), ("eth-zurich",),
    ("Ada Lovelace, Bob Hall", ", ", "Cy Young"), ("Ada Lovelace. Bob Hall. Cy Young",), ("Agent 007, Ada Lovelace",),
]  # fmt: skip
ABSTRACTS = [LONG, "Short. We show it.", LONG.replace("other", "other\u2019s")]
ODD_ABSTRACTS = [
    "eth-zurich", "· ETH Zurich", f"· {LONG}", "Ada Lovelace", "Ada Lovelace, Bob Hall", "Bob Hall, Cy Young et al.",
    f"Abstract: {LONG}", f"Abstract : {LONG}", f"Note: {LONG}", "Code", "May 30, 2022", "27", "h-index 3", "&nbsp;",
    "Novelty: 27", "Prof. van der der Berg, Bob Hall, Cy Young et al.",
    "Read more…", "Read more:", "no sentence at all", f"{LONG}et al.", f"Ada Lovelace, {LONG}", "x" * LONGEST_LINE,
    "x" * (LONGEST_LINE + 1), "a", "Zurich: it",
]  # fmt: skip
DATES = ["May 30, 2022"] * 40 + ["Apr 15", "CL · May 30, 2022", "May 30, 2022 · Code", "soon"]
CODES = ["CL"] * 40 + ["cs.LG", "quant-ph", "cl"]
TO_PAPERS = ['<a href="/paper/2205.14807v1">', '<a href="/abs/2002.02460">', '<a href="/paper/2205.14807?a&b">']
LINKS = st.sampled_from([*TO_PAPERS, '<a href="">'])
OTHER_LINKS = st.sampled_from(['<a href="">', '<a href="/saved">'] * 30 + TO_PAPERS)


def _mostly(usual: list[Any], odd: list[Any]) -> st.SearchStrategy[Any]:
    return st.sampled_from([*usual * (12 * len(odd) // len(usual)), *odd])


@st.composite
def _pages(draw: st.DrawFn) -> tuple[list[Place], list[str]]:
    """Return blocks of the usual make, with what stands in them; nothing else is between."""
    tokens: list[str] = []
    found: list[Place] = []
    usual_columns = draw(st.sampled_from((("p", "p"), ("p", "div"))))
    for _ in range(draw(st.integers(2, 4))):
        line = draw(_mostly(LINES, ODD_LINES))
        line_column, column = draw(st.sampled_from([usual_columns] * 20 + [("p", "p"), ("div", "p"), ("ul", "div")]))
        day = draw(st.sampled_from(DATES))
        has_code, has_badge = draw(st.booleans()), draw(st.booleans())
        title_is_in = draw(st.sampled_from(["a link"] * 8 + ["a box that is a link", "no link"]))
        own = [draw(OTHER_LINKS), day if has_code else f"CL · {day}", "<b>", draw(st.sampled_from(CODES))]
        own += [draw(LINKS if title_is_in == "a link" else OTHER_LINKS), draw(_mostly(TITLES, ODD_TITLES))]
        own += ["<i>", draw(st.sampled_from(["Code" if has_badge else "1."] * 20 + ["Coda"]))]
        own += [token for piece in line for token in ("<s>", piece)]
        own += [draw(OTHER_LINKS), draw(_mostly(ABSTRACTS, ODD_ABSTRACTS))]
        pieces = tuple(range(9, 9 + 2 * len(line), 2))
        if draw(st.booleans()):  # every other piece in an element of its own
            parts = tuple(((place,), len(line) > 1 and number % 2 == 0) for number, place in enumerate(pieces))
        else:
            parts = (((" ", *pieces) if draw(st.integers(0, 9)) == 0 else pieces, False),)
        block = Block(
            opening="",
            form="x" * (len(own) // 2 - 1),
            closing="",
            date=(((1,), False),),
            category=(((3,), False),) if has_code else None,
            has_badge=has_badge,
            fixed=(Fixed((((7,), False),), "Code"),) if has_badge else (),
            marks=() if has_badge else (((((7,), False),), False),),
            title=(((5,) if draw(st.integers(0, 9)) else (5, " "), draw(st.booleans())),),
            is_heading=draw(st.booleans()),
            cells=((line_column, (parts,)), (column, ((((len(own) - 1,), draw(st.integers(0, 9)) == 0),),))),
            links=(
                Link(0, 0, is_within=draw(st.integers(0, 9)) == 0, is_around=False, cells=()),
                Link(4, 0, title_is_in == "a link", title_is_in == "a box that is a link", cells=()),
                Link(len(own) - 2, 0, is_within=False, is_around=False, cells=(1,)),
            ),
        )
        found.append((replace(block, usual=usual_make(block)), len(tokens)))
        tokens += own
    return found, [*tokens, ""]


@settings(max_examples=1_500)
@given(_pages())
def test_the_short_way_says_what_the_rules_say(page: tuple[list[Place], list[str]]) -> None:
    """Whatever stands in blocks of the usual make: what is read without the rules is what they give."""
    places, tokens = page
    try:
        papers = _read_usual(places, tokens, OWNER, LATEST)
    except (UnlikeError, NoSkeletonError, NotFoundOnPageError):
        papers = None
    event("short" if papers is not None else "by the rules")
    if papers is not None:
        assert papers == _normal(read_any(places, tokens, OWNER, LATEST))


def _normal(papers: Sequence[Paper]) -> list[Paper]:
    return [*normalise_profile(Profile(OWNER, papers=tuple(papers))).papers]


def _read_twice(
    *line: str, title: str = TITLES[0], abstract: str = LONG, is_inside: bool = False
) -> list[Paper] | None:
    """Read a page of two like blocks the short way; of several pieces of a line, the first has its own element."""
    tokens = ["<i>", "May 30, 2022", "<b>", "CL", '<a href="/paper/2205.14807v1">', title, "<p>", abstract, *line]
    block = Block(
        opening="",
        form="x" * (len(tokens) // 2 - 1),
        closing="",
        date=(((1,), False),),
        category=(((3,), False),),
        has_badge=False,
        fixed=(),
        marks=(),
        title=(((5,), False),),
        is_heading=True,
        cells=(
            ("p", (tuple(((8 + n,), n == 0 < len(line) - 1) for n in range(len(line))),)),
            ("p", ((((7,), is_inside),),)),
        ),
        links=(Link(4, 0, is_within=True, is_around=False, cells=()),),
    )
    block = replace(block, usual=usual_make(block))
    return _read_usual([(block, 0), (block, len(tokens))], [*tokens * 2, ""], OWNER, LATEST)


def test_usual_pages_are_read_the_short_way() -> None:
    """A page of which nothing is odd needs no rules: else they would save nothing."""
    paper = Paper(1, TITLES[0], "CL", date(2022, 5, 30), authors=(OWNER,), abstract=LONG.strip(), arxiv_id="2205.14807")
    assert _read_twice(OWNER) == _normal([paper, replace(paper, position=2)])


@pytest.mark.parametrize(("title", "line"), [("h-index 99", OWNER), ("29 Papers", OWNER), (TITLES[0], "AI Score")])
def test_what_mentions_a_metric_is_left_to_the_rules(title: str, line: str) -> None:
    """A title or a line that says what the figures of an author are called takes the rules."""
    assert _read_twice(line, title=title) is None


def test_labels_in_elements_are_left_to_the_rules() -> None:
    """What may be the label of a line, or of all abstracts, takes the rules."""
    assert _read_twice("By:", " Ada Lovelace, Bob Hall, Cy Young et al.") is None
    assert _read_twice(OWNER, abstract="We show that:") is not None
    assert _read_twice(OWNER, abstract="We show that:", is_inside=True) is None


# Words of titles, and those that a rule looks for: beginnings and ends of dates, codes, figures, lines of authors.
TITLE_WORDS = st.sampled_from([
    *["Deep", "models", "of", "speech:", "(large)", "general", "for", "Llama", "anymore", "mother", "L'Engle"] * 3,
    *["et al", "and 5 more", "and 2 others", "and 3 other", "and 2 OTHERS", "May 30, 2022", "Code", "x" * 60] * 3,
    "2", "2022", "Apr", "et", "al.", "AL", "and", "more", "Other", "54%", "CL", "a.b", "Ada", "Lovelace,", "Lovelace",
    "·", "|", "&", "PDF", "read", "Published:", "it?", "y" * 300, "",
])  # fmt: skip


@settings(max_examples=3_000)
@given(st.lists(TITLE_WORDS, min_size=1, max_size=8), st.sampled_from([1, 1, 1, 2]), st.sampled_from(["", "."]))
def test_a_quick_look_at_titles_says_what_the_rules_say(words: list[str], times: int, end: str) -> None:
    """What passes for a title at once breaks none of the rules for one, and is folded."""
    title = fold(" ".join(words * times) + end)
    if title:
        event("by the rules" if _doubtful_titles([title], OWNER) else "plain")
        assert _are_titles([title], OWNER) == _is_title(title, OWNER)


@pytest.mark.parametrize(
    "title", [TITLES[1], "On looms (2), which weave algebra by themselves, in 9 parts and more than that"]
)
def test_usual_titles_are_plain(title: str) -> None:
    """Most titles pass at once: else the quick look would save nothing."""
    assert not _doubtful_titles([title], OWNER)


@pytest.mark.parametrize("text", [*TITLES, "Deep: a study of it", "Multimodal", "x" + "y" * 349])
def test_titles_pass(text: str) -> None:
    """A text that is no more than a title passes for one."""
    assert passes_for_title(text, OWNER)


@pytest.mark.parametrize(
    "text",
    [
        "Ada Lovelace, Bob Hall",
        "May 99, 2022",
        "54%",
        "quant-ph",
        "x" + "y" * 350,
        "A title said twice A title said twice",
    ],
)
def test_what_could_be_another_field_passes_for_no_title(text: str) -> None:
    """What names the author, or is a value, or too long, or said twice, is left to the rules."""
    assert not passes_for_title(text, OWNER)
