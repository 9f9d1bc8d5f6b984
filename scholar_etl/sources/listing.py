"""The papers of a page whose layout is known, block by block.

Most blocks are of one make: a title, a line of authors, an abstract. Where all of a page's are, and each text is
plainly what stands there, the rules by which the full reading tells the fields of a listing apart
(`papers.read_fields`) leave no choice, and the papers are made of the tokens at once. Else those rules are applied.
"""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from datetime import date, datetime
from operator import itemgetter
from typing import NamedTuple

from scholar_etl.model import Paper
from scholar_etl.normalise import normal_paper
from scholar_etl.sources import blocks
from scholar_etl.sources.blocks import Cell
from scholar_etl.sources.dom import Text
from scholar_etl.sources.doubts import check_title_links, passes_for_title
from scholar_etl.sources.forms import NOWHERE, Block, UnlikeError, Usual, said_by, text_of
from scholar_etl.sources.header import LABELS
from scholar_etl.sources.names import (
    LONGEST_LINE,
    Names,
    ends_like_names,
    inside_of,
    is_surely_names,
    may_be_names,
    may_be_tag,
    plain_names,
    read_names,
)
from scholar_etl.sources.papers import label_within, papers_of, read_fields
from scholar_etl.sources.row import Row
from scholar_etl.sources.skeleton import Template, address
from scholar_etl.sources.wording import is_code, is_mark, is_telling, label_ahead, linked_id, read_date
from scholar_etl.sources.years import dated, latest_day
from scholar_etl.text import fold

# What surely is a title: words of letters, and figures among many of them, which end unlike "et al." or "and 5 more".
_PLAIN_TITLE = re.compile(
    r"(?=\S+ \S+ \S+ \S)(?=.{61,350}$|\D{,350}$)[\w ,:;.'’()?!/-]+[\w)?!]"
    r"(?<!(?i: al))(?<!(?i:more))(?<!(?i:other))(?<!(?i:others))"
)
_BOX = blocks.Block(0, 0, 0, NOWHERE, is_boxed=True)

Place = tuple[Block, int]
"""A block, and the place of its first token."""


def read_papers(places: Sequence[Place], tokens: Sequence[str], owner: str, fetched_at: datetime) -> Sequence[Paper]:
    """Return the papers of the blocks that stand at some places; `owner` is the page's author.

    Raises `UnlikeError`, or what reading a value raises, when there is any doubt.
    """
    lines = (read_date(said_by(block.date, tokens, start)) for block, start in places)
    latest = latest_day((line.day for line in lines if line is not None), fetched_at)
    return _read_usual(places, tokens, owner, latest) or _read_any(places, tokens, owner, latest)


def _read_any(places: Sequence[Place], tokens: Sequence[str], owner: str, latest: date) -> Sequence[Paper]:
    rows = [_row(block, tokens, start, n, latest) for n, (block, start) in enumerate(places, start=1)]
    rests = [list(row.rest) for row in rows]
    read_fields(rows, owner)
    for row, rest, (block, start) in zip(rows, rests, places, strict=True):
        row.arxiv_id = _arxiv_id(block, tokens, start, {n for n, cell in enumerate(rest) if cell in row.abstract})
    return papers_of(rows)


def _row(block: Block, tokens: Sequence[str], start: int, position: int, latest: date) -> Row:
    """Return a block with its date line and title read."""
    _compare(block, tokens, start)
    category, published_on, has_code = _date_line(
        block,
        said_by(block.date, tokens, start),
        said_by(block.category, tokens, start) if block.category is not None else None,
        latest,
    )
    title = _cell("", (block.title,), tokens, start)
    if ends_like_names(title.text):
        raise UnlikeError
    linked = [_linked(tokens[start + link.place]) for link in block.links if link.is_within]
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


def _compare(block: Block, tokens: Sequence[str], start: int) -> None:
    """Raise unless what a block always says is there, and what may be ranks and separators are."""
    for one in block.fixed:
        if said_by(one.template, tokens, start) != one.text:
            raise UnlikeError
    for template, ends_like_word in block.marks:
        mark = said_by(template, tokens, start)
        if not is_mark(mark) or mark[-1].isalnum() != ends_like_word:
            raise UnlikeError


def _date_line(block: Block, said: str, category: str | None, latest: date) -> tuple[str, date, bool]:
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
    if is_telling(cell.text) or label_within(cell) is not None or any(map(_is_mention, texts)):
        raise UnlikeError
    if len(texts) > 1:
        said = [text.text for text in texts]
        if all(map(is_telling, said)) or any(map(read_date, said)):
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
        linked = _linked(tokens[start + link.place])
        if linked is not None:
            if link.is_within or link.is_around:
                near.add(linked)
            elif abstract.isdisjoint(link.cells):
                elsewhere.add(linked)
    found = near or elsewhere
    return found.pop() if len(found) == 1 else None


def _linked(tag: str) -> str | None:
    """Return the arXiv id that a link's tag leads to."""
    return linked_id(address(tag) or "")


# -- blocks of the usual make -------------------------------------------------------------------------------------


def usual_make(block: Block) -> Usual | None:
    """Return where a block of the usual make has what; None for any other."""
    if len(block.cells) != 2 or any(len(templates) != 1 for _, templates in block.cells):
        return None
    (line_column, (line,)), (column, (abstract,)) = block.cells
    in_title = [link for link in block.links if link.is_within]
    # An abstract in an element of its own could be a label, a title in several parts has one, links in it must agree.
    if len(abstract) != 1 or abstract[0][1] or len(block.title) != 1 or len(in_title) > 1:
        return None
    pieces = [piece for own, _ in line for piece in own]
    inside = [number for number, is_child in enumerate(is_child for own, is_child in line for _ in own) if is_child]
    single = [_only_place(one) for one in (block.title, block.date, block.category or block.date)]
    is_plain = None not in single and len(inside) == sum(is_child for _, is_child in line)
    return Usual(
        pick=itemgetter(*single, *pieces) if is_plain and all(isinstance(piece, int) for piece in pieces) else None,
        names=tuple(inside) if len(line) > 1 else None,
        columns=(line_column, column),
        link=in_title[0].place if in_title else None,
        links_around=tuple(link.place for link in block.links if link.is_around or 1 in link.cells),
        links_elsewhere=tuple(
            link.place for link in block.links if not (link.is_within or link.is_around or 1 in link.cells)
        ),
    )


def _only_place(template: Template) -> int | None:
    """Return the place of the token that a text is made of; None where it is several."""
    pieces = template[0][0]
    only = pieces[0] if len(template) == len(pieces) == 1 else None
    return only if isinstance(only, int) else None


class _Said(NamedTuple):
    """What a block of the usual make says; `code` is any text, where the date gives the category.

    `inside` is what stands in elements of the line, None when it is one part.
    """

    title: str
    day: str
    code: str
    line: str
    inside: Sequence[str] | None
    abstract: str


def _read_usual(places: Sequence[Place], tokens: Sequence[str], owner: str, latest: date) -> list[Paper] | None:
    """Return the papers of blocks that are all of the usual make; None unless all texts are plainly what they are.

    Lines that may be names, in one column, before abstracts in one column that may not be: whether `read_fields` tells
    the authors by their column or block by block, it takes the line, and the rest for the abstract.
    """
    usual = places[0][0].usual
    if usual is None or any(block.usual is None or block.usual.columns != usual.columns for block, _ in places):
        return None
    own = [(block, tokens[start : start + len(block.form)]) for block, start in places]
    texts = [_usual_texts(*one) for one in own]
    titles = [said.title for said in texts]
    if _any_mentions([*titles, *[said.line for said in texts]]) or not _are_titles(titles, owner):
        return None
    papers = []
    for position, ((block, block_tokens), said) in enumerate(zip(own, texts, strict=True), start=1):
        paper = _usual_paper(block, block_tokens, position, said, owner, latest)
        if paper is None:
            return None
        papers.append(paper)
    return papers


def _usual_texts(block: Block, tokens: Sequence[str]) -> _Said:
    (_, (line_template,)), (_, (abstract,)) = block.cells
    usual = block.usual
    if usual is not None and usual.pick is not None:
        pieces = usual.pick(tokens)
        joined = "".join(pieces)
        if "&" not in joined and fold(joined) == joined:  # so that there is nothing else to fold
            title, day, code, *line = pieces
            inside = [line[n] for n in usual.names] if usual.names is not None else None
            said = "".join(line).strip()
            return _Said(title.strip(), day.strip(), code.strip(), said, inside, said_by(abstract, tokens, 0))
    templates = (block.title, block.date, block.category or block.date)
    title, day, code = [said_by(template, tokens, 0) for template in templates]
    text = text_of(line_template, tokens, 0)
    return _Said(title, day, code, text.text, inside_of(text), said_by(abstract, tokens, 0))


def _usual_paper(
    block: Block, tokens: Sequence[str], position: int, said: _Said, owner: str, latest: date
) -> Paper | None:
    """Return the paper of a block with its title, None where another text of it might be anything else."""
    usual = block.usual
    assert usual is not None  # noqa: S101 - asked before
    names = _usual_names(block, said, tokens, owner)
    if names is None or not _is_abstract(said.abstract, owner):
        return None
    arxiv_id = _linked(tokens[usual.link]) if usual.link is not None else None
    for place in usual.links_around if arxiv_id else (*usual.links_around, *usual.links_elsewhere):
        if _linked(tokens[place]):
            return None  # what is linked there may be the title
    _compare(block, tokens, 0)
    category, published_on, has_code = _date_line(
        block, said.day, said.code if block.category is not None else None, latest
    )
    return normal_paper(
        position=position,
        title=said.title,
        category=category,
        published_on=published_on,
        has_code=has_code,
        authors=names.authors,
        et_al=names.et_al,
        affiliation=names.affiliation,
        abstract=said.abstract,
        arxiv_id=arxiv_id,
    )


def _usual_names(block: Block, said: _Said, tokens: Sequence[str], owner: str) -> Names | None:
    """Return the names in a line, None where it might be anything else."""
    if is_telling(said.line):
        return None
    names = plain_names(said.line, said.inside)
    if names is not None and (names.et_al or owner in names.authors):
        return names
    cell = Cell(NOWHERE, (text_of(block.cells[0][1][0], tokens, 0),), "")
    if label_within(cell) is not None or not (is_surely_names(cell, owner) or may_be_names(cell)):
        return None
    names = read_names(cell)
    return None if ":" in (names.affiliation or "") else names


def _are_titles(texts: Sequence[str], owner: str) -> bool:
    """Tell whether texts that mention no label are titles."""
    doubtful = [
        text
        for text in texts
        # What is said twice has the same letter at its beginning and behind its middle.
        if _PLAIN_TITLE.fullmatch(text) is None or owner in text or text[0] == text[(len(text) + 1) // 2]
    ]
    return all(_is_title(text, owner) for text in doubtful)


def _is_title(text: str, owner: str) -> bool:
    return not (is_telling(text) or ends_like_names(text)) and passes_for_title(text, owner)


def _is_abstract(text: str, owner: str) -> bool:
    if len(text) <= LONGEST_LINE:  # else it is longer than any line of names or figures
        cell = Cell(NOWHERE, (_text(text),), "")
        if is_telling(text) or _mentions(text) or is_surely_names(cell, owner) or may_be_names(cell):
            return False
    return not may_be_tag(text) and label_ahead(text) is None


def _any_mentions(texts: Sequence[str]) -> bool:
    return LABELS.may_be_in_any(texts) and any(map(_mentions, texts))


def _mentions(text: str) -> bool:
    return LABELS.may_be_in(text) and bool(LABELS.mentions([_text(text)]))


def _text(said: str) -> Text:
    return Text(0, said, NOWHERE, [(said, False)])
