"""The papers of a page whose layout is known, block by block: by the rules of the full reading."""

from __future__ import annotations

from collections.abc import Sequence, Set
from datetime import date

from scholar_etl.model import Paper
from scholar_etl.sources import blocks
from scholar_etl.sources.blocks import Cell
from scholar_etl.sources.dom import Text
from scholar_etl.sources.doubts import check_title_links
from scholar_etl.sources.forms import NOWHERE, Block, Link, UnlikeError, said_by, text_of
from scholar_etl.sources.header import LABELS
from scholar_etl.sources.names import (
    ends_like_names,
)
from scholar_etl.sources.papers import label_within, papers_of, read_fields
from scholar_etl.sources.row import Row
from scholar_etl.sources.skeleton import Template, address
from scholar_etl.sources.wording import is_code, is_mark, is_telling, linked_id, read_date
from scholar_etl.sources.years import dated

_BOX = blocks.Block(0, 0, 0, NOWHERE, is_boxed=True)

Place = tuple[Block, int]
"""A block, and the place of the run before its first text."""


def read_any(places: Sequence[Place], tokens: Sequence[str], owner: str, latest: date) -> Sequence[Paper]:
    """Return the papers of the blocks that stand at some places; `owner` is the page's author, `latest` as in `dated`.

    Raises `UnlikeError`, or what reading a value raises, when there is any doubt.
    """
    rows = [_row(block, tokens, start, n, latest) for n, (block, start) in enumerate(places, start=1)]
    rests = [list(row.rest) for row in rows]
    read_fields(rows, owner)
    for row, rest, (block, start) in zip(rows, rests, places, strict=True):
        row.arxiv_id = _arxiv_id(block, tokens, start, {n for n, cell in enumerate(rest) if cell in row.abstract})
    return papers_of(rows)


def _row(block: Block, tokens: Sequence[str], start: int, position: int, latest: date) -> Row:
    """Return a block with its date line and title read."""
    compare(block, tokens, start)
    category, published_on, has_code = read_date_line(
        block,
        said_by(block.date, tokens, start),
        said_by(block.category, tokens, start) if block.category is not None else None,
        latest,
    )
    title = _cell("", (block.title,), tokens, start)
    if ends_like_names(title.text):
        raise UnlikeError
    linked = [linked_paper(link, tokens, start) for link in block.links if link.is_within]
    row = Row(
        block=_BOX,
        position=position,
        rest=[_cell(column, templates, tokens, start) for column, templates in block.cells],
        category=category,
        published_on=published_on,
        has_code=has_code,
        title=title,
        is_linked=any(linked),
        is_marked=block.is_heading or any(linked),
    )
    check_title_links(linked, row)
    return row


def compare(block: Block, tokens: Sequence[str], start: int) -> None:
    """Raise unless what a block always says is there, and what may be ranks and separators are."""
    for one in block.fixed:
        if said_by(one.template, tokens, start) != one.text:
            raise UnlikeError
    for template, ends_like_word in block.marks:
        mark = said_by(template, tokens, start)
        if not is_mark(mark) or mark[-1].isalnum() != ends_like_word:
            raise UnlikeError


def read_date_line(block: Block, said: str, category: str | None, latest: date) -> tuple[str, date, bool]:
    """Return the category, the date and whether there is code, given what the date and its category say."""
    found = read_date(said)
    if found is None:
        raise UnlikeError
    day, own, has_badge = found
    if category is None:
        category = own
    elif own is not None:
        raise UnlikeError
    if category is None or not is_code(category) or (has_badge and block.has_badge):
        raise UnlikeError
    return category, dated(day, latest), block.has_badge or has_badge


def _cell(column: str, templates: Sequence[Template], tokens: Sequence[str], start: int) -> Cell:
    """Return a cell that means nothing but what it says."""
    texts = tuple([text_of(template, tokens, start) for template in templates])
    cell = Cell(NOWHERE, texts, column)
    if is_telling(cell.text) or label_within(cell) is not None or any(map(is_mention, texts)):
        raise UnlikeError
    if len(texts) > 1:
        said = [text.text for text in texts]
        if all(map(is_telling, said)) or any(map(read_date, said)):
            raise UnlikeError
    return cell


def is_mention(text: Text) -> bool:
    """Tell whether a text mentions what an author's metric is called."""
    return LABELS.may_be_in(text.text) and bool(LABELS.mentions([text]))


def _arxiv_id(block: Block, tokens: Sequence[str], start: int, abstract: Set[int]) -> str | None:
    """Return the arXiv id that the title links to, else the only one that the block links to outside its abstract.

    `abstract` are the numbers of the cells that make it.
    """
    near: set[str] = set()
    elsewhere: set[str] = set()
    for link in block.links:
        linked = linked_paper(link, tokens, start)
        if linked is not None:
            if link.is_within or link.is_around:
                near.add(linked)
            elif abstract.isdisjoint(link.cells):
                elsewhere.add(linked)
    found = near or elsewhere
    return found.pop() if len(found) == 1 else None


def linked_paper(link: Link, tokens: Sequence[str], start: int) -> str | None:
    """Return the arXiv id that a link of a block leads to."""
    return linked_id(address(tokens[start + link.place], link.number))
