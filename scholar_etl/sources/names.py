"""A line of authors: up to three names, "et al." when there are more, and the tag of an affiliation.

The names come in one text (`A, B, C et al. · tag`), or each in an element of its own, where a name may hold a comma.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from scholar_etl.sources.blocks import Cell
from scholar_etl.sources.dom import Text
from scholar_etl.sources.selectors import AmbiguousOnPageError
from scholar_etl.text import fold

_ET_AL = re.compile(r"[,\s]*\bet\.? al\b\.?$", re.IGNORECASE)
_DOT = re.compile(r"\s?[·•|]\s?")
_TAG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_SUFFIX = re.compile(r"(?:Jr|Sr|II|III|IV|Ph\.?D|M\.?D)\.?")
_SENTENCE = re.compile(r"(?:\w{3,}|[)\]\"”'’%])[.!?…]+$|[。！？؟।]|[:;?!=]|[.,]\s.*\w{3,}\.\s")
_JOINED = re.compile(r"\w+ \w.* (?:and|&) .*\w \w+")
_SHOWN_BEFORE_ET_AL = 3
_MOST_NAMES = 5
_LONGEST_NAME = 80
_LONGEST_LINE = 300
_MOST_WORDS = 7


@dataclass(frozen=True, slots=True)
class Names:
    """A line as read. `affiliation` is None when the line shows none."""

    authors: tuple[str, ...]
    et_al: bool
    affiliation: str | None


def read_names(cell: Cell) -> Names:
    """Read a line of authors. Raises `AmbiguousOnPageError` where nothing tells what is a name."""
    authors: list[str] = []
    et_al = False
    affiliation: str | None = None
    for text, is_whole in _pieces(cell.texts):
        if affiliation is not None:
            raise AmbiguousOnPageError("authors_unclear", f"{text!r} stands behind the affiliation {affiliation!r}")
        line, *tag = _DOT.split(text, maxsplit=1)
        names = _ET_AL.sub("", line)
        if is_whole and not tag and authors and _is_tag_among(names, et_al, cell):
            affiliation = names
            continue
        if names and et_al:
            raise AmbiguousOnPageError("authors_unclear", f"{names!r} stands behind 'et al.'")
        et_al = et_al or names != line
        authors.extend([names] if is_whole and names else _split(names))
        if not is_whole and len(authors) == 1 and _JOINED.fullmatch(names):
            raise AmbiguousOnPageError("authors_unclear", f"{names!r}: one author or two?")
        affiliation = tag[0] if tag and tag[0] else None
    if et_al and len(authors) != _SHOWN_BEFORE_ET_AL:
        raise AmbiguousOnPageError("authors_unclear", f"{len(authors)} names before 'et al.' in {cell.text[:80]!r}")
    return Names(tuple(authors), et_al, affiliation)


def is_surely_names(cell: Cell, owner: str) -> bool:
    """Tell whether a cell can be nothing but authors: it says "et al.", or one of the names is the page's own."""
    if len(cell.text) > _LONGEST_LINE:
        return False
    line = _DOT.split(cell.text, maxsplit=1)[0]
    if _ET_AL.search(line):
        return line.count(",") <= _MOST_NAMES
    return owner in _split(line) or owner in (text for text, _ in _pieces(cell.texts))


def may_be_names(cell: Cell) -> bool:
    """Tell whether a cell has the form of a line of authors."""
    line = _ET_AL.sub("", _DOT.split(cell.text, maxsplit=1)[0])
    if len(cell.text) > _LONGEST_LINE or _SENTENCE.search(line):
        return False
    names = _split(line)
    return 0 < len(names) <= _MOST_NAMES and all(
        len(name) <= _LONGEST_NAME and len(name.split()) <= _MOST_WORDS for name in names
    )


def read_tag(cell: Cell) -> str | None:
    """Return the affiliation that a cell of its own gives: `microsoft-research` or `· ETH Zurich`; None for another."""
    dot = _DOT.match(cell.text)
    if dot:
        return cell.text[dot.end() :] or None
    return cell.text if _TAG.fullmatch(cell.text) else None


def ends_like_names(text: str) -> bool:
    """Tell whether a text that should be a title is a line of authors."""
    return bool(_ET_AL.search(_DOT.split(text, maxsplit=1)[0]))


def _pieces(texts: Sequence[Text]) -> Iterator[tuple[str, bool]]:
    """Yield the pieces of a line with whether each is one whole name, or may hold several.

    A separating dot that stands alone is put before the piece that it announces.
    """
    dot = ""
    for text in texts:
        for piece, is_whole in _pieces_of(text, is_alone=len(texts) == 1):
            if not re.search(r"[^\s·•|]", piece):
                dot = dot or piece
            else:
                yield f"{dot}{piece}", is_whole
                dot = ""


def _pieces_of(text: Text, *, is_alone: bool) -> Iterator[tuple[str, bool]]:
    between = "".join(piece for piece, is_child in text.parts if not is_child)
    if any(is_child for _, is_child in text.parts) and not re.sub(
        r"\bet\.? al\b\.?|\band\b|[·•|].*|[,;&\s]", "", fold(between), flags=re.IGNORECASE
    ):
        # Every name has an element of its own, with separators between them.
        for piece, is_child in text.parts:
            own = fold(piece)
            if is_child:
                if own:
                    yield own, not _ET_AL.search(own)
            else:
                own = re.sub(r"^(?:[,;&\s]|\band\b)+|[,;&\s]+$", "", own)
                if own:
                    yield own, False
        return
    yield text.text, not is_alone and "," not in text.text and not _ET_AL.search(text.text)


def _split(line: str) -> list[str]:
    """Split names at commas, but not before a suffix such as `Jr.`."""
    names: list[str] = []
    pieces = line.split(";") if ";" in line else line.split(",")
    for piece in pieces:
        name = fold(piece).removeprefix("and ")
        if names and _SUFFIX.fullmatch(name):
            names[-1] = f"{names[-1]}, {name}"
        elif name:
            names.append(name)
    return names


def _is_tag_among(text: str, et_al: bool, cell: Cell) -> bool:
    """Tell whether a piece behind names is a tag; a name in small letters, such as bell hooks, is none of one word."""
    if not _TAG.fullmatch(text):
        return False
    if not et_al and "-" not in text:
        raise AmbiguousOnPageError("authors_unclear", f"is {text!r} an author or an affiliation in {cell.text[:80]!r}?")
    return True
