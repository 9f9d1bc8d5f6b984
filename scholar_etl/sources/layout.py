"""A layout that was met before: what its pages are made of, and how one is read by it.

Where a page's structure is one that was read before, to the last tag (`skeleton`), only its words can make a difference
to what is what. So a layout is used only for pages whose words make none: labels are the same to the letter, values
have the form of values, and no title, name or abstract could be taken for a label, a date, a code, a heading or
anything else that the full reading looks for. Whatever leaves a doubt raises, and the page is read in full.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter
from typing import Literal, NamedTuple, TypeVar

from scholar_etl.model import Metrics, Profile
from scholar_etl.sources import blocks
from scholar_etl.sources.blocks import Cell
from scholar_etl.sources.dom import Element, Text
from scholar_etl.sources.header import LABELS, announced_count, field_code, parse_metric, title_parts
from scholar_etl.sources.labelled import is_value
from scholar_etl.sources.names import ends_like_names
from scholar_etl.sources.papers import (
    Row,
    check_title_links,
    is_code,
    is_mark,
    is_telling,
    label_within,
    linked_id,
    paper_of,
    read_date,
    read_fields,
)
from scholar_etl.sources.skeleton import Skeleton, Template, address, filled, plain
from scholar_etl.text import fold

_MOST_FORMS = 64  # heads, blocks or tails of a layout
_DIGIT = re.compile(r"\d")
_NOWHERE = Element("body")

_BOX = blocks.Block(0, 0, 0, _NOWHERE, is_boxed=True)

_Form = TypeVar("_Form", "Head", "Block", "Tail")


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
    """A page up to its first paper.

    `metrics` are (name, the text with its value, whether its label stands in it), `paths` the page's `Profile.layout`.
    """

    form: str
    title: Template
    name: Template
    field: Template | None
    metrics: tuple[tuple[str, Template, bool], ...]
    heading: tuple[Template, ...]
    paths: Mapping[str, str]
    fixed: tuple[Fixed, ...]


class Link(NamedTuple):
    """A link in a block: the place of its tag, whether it stands in the title or around it, and in which cells."""

    place: int
    is_within: bool
    is_around: bool
    cells: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """A form that the block of a paper may have; places count from its beginning.

    `marks` are ranks and separators, with whether they end like a word. `cells` are what follows the title, with their
    columns, `is_heading` tells whether the title is a heading.
    """

    form: str
    date: Template
    category: Template | None
    has_badge: bool
    fixed: tuple[Fixed, ...]
    marks: tuple[tuple[Template, bool], ...]
    title: Template
    is_heading: bool
    cells: tuple[tuple[str, tuple[Template, ...]], ...]
    links: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class Tail:
    """A page from the end of its last paper."""

    form: str
    fixed: tuple[Fixed, ...]


@dataclass(slots=True)
class Layout:
    """Heads, blocks and tails that go together, by their forms.

    `date_path` are the tags down to a block's date, `title_column` is the column of its title, `title_kind` tells what
    makes it one: that it is a heading, that its column is `own`, or the place, where it is `shared` with the date line;
    `ahead` is how many ranks and buttons stand before a title that is no heading.
    """

    date_path: str
    title_column: str
    title_kind: Literal["heading", "own", "shared"]
    ahead: int
    heads: dict[str, Head] = field(default_factory=dict)
    blocks: dict[str, Block] = field(default_factory=dict)
    tails: dict[str, Tail] = field(default_factory=dict)

    def is_like(self, other: Layout) -> bool:
        """Tell whether another layout has the same in the same places."""
        same = attrgetter("date_path", "title_column", "title_kind", "ahead")
        return bool(same(self) == same(other))

    def add(self, other: Layout) -> None:
        """Take over the forms of a layout that is like this one."""
        self.heads = _joined(self.heads, other.heads)
        self.blocks = _joined(self.blocks, other.blocks)
        self.tails = _joined(self.tails, other.tails)

    def read(self, skeleton: Skeleton, fetched_at: datetime) -> Profile:
        """Return what a page says. Raises `UnlikeError`, or what reading a value raises, when there is any doubt."""
        form = skeleton.form
        for head in self.heads.values():
            if form.startswith(head.form):
                blocks, end = self._blocks(form, len(head.form))
                tail = self.tails.get(form[end:])
                if tail is not None and len(blocks) > 1:
                    return _read(skeleton, head, blocks, tail, end, fetched_at)
        raise UnlikeError

    def _blocks(self, form: str, start: int) -> tuple[list[tuple[Block, int]], int]:
        """Return the blocks from a place on, with their beginnings, and where the last one ends."""
        found: list[tuple[Block, int]] = []
        sizes = dict.fromkeys(map(len, self.blocks))
        while True:
            block = next((b for size in sizes if (b := self.blocks.get(form[start : start + size]))), None)
            if block is None:
                return found, start
            found.append((block, start))
            start += len(block.form)


def _read(
    skeleton: Skeleton, head: Head, blocks: Sequence[tuple[Block, int]], tail: Tail, end: int, fetched_at: datetime
) -> Profile:
    tokens = skeleton.tokens
    titles = title_parts(_said(head.title, tokens, 0))
    name = _said(head.name, tokens, 0)
    if name not in titles or is_code(name) or LABELS.may_be_in(name):
        raise UnlikeError
    _compare(head.fixed, tokens, 0, titles)
    _compare(tail.fixed, tokens, end, titles)
    count = announced_count(" ".join([_said(template, tokens, 0) for template in head.heading]))
    metrics = Metrics(
        **{
            metric: parse_metric(metric, _value(metric, template, tokens, is_labelled))
            for metric, template, is_labelled in head.metrics
        }
    )
    if count != len(blocks) or count != metrics.paper_count:
        raise UnlikeError
    code = field_code(_said(head.field, tokens, 0)) if head.field else None
    if head.field and code is None:
        raise UnlikeError
    rows = [_row(block, tokens, start, n, fetched_at) for n, (block, start) in enumerate(blocks, start=1)]
    rests = [list(row.rest) for row in rows]
    read_fields(rows, name)
    for row, rest, (block, start) in zip(rows, rests, blocks, strict=True):
        row.arxiv_id = _arxiv_id(block, tokens, start, {n for n, cell in enumerate(rest) if cell in row.abstract})
    return Profile(
        name,
        code,
        metrics,
        tuple(map(paper_of, rows)),
        heading_count=count,
        listing_complete=True,
        layout=head.paths,
    )


def _value(metric: str, template: Template, tokens: Sequence[str], is_labelled: bool) -> str:
    text = _text(template, tokens, 0)
    mentions = LABELS.mentions([text])
    if not is_labelled:
        if mentions or not is_value(text):
            raise UnlikeError
        return text.text
    if len(mentions) != 1 or mentions[0].name != metric or mentions[0].value is None:
        raise UnlikeError
    return mentions[0].value


def _compare(fixed: Sequence[Fixed], tokens: Sequence[str], start: int, titles: set[str]) -> None:
    for one in fixed:
        said = _said(one.template, tokens, start)
        if said in titles or (said != one.text and not (one.may_change and _is_idle(said))):
            raise UnlikeError


def _is_idle(said: str) -> bool:
    """Tell whether a text outside of the blocks is of no consequence: no figure, no label, no paragraph of a paper."""
    return len(said) <= blocks.LONGEST_AD and not _DIGIT.search(said) and not LABELS.may_be_in(said)


def _row(block: Block, tokens: Sequence[str], start: int, position: int, fetched_at: datetime) -> Row:
    """Return a block with its date line and title read."""
    for one in block.fixed:
        if _said(one.template, tokens, start) != one.text:
            raise UnlikeError
    for template, ends_like_word in block.marks:
        mark = _said(template, tokens, start)
        if not is_mark(mark) or mark[-1].isalnum() != ends_like_word:
            raise UnlikeError
    found = read_date(_said(block.date, tokens, start), fetched_at)
    if found is None:
        raise UnlikeError
    match, published_on = found
    category = match["category"]
    if block.category is not None:
        if category is not None:
            raise UnlikeError
        category = _said(block.category, tokens, start)
    if category is None or not is_code(category) or (match["badge"] and block.has_badge):
        raise UnlikeError
    title = _cell("", (block.title,), tokens, start, fetched_at)
    if ends_like_names(title.text):
        raise UnlikeError
    linked = [linked_id(address(tokens[start + link.place]) or "") for link in block.links if link.is_within]
    row = Row(
        block=_BOX,
        position=position,
        rest=[_cell(column, templates, tokens, start, fetched_at) for column, templates in block.cells],
        category=category,
        published_on=published_on,
        has_code=block.has_badge or match["badge"] is not None,
        title=title,
        is_marked=block.is_heading or any(linked),
    )
    check_title_links(linked, row)
    return row


def _cell(column: str, templates: Sequence[Template], tokens: Sequence[str], start: int, fetched_at: datetime) -> Cell:
    """Return a cell that means nothing but what it says."""
    texts = tuple([_text(template, tokens, start) for template in templates])
    cell = Cell(_NOWHERE, texts, column)
    if is_telling(cell.text, fetched_at) or label_within(cell) is not None or any(map(_is_mention, texts)):
        raise UnlikeError
    if len(texts) > 1:
        said = [text.text for text in texts]
        if all(is_telling(one, fetched_at) for one in said) or any(read_date(one, fetched_at) for one in said):
            raise UnlikeError
    return cell


def _is_mention(text: Text) -> bool:
    return LABELS.may_be_in(text.text) and bool(LABELS.mentions([text]))


def _arxiv_id(block: Block, tokens: Sequence[str], start: int, abstract: Set[int]) -> str | None:
    """Return the arXiv id that the title links to, else the only one that the block links to outside its abstract.

    `abstract` are the numbers of the cells that make it.
    """
    near: set[str] = set()
    elsewhere: set[str] = set()
    for link in block.links:
        linked = linked_id(address(tokens[start + link.place]) or "")
        if linked is not None:
            if link.is_within or link.is_around:
                near.add(linked)
            elif abstract.isdisjoint(link.cells):
                elsewhere.add(linked)
    found = near or elsewhere
    return found.pop() if len(found) == 1 else None


def _text(template: Template, tokens: Sequence[str], start: int) -> Text:
    parts = filled(template, tokens, start)
    said = fold(parts[0][0] if len(parts) == 1 else "".join([part for part, _ in parts]))
    if not said:
        raise UnlikeError
    return Text(0, said, _NOWHERE, parts)


def _said(template: Template, tokens: Sequence[str], start: int) -> str:
    (pieces, _), *more = template
    if more or len(pieces) > 1:
        return _text(template, tokens, start).text
    (place,) = pieces
    said = fold(plain(tokens[start + place]))  # type: ignore[operator]
    if not said:
        raise UnlikeError
    return said


def _joined(own: dict[str, _Form], new: dict[str, _Form]) -> dict[str, _Form]:
    """Return both, the newest forms only where they are too many. A thread may be reading by the one there is."""
    both = own | new
    while len(both) > _MOST_FORMS:
        del both[next(iter(both))]
    return both
