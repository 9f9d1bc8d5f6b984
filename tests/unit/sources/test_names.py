"""Lines of authors: the short way for plain ones says what the whole reading says."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scholar_etl.sources.blocks import Cell
from scholar_etl.sources.dom import Element, Text
from scholar_etl.sources.names import Names, read_any_names, read_names, read_plain_names
from scholar_etl.sources.selectors import AmbiguousOnPageError
from scholar_etl.text import fold

# Nearly all of a line in most draws, so that lines are plain often enough; then what makes one doubtful.
_PLAIN = ["Ada", "Lovelace", "J.", "de", "O'Brien", "Jean-Luc", "Þórðarson", "陈思远", "Alicia", "Eternity", "Andy"]
_DOUBTFUL = [
    "and",
    "And",
    "By",
    "by",
    "et",
    "Et",
    "al",
    "al.",
    "Jr.",
    "III",
    "Ph.D.",
    "B2",
    "x:y",
    "N" * 70,
    "&",
    "etal",
]
_WORDS = st.sampled_from(_PLAIN * 12 + _DOUBTFUL)
_NAMES = st.lists(_WORDS, min_size=1, max_size=4).map(" ".join)
_PARTING = st.sampled_from([", "] * 30 + [",", " , ", "; ", " and ", ", and ", " & ", " · ", " "])
_ENDS = st.sampled_from(
    [""] * 9 + [" et al."] * 9 + [", et al.", " et al", " et. al.", " ET AL.", " and others", ",", "."]
)
_TAGS = st.sampled_from([""] * 9 + [" · mit", " · microsoft-research", "·mit", " | mit", " · ETH Zurich", " · mit · x"])


@st.composite
def _cells(draw: st.DrawFn) -> Cell:
    """A line of names; each may stand in an element of its own, alone or with what is beside it."""
    parts: list[tuple[str, bool]] = []
    has_elements = draw(st.booleans())
    for number in range(draw(st.integers(1, 3))):
        name, parting = draw(_NAMES), draw(_PARTING) if number else ""
        if has_elements and draw(st.integers(0, 19)):
            parts += [(parting, False)] if parting else []
            parts.append((name, True))
        else:
            parts.append((f"{parting}{name}", has_elements and not draw(st.integers(0, 19))))
    parts.append((f"{draw(_ENDS)}{draw(_TAGS)}", has_elements and not draw(st.integers(0, 19))))
    if not has_elements:
        parts = [("".join(part for part, _ in parts), False)]
    element = Element("p")
    parts = [part for part in parts if part[0]]
    return Cell(element, (Text(0, fold("".join(part for part, _ in parts)), element, parts),), "p")


def _names_in(line: str, *parts: tuple[str, bool]) -> Cell:
    element = Element("p")
    return Cell(element, (Text(0, line, element, list(parts) or [(line, False)]),), "p")


@settings(max_examples=2_000)
@given(_cells())
def test_the_short_way_says_what_the_whole_reading_says(cell: Cell) -> None:
    """Whatever stands in a line, and in which elements: a line taken for plain is read as without the short way."""
    plain = read_plain_names(cell)
    if plain is not None:
        assert plain == read_any_names(cell)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (_names_in("Ada Lovelace"), Names(("Ada Lovelace",), et_al=False, affiliation=None)),
        (
            _names_in("Ada Lovelace, Jean-Luc O'Brien, J. de Groot et al. · microsoft-research"),
            Names(("Ada Lovelace", "Jean-Luc O'Brien", "J. de Groot"), et_al=True, affiliation="microsoft-research"),
        ),
        (
            _names_in(
                "Ada Lovelace, Óli Sig · mit",
                ("Ada Lovelace", True),
                (", ", False),
                ("Óli Sig", True),
                (" · mit", False),
            ),
            Names(("Ada Lovelace", "Óli Sig"), et_al=False, affiliation="mit"),
        ),
    ],
)
def test_usual_lines_are_plain(cell: Cell, expected: Names) -> None:
    """The short way reads the lines that most blocks have: else it would save nothing."""
    assert read_plain_names(cell) == read_names(cell) == expected


@pytest.mark.parametrize(
    "cell",
    [
        _names_in("By Ada Lovelace, Óli Sig"),
        _names_in("Ada Lovelace and Óli Sig"),
        _names_in("Ada Lovelace, Óli Sig, Jr."),
        _names_in("Ada Lovelace, Óli Sig et al."),
        _names_in("Ada Lovelace, Óli Sig", ("Ada Lovelace, Óli Sig", True), (" ", False)),
        _names_in("Ada Lovelace, Agent 007"),
        _names_in("Ada Lovelace , Óli Sig"),
        _names_in("Ada -Lovelace"),
        _names_in("Ada Lovelace · ETH Zurich"),
        _names_in(f"Ada {'N' * 80}"),
        _names_in("Ada"),
        _names_in("Ada Lovelace, Óli Sig, Bob Hall, Cy Young"),
    ],
)
def test_doubtful_lines_are_not(cell: Cell) -> None:
    """A line with anything but names of plain words and a tag, or elements that part it otherwise, is read in full."""
    assert read_plain_names(cell) is None


def test_what_nothing_tells_is_refused() -> None:
    """Four names, where three are the most that a page shows, are no line of authors."""
    with pytest.raises(AmbiguousOnPageError):
        read_names(_names_in("Ada Lovelace, Óli Sig, Jean Luc, Andy Eternity"))


@pytest.mark.parametrize("more", [" et al.", " and 5 more", " +5 more", " & 2 others", ", and 12 more", " +5", ", +5"])
def test_more_authors_are_announced_in_many_words(more: str) -> None:
    """However a page says that there are more authors, it is no part of the last name."""
    line = f"Ada Lovelace, Bob Noyce, Cy Twombly{more} · uva"
    text = Text(0, line, Element("p"), [(line, False)])
    assert read_names(Cell(text.element, (text,), "")) == Names(
        ("Ada Lovelace", "Bob Noyce", "Cy Twombly"), True, "uva"
    )


@pytest.mark.parametrize("joint", [" and ", " & ", ", and "])
def test_the_last_name_may_follow_a_word(joint: str) -> None:
    """Names that commas part may end with a word before the last."""
    line = f"Ada Lovelace, Bob Noyce{joint}Cy Twombly"
    text = Text(0, line, Element("p"), [(line, False)])
    assert read_names(Cell(text.element, (text,), "")) == Names(
        ("Ada Lovelace", "Bob Noyce", "Cy Twombly"), False, None
    )


def test_a_group_with_a_joining_word_in_its_name_is_one_author() -> None:
    """Of two collaborations named together nobody can make two people."""
    line = "Ada Lovelace, The CMS and TOTEM Collaborations"
    text = Text(0, line, Element("p"), [(line, False)])
    assert read_names(Cell(text.element, (text,), "")) == Names(
        ("Ada Lovelace", "The CMS and TOTEM Collaborations"), False, None
    )
