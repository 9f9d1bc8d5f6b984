"""A line of authors: up to three names, "et al." when there are more, and the tag of an affiliation.

The names come in one text (`A, B, C et al. · tag`), or each in an element of its own, where a name may hold a comma.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from scholar_etl.sources.blocks import Cell
from scholar_etl.sources.dom import Text
from scholar_etl.sources.selectors import AmbiguousOnPageError
from scholar_etl.text import fold, is_group

# In other words too: `and 5 more`, `+5 others`, `+5`.
_ET_AL = re.compile(
    r"[,\s]*(?:\bet\.? al\b\.?|(?:(?:\band|&|\+)\s?\d+ (?:more|others?)|(?<=[,\s])\+\s?\d+))$", re.IGNORECASE
)
_ENDS_OF_AL = frozenset("lL. sSrReE0123456789")
LAST_OF_ET_AL = ("al", "more", "other", "others")
_DOT = re.compile(r"\s?[·•|]\s?")
_TAG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_SUFFIX = re.compile(r"(?:Jr|Sr|II|III|IV|Ph\.?D|M\.?D)\.?")
_SENTENCE = re.compile(r"(?:\w{3,}|[)\]\"”'’%])[.!?…]+$|[。！？؟।]|[:;?!=]|\w{3,}\.\s\w+(?:\s[a-z]+){2}")
_JOINED = re.compile(r"\S \S+ (?:and|&) \S+ \S")
_JOINED_LAST = re.compile(r"(\S+ \S+) (?:and|&) (\S+ \S+)")
_SUFFIX_AT_END = re.compile(rf", (?:{_SUFFIX.pattern})$")
_HAS_LETTER = re.compile(r"[^\W\d_]")
_NO_LETTER = re.compile(r"[\d:]")
_NO_NAME = re.compile(r":|\b(?:19|20)\d\d$|^\d+ ")
_BARE_DOT = re.compile(r"[\s·•|]+")
_BETWEEN_NAMES = re.compile(r"\bet\.? al\b\.?|\band\b|\bby\b:?|[·•|].*|[,;&\s]", re.IGNORECASE)
_PARTING = ",;& "
_AROUND_NAMES = re.compile(r"^(?:[,;&\s]|\band\b|\b[Bb]y\b:?)+|[,;&\s]+$")
_LEAD = re.compile(r"(?:and|[Bb]y:?)\s+")
_MOST_SHOWN = 3  # and as many whenever there are more
_MOST_NAMES = 5
_SHORTEST_NAME = 4  # anything shorter may be a mere separator
_LONGEST_NAME = 80
LONGEST_LINE = 300
_MOST_WORDS = 7
_LONGEST_PLAIN = 160
_MOST_PLAIN_WORDS = 5
_FIGURE = re.compile(r"\d")
# Most lines can be read in one way only: names of plain words, parted by commas. What words may have beside letters:
_IN_WORDS = dict.fromkeys(map(ord, "'’.-"))
# Words that part names, or follow one behind a comma; and none, between two spaces.
_NO_WORDS = frozenset(["", "and", "by", "et", "al", "jr", "sr", "ii", "iii", "iv", "phd", "ph.d", "md", "m.d"])


class Names(NamedTuple):
    """A line as read. `affiliation` is None when the line shows none."""

    authors: tuple[str, ...]
    et_al: bool
    affiliation: str | None

    def agree_with(self, inside: Sequence[str] | None) -> bool:
        """Tell whether what stands `inside_of` the line, in elements of its own, is what the commas part."""
        return inside is None or inside == [*self.authors]


class _Piece(NamedTuple):
    """A piece of a line: one whole name or several, and whether a comma stands before it."""

    text: str
    is_whole: bool
    is_listed: bool


def read_names(cell: Cell) -> Names:
    """Read a line of authors. Raises `AmbiguousOnPageError` where nothing tells what is a name."""
    return read_plain_names(cell) or read_any_names(cell)


def read_plain_names(cell: Cell) -> Names | None:
    """Read a line that says nothing but plain names in the usual form, as most do; None for any other."""
    text, *others = cell.texts
    names = None if others else plain_line(text.text)
    return names if names is not None and names.agree_with(inside_of(text)) else None


def inside_of(text: Text) -> Sequence[str] | None:
    """Return what stands in elements of their own in a text; None when it is one part."""
    return [part for part, is_child in text.parts if is_child] if len(text.parts) > 1 else None


@lru_cache(maxsize=512)  # a line is asked for several times while its page is read
def plain_line(text: str) -> Names | None:
    """Return the names of a plain line, None for any other."""
    read = plain_lines([text])
    return read[0] if read else None


def plain_lines(texts: Sequence[str]) -> list[Names] | None:
    """Return the names of plain lines; None unless all are plain. It takes hardly longer than one of them."""
    read = [_parted(text) for text in texts]
    names = [name for line in read for name in line.authors]
    spaces = {name.count(" ") for name in names}
    shown = {(len(line.authors), line.et_al) for line in read}
    is_plain = (
        max(map(len, texts)) <= LONGEST_LINE
        and max(map(len, names)) <= _LONGEST_NAME
        and 0 not in spaces
        and max(spaces) < _MOST_WORDS
        and all(number == _MOST_SHOWN or (number < _MOST_SHOWN and not et_al) for number, et_al in shown)
        and all(map(_TAG.fullmatch, {line.affiliation for line in read if line.affiliation}))
        and _are_words(" ".join(names))
    )
    return read if is_plain else None


def _parted(text: str) -> Names:
    names, _, tag = text.partition(" · ")
    line = names.removesuffix(" et al.")
    return Names(tuple(line.split(", ")), line != names, tag or None)


def _are_words(names: str) -> bool:
    """Tell whether names are plain words, none of which parts names or follows one behind a comma."""
    words = names.casefold().replace(". ", " ").rstrip(".").split(" ")
    letters = names.replace(" ", "")
    is_plain = letters.isalpha() or (
        letters.translate(_IN_WORDS).isalpha() and "".join([word[:1] or " " for word in words]).isalpha()
    )
    return is_plain and _NO_WORDS.isdisjoint(words)


def read_any_names(cell: Cell) -> Names:
    """Read a line of authors in any form. Raises `AmbiguousOnPageError` where nothing tells what is a name."""
    authors: list[str] = []
    et_al = False
    affiliation: str | None = None
    for piece in _pieces(cell.texts):
        if affiliation is not None:
            raise AmbiguousOnPageError("authors_unclear", f"{piece.text!r} stands behind the affiliation")
        line, *tag = _at_dot(piece.text)
        names = _ET_AL.sub("", line) if _says_et_al(line) else line
        if authors and not tag and piece.is_whole and not piece.is_listed and _TAG.fullmatch(names):
            if not et_al and "-" not in names:
                # A name in small letters, or an affiliation: nothing tells.
                raise AmbiguousOnPageError("authors_unclear", f"is {names!r} in {cell.text[:80]!r} an author?")
            affiliation = names
            continue
        if names and et_al:
            raise AmbiguousOnPageError("authors_unclear", f"{names!r} stands behind 'et al.'")
        et_al = et_al or names != line
        if not piece.is_whole and _JOINED.search(names) and not {",", ";"} & set(names):
            raise AmbiguousOnPageError("authors_unclear", f"{names!r}: one author or two?")
        authors.extend([names] if piece.is_whole and names else _split(names))
        affiliation = tag[0] if tag and tag[0] else None
    for name in authors:
        if len(name) > _LONGEST_NAME or (_NO_LETTER.search(name) and _NO_NAME.search(name)):
            raise AmbiguousOnPageError("authors_unclear", f"{name[:80]!r} stands among the authors")
    _refuse_split_names(cell, [*authors, affiliation] if affiliation else authors)
    if any("," in name for name in authors):
        commas = {_SUFFIX_AT_END.sub("", name).count(",") for name in authors}
        if len(commas) > 1 or commas > {1}:
            raise AmbiguousOnPageError("authors_unclear", f"{cell.text[:80]!r}: which commas part names?")
    if len(authors) > _MOST_SHOWN or (et_al and len(authors) < _MOST_SHOWN):
        raise AmbiguousOnPageError("authors_unclear", f"{len(authors)} names are shown in {cell.text[:80]!r}")
    return Names(tuple(authors), et_al, affiliation)


def _refuse_split_names(cell: Cell, names: Sequence[str]) -> None:
    """Raise when a part of a name stands in an element of its own: it is something else, such as an affiliation."""
    for text in cell.texts:
        parts = filter(_HAS_LETTER.search, map(fold, inside_of(text) or ()))
        for part in {*parts}.difference(names):
            # Before a comma: `<a>Harold Brandt</a>, Jr.`
            if any((name.startswith(part) and name[len(part)] != ",") or name.endswith(part) for name in names):
                raise AmbiguousOnPageError("authors_unclear", f"is {part!r} in {cell.text[:80]!r} a part of a name?")


def is_surely_names(cell: Cell, owner: str) -> bool:
    """Tell whether a cell can be nothing but authors: it says "et al.", or one of the names is the page's own."""
    if len(cell.text) > LONGEST_LINE:
        return False
    line = _at_dot(cell.text)[0]
    if _says_et_al(line):
        return line.count(",") <= _MOST_NAMES
    if owner not in cell.text:
        return False
    plain = read_plain_names(cell)
    if plain is not None and owner in plain.authors:
        return True
    return owner in _split(line) or owner in (piece.text for piece in _pieces(cell.texts))


def may_be_names(cell: Cell) -> bool:
    """Tell whether a cell has the form of a line of authors."""
    if len(cell.text) > LONGEST_LINE:
        return False
    line = _ET_AL.sub("", _at_dot(cell.text)[0])
    if _SENTENCE.search(line):
        return False
    names = _split(line)
    return 0 < len(names) <= _MOST_NAMES and all(
        len(name) <= _LONGEST_NAME and len(name.split()) <= _MOST_WORDS for name in names
    )


def is_plainly_names(cell: Cell) -> bool:
    """Tell whether a cell that may be authors is hardly anything else: a few capitalised names, without a figure."""
    line, *tag = _at_dot(cell.text)
    if tag:
        return bool(_TAG.fullmatch(tag[0].strip()))
    return len(line) <= _LONGEST_PLAIN and all(
        len(name.split()) <= _MOST_PLAIN_WORDS
        and name[0].isalpha()
        and not name[0].islower()
        and not _FIGURE.search(name)
        for name in _split(line)
    )


def read_tag(cell: Cell) -> str | None:
    """Return the affiliation that a cell of its own gives: `microsoft-research` or `· ETH Zurich`; None for another."""
    dot = _DOT.match(cell.text)
    if dot:
        return cell.text[dot.end() :] or None
    return cell.text if _TAG.fullmatch(cell.text) and len(cell.texts[0].parts) == 1 else None


def may_be_tag(text: str) -> bool:
    """Tell whether a text could be an affiliation that has a cell of its own."""
    return _DOT.match(text) is not None or _TAG.fullmatch(text) is not None


def ends_like_names(text: str) -> bool:
    """Tell whether a text that should be a title is a line of authors."""
    return _says_et_al(_at_dot(text)[0])


def _at_dot(line: str) -> list[str]:
    """Split a line at its first separating dot, if it has one."""
    return _DOT.split(line, maxsplit=1) if "·" in line or "•" in line or "|" in line else [line]


def _says_et_al(line: str) -> bool:
    # The search alone would try every comma and space of a line.
    return line.endswith(" et al.") or (
        line[-1:] in _ENDS_OF_AL
        and (line[-1].isdigit() or line[-7:].casefold().rstrip(". ").endswith(LAST_OF_ET_AL))
        and _ET_AL.search(line) is not None
    )


def _pieces(texts: Sequence[Text]) -> Iterator[_Piece]:
    """Yield the pieces of a line; a dot that stands alone is put before the piece that it announces."""
    dot = ""
    for text in texts:
        for piece in _pieces_of(text, is_alone=len(texts) == 1):
            if len(piece.text) < _SHORTEST_NAME and _BARE_DOT.fullmatch(piece.text):
                dot = piece.text
            elif piece.text in ("By", "by"):
                continue
            else:
                yield piece._replace(text=f"{dot}{piece.text}") if dot else piece
                dot = ""


def _pieces_of(text: Text, *, is_alone: bool) -> Iterator[_Piece]:
    if len(text.parts) > 1 and _parts_names("".join([piece for piece, is_child in text.parts if not is_child])):
        # Every name has an element of its own, with separators between them.
        is_listed = False
        for part, is_child in text.parts:
            own = fold(part)
            if is_child and own:
                yield _Piece(own, is_whole=not _says_et_al(own), is_listed=is_listed)
                is_listed = False
            elif not is_child:
                is_listed = "," in own
                own = _AROUND_NAMES.sub("", own) if own.strip(_PARTING) else ""
                if own:
                    yield _Piece(own, is_whole=False, is_listed=False)
        return
    for (first, is_child), (second, is_next_child) in pairwise(text.parts):
        if is_child and is_next_child and first[-1:].isalnum() and second[:1].isalnum():
            raise AmbiguousOnPageError("authors_unclear", f"{text.text[:80]!r}: nothing parts the names")
    is_whole = not is_alone and "," not in text.text and not _says_et_al(text.text)
    yield _Piece(text.text, is_whole, is_listed=False)


def _parts_names(between: str) -> bool:
    """Tell whether what stands between elements only parts the names in them."""
    return not between.strip(_PARTING) or not _BETWEEN_NAMES.sub("", fold(between))


def _split(line: str) -> list[str]:
    """Split names at commas, but not before a suffix such as `Jr.`."""
    names: list[str] = []
    pieces = line.split(";") if ";" in line else line.split(",")
    for piece in pieces:
        name = fold(piece)
        if lead := _LEAD.match(name):
            name = name[lead.end() :]
        if names and _SUFFIX.fullmatch(name):
            names[-1] = f"{names[-1]}, {name}"
        elif name:
            names.append(name)
    joined = _JOINED_LAST.fullmatch(names[-1]) if len(names) > 1 else None
    if joined and not is_group(names[-1]):
        names[-1:] = joined.groups()  # `A B, C D and E F`
    return names
