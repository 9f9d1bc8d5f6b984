"""The papers of a page whose layout is known, all at once where that is certain.

Most blocks are of one make: a title, a line of authors, an abstract. Where all of a page's are, and each text is
plainly what stands there, the rules by which the full reading tells the fields of a listing apart
(`papers.read_fields`) leave no choice, and the papers are made of the tokens. Else those rules are applied
(`listing.py`). What is plain is told of all texts of a kind together: that takes a fraction of the time of one by one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from operator import itemgetter
from typing import NamedTuple

from scholar_etl.model import Paper
from scholar_etl.normalise import normal_paper
from scholar_etl.sources.blocks import Cell
from scholar_etl.sources.dom import Text
from scholar_etl.sources.doubts import LONGEST_TITLE, passes_for_title
from scholar_etl.sources.forms import NOWHERE, Block, Usual, said_by, text_of
from scholar_etl.sources.header import LABELS
from scholar_etl.sources.listing import Place, compare, is_mention, linked_paper, read_any, read_date_line
from scholar_etl.sources.names import (
    LAST_OF_ET_AL,
    LONGEST_LINE,
    Names,
    ends_like_names,
    inside_of,
    is_surely_names,
    may_be_names,
    may_be_tag,
    plain_line,
    plain_lines,
    read_names,
)
from scholar_etl.sources.papers import label_within
from scholar_etl.sources.skeleton import Template
from scholar_etl.sources.wording import LONGEST_TELLING, is_telling, label_ahead, read_date
from scholar_etl.sources.years import latest_day
from scholar_etl.text import fold

_PLAIN_LETTERS = re.compile(r"[A-Za-z0-9 ,:;.'()?!/\n-]+")
_SPACES = 3  # more than in a date or a code
_THREE_WORDS = re.compile(r"[^\W\d_]+ [^\W\d_]+ [^\W\d_]")  # begin no tag, and no label: these have two at most


def read_papers(places: Sequence[Place], tokens: Sequence[str], owner: str, fetched_at: datetime) -> Sequence[Paper]:
    """Return the papers of the blocks that stand at some places; `owner` is the page's author.

    Raises `UnlikeError`, or what reading a value raises, when there is any doubt.
    """
    lines = (read_date(said_by(block.date, tokens, start)) for block, start in places)
    latest = latest_day((line.day for line in lines if line is not None), fetched_at)
    return _read_usual(places, tokens, owner, latest) or read_any(places, tokens, owner, latest)


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
    single = [_only_place(one) for one in (abstract, block.title, block.date, block.category or block.date)]
    is_plain = None not in single and len(inside) == sum(is_child for _, is_child in line)
    return Usual(
        pick=itemgetter(*single, *pieces) if is_plain and all(isinstance(piece, int) for piece in pieces) else None,
        names=tuple(inside) if len(line) > 1 else None,
        columns=(line_column, column),
        link=in_title[0] if in_title else None,
        links_around=tuple(link for link in block.links if link.is_around or 1 in link.cells),
        links_elsewhere=tuple(
            link for link in block.links if not (link.is_within or link.is_around or 1 in link.cells)
        ),
    )


def _only_place(template: Template) -> int | None:
    """Return the place of the token that a text is made of; None where it is several."""
    pieces = template[0][0]
    only = pieces[0] if len(template) == len(pieces) == 1 else None
    return only if isinstance(only, int) else None


class _Said(NamedTuple):
    """What the blocks of a page say, all texts of a kind together.

    `codes` are any texts where the dates give the categories. `insides` are what stands in elements of the lines, None
    for a line that is one part.
    """

    titles: Sequence[str]
    days: Sequence[str]
    codes: Sequence[str]
    abstracts: Sequence[str]
    lines: Sequence[str]
    insides: Sequence[Sequence[str] | None]


_BlockAt = tuple[Block, Usual, Sequence[str]]  # with its tokens


def _read_usual(places: Sequence[Place], tokens: Sequence[str], owner: str, latest: date) -> list[Paper] | None:
    """Return the papers of blocks that are all of the usual make; None unless all texts are plainly what they are.

    Lines that may be names, in one column, before abstracts in one column that may not be: whether `read_fields` tells
    the authors by their column or block by block, it takes the line, and the rest for the abstract.
    """
    usual = places[0][0].usual
    if usual is None or any(block.usual is None or block.usual.columns != usual.columns for block, _ in places):
        return None
    own = [(block, block.usual, tokens[start : start + block.size]) for block, start in places if block.usual]
    said = _said(own)
    if _any_mentions([*said.titles, *said.lines]) or not _are_titles(said.titles, owner):
        return None
    names = _read_lines(own, said, owner)
    if names is None or not _are_abstracts(said.abstracts, owner):
        return None
    papers = []
    texts = zip(own, said.titles, said.days, said.codes, names, said.abstracts, strict=True)
    for position, ((block, usual, block_tokens), title, day, code, line, abstract) in enumerate(texts, start=1):
        arxiv_id = linked_paper(usual.link, block_tokens, 0) if usual.link is not None else None
        for link in usual.links_around if arxiv_id else (*usual.links_around, *usual.links_elsewhere):
            if linked_paper(link, block_tokens, 0):
                return None  # what is linked there may be the title
        if block.fixed or block.marks:
            compare(block, block_tokens, 0)
        category, published_on, has_code = read_date_line(block, day, code if block.category else None, latest)
        papers.append(
            normal_paper(
                position=position,
                title=title,
                category=category,
                published_on=published_on,
                has_code=has_code,
                authors=line.authors,
                et_al=line.et_al,
                affiliation=line.affiliation,
                abstract=abstract,
                arxiv_id=arxiv_id,
            )
        )
    return papers


def _said(own: Sequence[_BlockAt]) -> _Said:
    picked = [usual.pick(tokens) if usual.pick is not None else () for _, usual, tokens in own]
    abstracts = "".join([pieces[0] for pieces in picked if pieces])
    # A dot, as many a line has one, would make the look ten times dearer.
    others = "".join([piece for pieces in picked for piece in pieces[1:]]).replace("·", "|")
    are_folded = abstracts.isascii() and _is_folded(abstracts) and _is_folded(others)
    texts = [
        _as_picked(usual, pieces) if pieces and (are_folded or _are_folded(pieces)) else _as_made(block, tokens)
        for (block, usual, tokens), pieces in zip(own, picked, strict=True)
    ]
    return _Said(*zip(*texts, strict=True))


def _are_folded(pieces: Sequence[str]) -> bool:
    # Apart, for a look at long texts is quick where they are all ASCII, as abstracts are, and lines with a dot are not.
    return _is_folded(pieces[0]) and _is_folded("".join(pieces[1:]))


def _is_folded(text: str) -> bool:
    """Tell whether nothing in a text is to be folded or decoded, but white space at its ends."""
    return "&" not in text and fold(text) == text.strip(" ")


_Texts = tuple[str, str, str, str, str, Sequence[str] | None]  # of a block, as in `_Said`


def _as_picked(usual: Usual, pieces: Sequence[str]) -> _Texts:
    abstract, title, day, code, *line = pieces
    inside = [line[n] for n in usual.names] if usual.names is not None else None
    return title.strip(), day.strip(), code.strip(), abstract.strip(), "".join(line).strip(), inside


def _as_made(block: Block, tokens: Sequence[str]) -> _Texts:
    """Return the same of a block whose texts are made of several tokens, or to be folded."""
    (_, (line,)), (_, (abstract,)) = block.cells
    templates = (block.title, block.date, block.category or block.date, abstract)
    title, day, code, prose = [said_by(template, tokens, 0) for template in templates]
    text = text_of(line, tokens, 0)
    return title, day, code, prose, text.text, inside_of(text)


# -- names --------------------------------------------------------------------------------------------------------


def _read_lines(own: Sequence[_BlockAt], said: _Said, owner: str) -> list[Names] | None:
    """Return the names in the lines, None where one might be anything else."""
    read = []
    plain = plain_lines(said.lines) or map(plain_line, said.lines)
    for line, names, inside, (block, _, tokens) in zip(said.lines, plain, said.insides, own, strict=True):
        # Surely authors, and no more stands in elements of their own than the commas part.
        is_sure = names is not None and (names.et_al or owner in names.authors) and names.agree_with(inside)
        if names is None or not is_sure:
            names = None if is_telling(line) else _read_line(text_of(block.cells[0][1][0], tokens, 0), owner)
        elif len(names.authors) == 1 and is_telling(line):  # two names or more tell nothing else
            return None
        if names is None:
            return None
        read.append(names)
    return read


def _read_line(text: Text, owner: str) -> Names | None:
    cell = Cell(NOWHERE, (text,), "")
    if label_within(cell) is not None or not (is_surely_names(cell, owner) or may_be_names(cell)):
        return None
    names = read_names(cell)
    return None if ":" in (names.affiliation or "") else names


# -- titles and abstracts -----------------------------------------------------------------------------------------


def _are_titles(texts: Sequence[str], owner: str) -> bool:
    """Tell whether texts that mention no label are titles."""
    return all(_is_title(text, owner) for text in _doubtful_titles(texts, owner))


def _doubtful_titles(texts: Sequence[str], owner: str) -> list[str]:
    """Return those of the texts that a quick look does not show to be titles."""
    are_plain = _PLAIN_LETTERS.fullmatch("\n".join(texts)) is not None
    return [
        text
        for text in texts
        if owner in text
        or not (are_plain or _PLAIN_LETTERS.fullmatch(text))
        or text.count(" ") < _SPACES
        or len(text) > LONGEST_TITLE
        # What is said twice has the same letter at its beginning and behind its middle.
        or text[0] == text[(len(text) + 1) // 2]
        or (len(text) <= LONGEST_TELLING and is_telling(text))
        or text[-7:].lower().rstrip(". ").endswith(LAST_OF_ET_AL)
    ]


def _is_title(text: str, owner: str) -> bool:
    return not (is_telling(text) or ends_like_names(text)) and passes_for_title(text, owner)


def _are_abstracts(texts: Sequence[str], owner: str) -> bool:
    doubtful = [text for text in texts if len(text) <= LONGEST_LINE or _THREE_WORDS.match(text) is None]
    return all(_is_abstract(text, owner) for text in doubtful)


def _is_abstract(text: str, owner: str) -> bool:
    if len(text) <= LONGEST_LINE:  # else it is longer than any line of names or figures
        cell = Cell(NOWHERE, (_text(text),), "")
        if is_telling(text) or is_mention(cell.texts[0]) or is_surely_names(cell, owner) or may_be_names(cell):
            return False
    return not may_be_tag(text) and label_ahead(text) is None


def _any_mentions(texts: Sequence[str]) -> bool:
    return LABELS.may_be_in_any(texts) and any(is_mention(_text(text)) for text in texts)


def _text(said: str) -> Text:
    return Text(0, said, NOWHERE, [(said, False)])
