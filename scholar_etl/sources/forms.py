"""What the pages of a layout are made of: the forms of their heads, blocks and tails, and where in them what stands."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from scholar_etl.sources.dom import Element, Text
from scholar_etl.sources.skeleton import Template, filled, plain
from scholar_etl.text import fold

NOWHERE = Element("body")


class UnlikeError(Exception):
    """The page cannot be read by what is known of its layout: it must be read in full."""


@dataclass(frozen=True, slots=True)
class Fixed:
    """A text that must be the same again; where it `may_change`, any other of no consequence will do instead."""

    template: Template
    text: str
    may_change: bool = False


@dataclass(frozen=True, slots=True)
class Head:
    """A page up to its first paper; `closing` are the last tags before it.

    `metrics` are (name, the text with its value, whether its label stands in it), `paths` the page's `Profile.layout`.
    """

    form: str
    closing: str
    title: Template
    name: Template
    field: Template | None
    metrics: tuple[tuple[str, Template, bool], ...]
    heading: tuple[Template, ...]
    paths: Mapping[str, str]
    fixed: tuple[Fixed, ...]


class Link(NamedTuple):
    """A link in a block: where its address is, whether it stands in the title or around it, and in which cells.

    `place` is that of the run with its tag, `number` that of its address in the run, from the end where that is below
    0: the run before a block begins with what closes the one before.
    """

    place: int
    number: int
    is_within: bool
    is_around: bool
    cells: tuple[int, ...]


class Usual(NamedTuple):
    """The usual make of a block: a title, a line of authors in one text, an abstract, and no other cell.

    `pick` takes from the block's tokens those of the title, the date, the category (again the date, where that gives
    it) and the line; None where one of the three is made of several, or white space belongs to the line.
    `names` are which of the line's are elements of their own, None where it is one part. `columns` are those of line
    and abstract. `link` is the link in the title, None where it has none; of the others, some are around the title or
    in the abstract.
    """

    pick: Callable[[Sequence[str]], Sequence[str]] | None
    names: tuple[int, ...] | None
    columns: tuple[str, str]
    link: Link | None
    links_around: tuple[Link, ...]
    links_elsewhere: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """A form that the block of a paper may have: that of its runs, without the two that it shares with its neighbours.

    `opening` and `closing` are the tags of the block in these. Places count from the run before its first text.
    `marks` are ranks and separators, with whether they end like a word. `cells` are what follows the title, with their
    columns, `is_heading` tells whether the title is a heading. `usual` is set where it is of the usual make.
    """

    opening: str
    form: str
    closing: str
    date: Template
    category: Template | None
    has_badge: bool
    fixed: tuple[Fixed, ...]
    marks: tuple[tuple[Template, bool], ...]
    title: Template
    is_heading: bool
    cells: tuple[tuple[str, tuple[Template, ...]], ...]
    links: tuple[Link, ...]
    usual: Usual | None = None

    @property
    def size(self) -> int:
        """How many tokens it has, with the runs before and behind it."""
        return 2 * len(self.form) + 3


@dataclass(frozen=True, slots=True)
class Tail:
    """A page from the end of its last paper, the run that closes it not counted: of that it has the `opening`."""

    opening: str
    form: str
    fixed: tuple[Fixed, ...]


def text_of(template: Template, tokens: Sequence[str], start: int) -> Text:
    """Return a text that is made of tokens, the places counted from `start`. Raises `UnlikeError` when it is empty."""
    parts = filled(template, tokens, start)
    said = fold(parts[0][0] if len(parts) == 1 else "".join([part for part, _ in parts]))
    if not said:
        raise UnlikeError
    return Text(0, said, NOWHERE, parts)


def said_by(template: Template, tokens: Sequence[str], start: int) -> str:
    """Return what the same text says."""
    pieces = template[0][0]
    if len(template) > 1 or len(pieces) > 1:
        return text_of(template, tokens, start).text
    said = fold(plain(tokens[start + pieces[0]]))  # type: ignore[operator]
    if not said:
        raise UnlikeError
    return said
