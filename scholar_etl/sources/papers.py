"""The papers of a Scholar Feed listing: what each block says, read against what the others say at the same place.

A block's date line comes first: the date, and beside it the category code and the Code badge. Of the other cells, the
title is the column that every block has; the authors, the affiliation and the abstract have columns of their own, or
where they share one, as bare paragraphs do, their order tells. What remains unexplained makes the page ambiguous.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import lru_cache
from itertools import takewhile
from typing import NamedTuple

from scholar_etl.arxiv import is_known_code
from scholar_etl.model import Paper
from scholar_etl.sources.blocks import LONGEST_AD, Block, Cell, Heading, cells, find_blocks, split_cell, up_to
from scholar_etl.sources.dom import HEADINGS, Element, Text
from scholar_etl.sources.names import (
    Names,
    ends_like_names,
    is_plainly_names,
    is_surely_names,
    may_be_names,
    read_names,
    read_tag,
)
from scholar_etl.sources.selectors import AmbiguousOnPageError, NotFoundOnPageError
from scholar_etl.sources.values import DATE, is_date, parse_date
from scholar_etl.text import fold, is_placeholder

_CODE = r"(?:[a-z]+(?:-[a-z]+)?\.)?[A-Z]{2}|[a-z]+-[a-z]+"
_SEPARATOR = r"\s?[·•|,/–—-]?\s?"
_META = re.compile(
    rf"(?:(?P<category>{_CODE}){_SEPARATOR})?(?P<date>{DATE}|\d{{4}}-\d{{2}}-\d{{2}})"
    rf"(?:{_SEPARATOR}(?P<category_behind>{_CODE}))?(?:{_SEPARATOR}(?P<badge>Code))?"
)
_PERCENTAGE = re.compile(r"\d[\d,.]*\s?%")
_TELLING_SPACES = 3
_DIGIT = re.compile(r"\d")
_LONGEST_LINE = 200  # of names
_ET_AL = re.compile(r"\bet al\b")
_LONGEST_STRAY = 60
_LONGEST_NOTE = 100
_BEGINNING = re.compile(r"[^\W\d][^:.]{1,20}:(?=\s)")  # of a paragraph, as a label
_MORE = re.compile(r"[\[(…. ]*(?:(?:read|show|see|view|expand) )?(?:more|less|all|full)\b.{0,12}", re.IGNORECASE)
_FEW = 2  # papers, of which nothing can be told to be unusual
_SENTENCE_END = re.compile(r"[.!?:;…。！？；：।؟$)\]}\"”’»]$")
_SHORTEST_TWICE = 16
_LONGEST_TITLE = 350
_LONGEST_LONE_TITLE = 200  # of a block without abstract
_LONGEST_TELLING = 60
BADGE = "Code"
_MARK = re.compile(r"(?:#|No\.\s?)?\d{1,4}[.)]?|[·•|,/–—-]")  # a rank or a separator
# The names of fields, where a page writes them out.
_LABELS = {
    "title": "title",
    "author": "authors",
    "authors": "authors",
    "by": "authors",
    "affiliation": "affiliation",
    "affiliations": "affiliation",
    "institution": "affiliation",
    "abstract": "abstract",
    "summary": "abstract",
    "category": "category",
    "field": "category",
    "subject": "category",
    "date": "date",
    "published": "date",
    "published on": "date",
    "code": "code",
}
# What stands in blocks beside the facts: buttons, and figures that are no fact of ours.
_FURNITURE = re.compile(
    r"paper|saved?|cite|share|pdf|html|arxiv|bookmark|view|details|bibtex|similar|new|abstract|summary|more"
    r"|(?:read|show|see|view|load) (?:more|less|paper|pdf|on arxiv|abstract|all)"
    r"|\d[\d,.]*[km]?\s?(?:citations?|views?|stars?|likes?|comments?|min read)",
    re.IGNORECASE,
)
_LINK = re.compile(
    r"(?:https?://[^/?#]*)?/(?:paper|abs|pdf)/(?P<id>\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7})(?:v\d+)?(?:\.pdf)?/?"
    r"(?:[?#].*)?"
)


@dataclass(slots=True)
class Row:
    """A block as it is read. `rest` are the cells that are not yet explained; `labelled` those with a label.

    `is_linked` tells that the page links the title to the paper, `is_marked` that, or that it makes a heading of it.
    `authors` and `affiliated` are the cells that gave the names and the affiliation, where each has its own.
    """

    block: Block
    position: int
    rest: list[Cell]
    labelled: dict[str, list[Cell]] = field(default_factory=dict)
    has_labels: bool = False
    is_linked: bool = False
    is_marked: bool = False
    category: str | None = None
    published_on: date | None = None
    has_code: bool = False
    title: Cell | None = None
    authors: Cell | None = None
    names: Names | None = None
    affiliated: Cell | None = None
    affiliation: str | None = None
    abstract: list[Cell] = field(default_factory=list)
    arxiv_id: str | None = None

    def unclear(self, rule: str, what: str) -> AmbiguousOnPageError:
        """Return the error that names this paper."""
        title = f" ({self.title.text[:60]!r})" if self.title else ""
        return AmbiguousOnPageError(rule, f"paper {self.position}{title}: {what}")


def read_rows(texts: Sequence[Text], heading: Heading, owner: str, fetched_at: datetime) -> list[Row]:
    """Return the blocks of the papers listed under the heading that announces them, read, in page order.

    `owner` is the name of the page's author; `fetched_at` resolves dates without a year. Raises
    `NotFoundOnPageError` when a block lacks what it must have, or cannot be read in one way only.
    """
    dates = {text.number: meta for text in texts if (meta := read_date(text.text, fetched_at))}
    blocks = find_blocks(texts, list(dates), heading, _is_meta)
    rows = [Row(block, n, cells(block, texts)) for n, block in enumerate(blocks, start=1)]
    if not rows:
        return []
    if len(rows) == 1 < heading.count:
        raise AmbiguousOnPageError(
            "ambiguous_listing", f"{heading.count} papers are announced and one is found: nothing tells where it ends"
        )
    _set_labels_aside(rows)
    _refuse_names_aside(rows, texts, owner)
    title_column = _title_column(rows, dates)
    for row in rows:
        _read_line(row, dates, title_column)
    _drop_furniture(rows, title_column)
    for row in rows:
        _read_title(row, title_column)
    read_fields(rows, owner)
    for row in rows:
        row.arxiv_id = _arxiv_id(row, texts)
    _refuse_lost_end(rows, texts, owner)
    # A whole listing may name its owner nowhere: behind "et al.", or under another spelling. A part of one that does
    # is more likely another list that stands where this one should.
    # So it is with one that does not follow its heading.
    is_certain = len(rows) >= heading.count and not stand_apart(rows, heading, texts)
    if not is_certain and not any(row.names and owner in row.names.authors for row in rows):
        raise AmbiguousOnPageError(
            "listing_of_another",
            f"{len(rows)} of {heading.count} papers are listed, and {owner!r} is named as an author of none",
        )
    return rows


def stand_apart(rows: Sequence[Row], heading: Heading, texts: Sequence[Text]) -> bool:
    """Tell whether another heading stands between the blocks and the one that announces them."""
    return any(text.element.is_heading for text in texts[heading.last : rows[0].block.first])


def read_fields(rows: Sequence[Row], owner: str) -> None:
    """Tell authors, affiliations and abstracts apart among the cells behind the titles, and read them.

    Raises `NotFoundOnPageError` when they cannot be read in one way only.
    """
    _read_authors(rows, owner)
    _read_abstracts(rows, owner)
    _refuse_lost_fields(rows)


def _refuse_lost_fields(rows: Sequence[Row]) -> None:
    """Raise when a block lacks what all others have, and what is left of it, or stands behind it, may be just that."""
    for row in rows:
        if row.names and row.abstract:
            continue
        others = [other for other in rows if other is not row]
        is_bare = not row.names and not row.abstract
        if is_bare and not row.is_marked and any(other.is_marked for other in others):
            raise row.unclear("title_unclear", "it is neither linked nor a heading, and nothing stands below it")
        if is_bare and not others and row.block.is_followed:
            raise row.unclear("odd_block", "nothing stands in it but a title, and something behind it")
        for name in ("names", "abstract") if row.block.is_followed and others else ():
            if not getattr(row, name) and all(getattr(other, name) for other in others):
                raise row.unclear("odd_block", f"it has no {name}, unlike the others, and something stands behind it")


# -- the date line ------------------------------------------------------------------------------------------------


class DateLine(NamedTuple):
    """What a text with a date says: the date, and the category (None when it gives none) and badge beside it."""

    published_on: date
    category: str | None
    has_badge: bool


def read_date(text: str, fetched_at: datetime) -> DateLine | None:
    """Return what a text with a date says; None when it is no date, or says more."""
    if len(text) > _LONGEST_TELLING or not text[-1].isalnum() or _DIGIT.search(text) is None:
        return None
    return _read_date(text, fetched_at)


@lru_cache(maxsize=4_096)  # many papers share a day, and many authors a paper
def _read_date(text: str, fetched_at: datetime) -> DateLine | None:
    match = _META.fullmatch(_without_label(text, "date"))
    published_on = parse_date(match["date"], fetched_at) if match else None
    if match is None or published_on is None:
        return None
    codes = [code for code in (match["category"], match["category_behind"]) if code]
    if len(codes) > 1 or not all(map(is_code, codes)):
        return None
    return DateLine(published_on, codes[0] if codes else None, match["badge"] is not None)


def is_code(text: str) -> bool:
    """Tell whether a text has the form of a category code: known to arXiv, or two or three capitals."""
    return is_known_code(text) or (2 <= len(text) <= 3 and text.isascii() and text.isalpha() and text.isupper())


def _is_meta(text: str) -> bool:
    return bool(_META.fullmatch(text) or is_code(text) or text == BADGE or is_mark(text))


def is_mark(text: str) -> bool:
    """Tell whether a text is a rank or a separator."""
    return _MARK.fullmatch(text) is not None


def is_telling(text: str, fetched_at: datetime) -> bool:
    """Tell whether a text, by what it says, could be anything but a title, a line of authors or prose."""
    # Most texts are longer than any such, or have more words than those without a figure.
    if len(text) > _LONGEST_TELLING or (text.count(" ") >= _TELLING_SPACES and not _DIGIT.search(text)):
        return False
    return bool(_is_meta(text) or _is_label(text) or is_furniture(text) or read_date(text, fetched_at))


def _without_label(text: str, role: str) -> str:
    label, colon, value = text.partition(":")
    return value.strip() if colon and _LABELS.get(label.strip().casefold()) == role else text


def _read_line(row: Row, dates: Mapping[int, DateLine], title_column: str | None, *, limit: int = 3) -> None:
    """Take the date and what belongs to it out of the row's cells, but never a cell of the title's column."""
    row.published_on, row.category, row.has_code = dates[row.block.anchor]
    _read_labelled_line(row)
    at = next(i for i, cell in enumerate(row.rest) if any(t.number == row.block.anchor for t in cell.texts))
    if not all(_is_meta(_without_label(t.text, "date")) for t in row.rest[at].texts):
        row.rest[at : at + 1] = split_cell(row.rest[at], row.block.edge)
        at = next(i for i, cell in enumerate(row.rest) if cell.texts[0].number == row.block.anchor)
    for text in row.rest.pop(at).texts:
        if text.number != row.block.anchor and not _take(row, text.text):
            raise row.unclear("odd_block", f"{text.text!r} stands beside the date")
    # The cells behind it, then those before it, where a rank may stand too.
    for step, index in ((0, at), (-1, at - 1)):
        for _ in range(limit):
            if not 0 <= index < len(row.rest):
                break
            cell = row.rest[index]
            is_aside = is_mark(cell.text) and (step or not cell.text[-1].isalnum())
            if cell.column == title_column or len(cell.texts) > 1 or not (is_aside or _take(row, cell.text)):
                break
            del row.rest[index]
            index += step
    if row.category is None:
        codes = [cell for cell in row.rest if is_code(cell.text) and cell.column != title_column]
        if len(codes) != 1:
            raise NotFoundOnPageError("category_missing", f"paper {row.position}: {len(codes)} category codes found")
        row.category = codes[0].text
        row.rest.remove(codes[0])


def _take(row: Row, text: str) -> bool:
    """Take a text of the date line; return whether it is one that the line can have, and has not had yet."""
    code = _without_label(text, "category")
    if is_code(code) and row.category in (None, code):
        row.category = code
    elif text == BADGE and not row.has_code:
        row.has_code = True
    else:
        return is_mark(text) and not text[-1].isalnum()
    return True


def _refuse_lost_end(rows: Sequence[Row], texts: Sequence[Text], owner: str) -> None:
    """Raise when the last block lacks what stands somewhere behind the listing."""
    *others, last = rows
    behind = [text for text in texts[last.block.last :] if not text.element.aside]
    if last.names is None and any(is_surely_names(Cell(text.element, (text,), ""), owner) for text in behind):
        raise last.unclear("authors_unclear", "it has no authors, and a line of authors stands behind the papers")
    lacks_abstract = not last.abstract and all(row.abstract for row in others)
    for text in takewhile(lambda text: not text.element.is_heading, behind) if lacks_abstract else ():
        if len(text.text) > LONGEST_AD:
            raise last.unclear("unread_text", f"it has no abstract, and {text.text[:60]!r} stands behind the papers")


def _refuse_names_aside(rows: Sequence[Row], texts: Sequence[Text], owner: str) -> None:
    """Raise when authors stand in the footer of a block, where only buttons and links should."""
    for text in texts[rows[0].block.first : rows[-1].block.last]:
        if text.element.aside == "footer" and is_surely_names(Cell(text.element, (text,), ""), owner):
            raise AmbiguousOnPageError("authors_unclear", f"{text.text[:60]!r} stands in the footer of a paper")


# -- labels, furniture, the title ---------------------------------------------------------------------------------


def _columns(rows: Iterable[Row]) -> dict[str, list[Cell]]:
    found: dict[str, list[Cell]] = {}
    for row in rows:
        for cell in row.rest:
            found.setdefault(cell.column, []).append(cell)
    return found


def _is_label(text: str) -> bool:
    return text.rstrip(": ").casefold() in _LABELS


def _is_label_cell(cell: Cell) -> bool:
    if not _is_label(cell.text) or cell.texts[0].element.is_heading:
        return False
    return not any(map(_own_id, cell.element.elements()))


def _set_labels_aside(rows: Sequence[Row]) -> None:
    """Give each cell behind a label (a `<dt>`, or a bold word with a colon) the field that the label names."""
    alone = {
        column
        for column, found in _columns(rows).items()
        if all(map(_is_label_cell, found)) and any(cell.text != BADGE for cell in found)
    }
    for row in rows:
        rest: list[Cell] = []
        role = column = None
        for cell in row.rest:
            within = label_within(cell)
            if any(text.number == row.block.anchor for text in cell.texts):
                rest.append(within[1] if within else cell)
            elif cell.column in alone:
                row.has_labels = True
                role, column = _LABELS[cell.text.rstrip(": ").casefold()], None
            elif within is not None:
                row.has_labels = True
                role = None
                row.labelled.setdefault(within[0], []).append(within[1])
            elif role in (None, "date") or column not in (None, cell.column):
                rest.append(cell)
            else:
                row.labelled.setdefault(role or "", []).append(cell)
                column = cell.column
        row.rest = rest


def label_within(cell: Cell) -> tuple[str, Cell] | None:
    """Return the field and the value of a cell that begins with its label in an element: `<b>Authors:</b> A, B`."""
    first = cell.texts[0]
    if ":" not in first.text:
        return None
    if len(cell.texts) > 1 and first.text.endswith(":"):
        role = _LABELS.get(first.text.rstrip(": ").casefold())
        return (role, replace(cell, texts=cell.texts[1:])) if role else None
    parts = [part for part in first.parts if not part[0].isspace()]
    if len(parts) < 2 or not parts[0][1]:
        return None
    label = fold(parts[0][0])
    value = fold("".join(piece for piece, _ in parts[1:]))
    if not label.endswith(":") and not value.startswith(":"):
        return None
    role = _LABELS.get(label.rstrip(": ").casefold())
    if role is None:
        return None
    text = Text(first.number, value.removeprefix(":").lstrip(), first.element, parts[1:])
    return role, replace(cell, texts=(text, *cell.texts[1:]))


def _read_labelled_line(row: Row) -> None:
    for cell in row.labelled.pop("category", []):
        if not is_code(cell.text) or row.category not in (None, cell.text):
            raise row.unclear("odd_block", f"the category is shown as {cell.text[:60]!r}")
        row.category = cell.text
    for cell in row.labelled.pop("code", []):
        if cell.text.casefold() not in ("code", "yes", "available", "github"):
            raise row.unclear("odd_block", f"the code is shown as {cell.text[:60]!r}")
        row.has_code = True


def _title_column(rows: Sequence[Row], dates: Mapping[int, DateLine]) -> str | None:
    """Return the column of the titles; None where a label names the title, or it shares its place with the date line.

    A heading that every block has is its title. Else it is what most blocks begin with, the date line aside.
    """
    unlabelled = [row for row in rows if "title" not in row.labelled]
    if not unlabelled:
        return None
    if len(unlabelled) < len(rows):
        raise unlabelled[0].unclear("title_unclear", "its title has no label, unlike the others")
    headings = [Counter(cell.column for cell in row.rest if cell.texts[0].element.is_heading) for row in rows]
    common = [column for column, count in headings[0].items() if count == 1 and all(h[column] == 1 for h in headings)]
    common = [column for column in common if heading_rank(column) == min(map(heading_rank, common))]
    if len(common) > 1:
        raise AmbiguousOnPageError("title_unclear", f"every block has {len(common)} headings: which is the title?")
    if common:
        return common[0]
    trial = [Row(row.block, row.position, list(row.rest), {}) for row in rows]
    lines: Counter[str] = Counter()
    for row in trial:
        before = list(row.rest)
        try:
            _read_line(row, dates, None)
        except NotFoundOnPageError:
            continue
        left = {id(cell) for cell in row.rest}
        lines.update({cell.column for cell in before if id(cell) not in left})
    _drop_furniture(trial, None)
    firsts = Counter(row.rest[0].column for row in trial if row.rest)
    if not firsts:
        return None
    column, count = firsts.most_common(1)[0]
    return column if lines[column] * 2 < len(rows) and count * 2 > len(rows) else None


def heading_rank(column: str) -> str:
    """Return the outermost heading of a column, "" when it has none."""
    return next((step for step in column.split("/") if step in HEADINGS), "")


def _drop_furniture(rows: Sequence[Row], title_column: str | None) -> None:
    """Drop buttons, ranks and figures of no interest: whole columns of them, and single ones behind a title."""
    columns = _columns(rows)
    for column, found in columns.items():
        if column != title_column and all(_is_furniture_cell(cell) for cell in found):
            for row in rows:
                row.rest = [cell for cell in row.rest if cell.column != column]
    if title_column is None:
        while all(row.rest and _is_furniture_cell(row.rest[0]) for row in rows):
            for row in rows:
                del row.rest[0]
    for row in rows:
        title = next((n for n, cell in enumerate(row.rest) if cell.column == title_column), 0)
        row.rest = [cell for n, cell in enumerate(row.rest) if n == title or not _is_furniture_cell(cell)]


def is_furniture(text: str) -> bool:
    """Tell whether a text is a button, a rank, or a figure that is no fact of ours."""
    return is_mark(text) or _FURNITURE.fullmatch(text.rstrip(":… ")) is not None


def _is_furniture_cell(cell: Cell) -> bool:
    return not cell.texts[0].element.is_heading and all(is_furniture(text.text) for text in cell.texts)


def _read_title(row: Row, title_column: str | None) -> None:
    """Take the title out of the row's cells: the labelled one, else the first of its column."""
    if "title" in row.labelled:
        row.title, *others = row.labelled.pop("title")
        if others:
            raise row.unclear("title_unclear", f"a second title, {others[0].text[:60]!r}")
    else:
        at = next((n for n, c in enumerate(row.rest) if title_column in (None, c.column)), None)
        if at is None:
            raise NotFoundOnPageError("title_missing", f"paper {row.position} is built unlike the others: no title")
        if at:
            raise row.unclear("odd_block", f"{row.rest[0].text[:60]!r} stands before the title")
        parts = split_cell(row.rest[0], row.block.edge)
        # Beside a rank or a button; what else shares the title's element stands for itself.
        row.title, *others = [cell for cell in parts if not _is_furniture_cell(cell)] or parts
        row.rest[:1] = others
    linked = [_own_id(element) for element in _title_links(row.title)]
    check_title_links([next(iter(own), None) for own in linked], row)
    row.is_linked = any(linked)
    row.is_marked = row.is_linked or row.title.texts[0].element.is_heading
    if ends_like_names(row.title.text):
        raise row.unclear("title_unclear", "a line of authors stands where the title should")


def _title_links(title: Cell) -> list[Element]:
    """Return the links that hold a text of the title."""
    return [
        element
        for element in title.element.elements()
        if element.attributes.get("href") and any(element.holds(text.number) for text in title.texts)
    ]


def check_title_links(linked: Sequence[str | None], row: Row) -> None:
    """Raise when the links in a title lead to the paper and to something else; `linked` are the arXiv ids, or None."""
    if len(linked) > 1 and any(linked) and len(set(linked)) > 1:
        raise row.unclear("title_unclear", "a link to something else stands in the title")


# -- authors, affiliation, abstract -------------------------------------------------------------------------------


def _read_authors(rows: Sequence[Row], owner: str) -> None:
    repeated: set[str] = set()
    for row in rows:
        columns = [cell.column for cell in row.rest]
        if len(columns) > len(set(columns)):
            repeated.update(column for column, count in Counter(columns).items() if count > 1)
    single = {column: found for column, found in _columns(rows).items() if column not in repeated}
    own = [column for column, found in single.items() if _are_authors(found, owner)]
    if len(own) > 1:
        raise AmbiguousOnPageError("authors_unclear", f"{len(own)} columns of the listing could be the authors")
    for row in rows:
        cell = row.authors = _authors_cell(row, own[0] if own else None, owner)
        if cell is not None:
            row.names = read_names(cell)
            if cell in row.rest:
                if 0 < row.rest.index(cell) < len(row.rest) - 1:
                    raise row.unclear("unread_text", f"{row.rest[0].text[:60]!r} stands above the authors")
                row.rest.remove(cell)
        _read_affiliation(row, single)
        _check_title(row, owner)
        if any(is_surely_names(cell, owner) for cell in row.rest):
            raise row.unclear("authors_unclear", "two lines of authors")


def _check_title(row: Row, owner: str) -> None:
    """Raise when what stands in the title's place is another field, because the title is missing."""
    title = row.title
    assert title is not None  # noqa: S101 - it was read before
    is_names = is_surely_names(title, owner) or (row.names is None and "," in title.text and may_be_names(title))
    if (is_names and not (row.names and row.is_marked)) or (row.names is None and owner in title.text):
        raise row.unclear("title_unclear", "a line of authors stands where the title should")
    # A code on each side of the date: the one of them that is the title must be marked as such.
    if is_date(title.text) or _PERCENTAGE.fullmatch(title.text) or (is_code(title.text) and not row.is_marked):
        raise row.unclear("title_unclear", f"{title.text!r} stands where the title should")
    is_alone = not row.rest and "abstract" not in row.labelled
    if len(title.text) > (_LONGEST_LONE_TITLE if is_alone else _LONGEST_TITLE) or _is_said_twice(title.text):
        raise row.unclear("title_unclear", f"{len(title.text)} characters stand where the title should")


def passes_for_title(text: str, owner: str) -> bool:
    """Tell whether `_check_title` surely lets a text pass that does not end like names.

    Below it stand names and an abstract. Whatever is added there is needed here.
    """
    return not (
        owner in text
        or is_date(text)
        or _PERCENTAGE.fullmatch(text)
        or is_code(text)
        or len(text) > _LONGEST_TITLE
        or _is_said_twice(text)
    )


def _is_said_twice(text: str) -> bool:
    half, odd = divmod(len(text), 2)
    return len(text) >= _SHORTEST_TWICE and text[:half] == text[half + odd :] and (not odd or text[half].isspace())


def _are_authors(found: Sequence[Cell], owner: str) -> bool:
    """Tell whether the cells of a column are lines of authors: some surely, and none surely not."""
    sure = [is_surely_names(cell, owner) for cell in found]
    return any(sure) and all(is_sure or may_be_names(cell) for cell, is_sure in zip(found, sure, strict=True))


def _authors_cell(row: Row, column: str | None, owner: str) -> Cell | None:
    if "authors" in row.labelled:
        labelled = row.labelled.pop("authors")
        if len(labelled) > 1:
            raise row.unclear("authors_unclear", f"{len(labelled)} texts behind the label of the authors")
        return labelled[0]
    if column is not None:
        return next((cell for cell in row.rest if cell.column == column), None)
    if not row.rest:
        return None
    first, behind = row.rest[0], row.rest[1:]
    if is_surely_names(first, owner):
        return first
    if not may_be_names(first):
        return None
    if any(not may_be_names(cell) for cell in behind):
        return first
    if is_plainly_names(first) and all(read_tag(cell) for cell in behind):
        return first  # with an affiliation or nothing behind it: the abstract is missing
    raise row.unclear("authors_unclear", f"is {first.text[:60]!r} the authors or the abstract?")


def _read_affiliation(row: Row, single: dict[str, list[Cell]]) -> None:
    if row.names is not None:
        row.affiliation = row.names.affiliation
    if "affiliation" in row.labelled:
        found = {cell.text for cell in row.labelled.pop("affiliation")}
        row.affiliation = " / ".join(sorted(found))
        if len(found) > 1:
            raise row.unclear("affiliation_unclear", f"it is shown as {row.affiliation[:80]!r}")
    if row.affiliation is not None and ":" in row.affiliation:
        raise row.unclear("affiliation_unclear", f"the affiliation is shown as {row.affiliation[:60]!r}")
    if row.affiliation is not None or not row.rest or row.names is None:
        return
    cell = row.rest[0]
    tag = read_tag(cell)
    if tag is None:
        return
    has_own_column = all(read_tag(other) is not None for other in single.get(cell.column, [cell]))
    if (len(row.rest) == 1 and cell.column not in single) or not has_own_column:
        raise row.unclear("affiliation_unclear", f"is {cell.text[:60]!r} an affiliation or the abstract?")
    row.affiliation, row.affiliated = tag, cell
    del row.rest[0]


def _read_abstracts(rows: Sequence[Row], owner: str) -> None:
    are_labelled = any("abstract" in row.labelled for row in rows)
    for row in rows:
        if "abstract" in row.labelled:
            row.abstract = row.labelled.pop("abstract")
        elif are_labelled and row.rest:
            raise row.unclear("unread_text", f"{row.rest[0].text[:60]!r} has no label, unlike the abstracts of others")
    _cut_tail(rows)
    _refuse_unknown_label(rows)
    usual = Counter(cell.column for row in rows for cell in row.rest).most_common(1)
    for row in rows:
        strange = [cell for cell in row.rest if cell.column != usual[0][0]]
        if strange or (row.rest and row.abstract):
            cell = (strange or row.rest)[0]
            raise row.unclear("unread_text", f"{cell.text[:60]!r} is neither authors nor abstract")
        row.abstract = row.abstract or row.rest
        line = row.abstract[0].text[:_LONGEST_LINE] if row.names is None and row.abstract else ""
        if owner in line or _ET_AL.search(line):
            raise row.unclear("authors_unclear", f"a line of authors stands in the abstract: {line[:60]!r}")
        pieces = [text.text for cell in row.abstract for text in cell.texts]
        # A line with a date is quoted, unless it comes first.
        strays = (piece for n, piece in enumerate(pieces) if _is_stray(piece) and not (n and _META.fullmatch(piece)))
        stray = next(strays, None) if len(pieces) > 1 else None
        stray = (
            stray
            or next((piece for piece in pieces if len(piece) <= _LONGEST_STRAY and is_date(piece)), None)
            or _label_inside(row)
        )
        if stray is not None:
            raise row.unclear("unread_text", f"{stray!r} stands in the abstract")
    _refuse_unlike_abstracts(rows)
    _strip_label([row for row in rows if row.abstract])
    if not rows[-1].block.is_boxed:
        longest = max((len(row.abstract) for row in rows[:-1]), default=1)
        if len(rows[-1].abstract) > max(1, longest):
            raise rows[-1].unclear("unread_text", "nothing tells where the last abstract ends")


def _strip_label(rows: Sequence[Row]) -> None:
    """Take the label off every abstract: `Abstract: We show …`. Raise where not all begin with the same one."""
    labels = {label if colon and _is_label(label) else "" for label, colon, _ in map(_at_colon, rows)}
    if labels - {""} and len(labels) > 1:
        raise AmbiguousOnPageError("unread_text", f"some abstracts begin with {max(labels)!r}, others do not")
    for row in rows if labels - {""} else ():
        row.abstract[0].text = _at_colon(row)[2].lstrip()


def begins_with_label(text: str) -> bool:
    """Tell whether a text begins with the label of a field and a colon."""
    label, colon, _ = text.partition(":")
    return bool(colon) and _is_label(label)


def _at_colon(row: Row) -> tuple[str, str, str]:
    return row.abstract[0].text.partition(":")


def _refuse_unknown_label(rows: Sequence[Row]) -> None:
    """Raise when every abstract begins with the same word in an element of its own, with a colon: a label."""
    labels = set()
    for row in rows:
        if row.rest:
            part, is_child = next(part for part in row.rest[0].texts[0].parts if not part[0].isspace())
            labels.add(fold(part) if is_child else "")
    label = labels.pop() if len(labels) == 1 else ""
    if label.endswith(":"):
        raise AmbiguousOnPageError("unread_text", f"{label!r} stands before every abstract")


def _refuse_unlike_abstracts(rows: Sequence[Row]) -> None:
    """Raise when a paragraph of an abstract is more likely something else that stands in a block.

    It says the same in several blocks, or begins with the same label; each block has a short one at the same place;
    only one block has another paragraph, and that is short; it stands twice, from two moments; or it ends in a button.
    """
    paragraphs = [[text.text for cell in row.abstract for text in cell.texts] for row in rows]
    several = [(row, said) for row, said in zip(rows, paragraphs, strict=True) if len(said) > 1]
    if len(several) == 1 and len(rows) > _FEW and len(short := min(several[0][1], key=len)) <= _LONGEST_STRAY:
        raise several[0][0].unclear("unread_text", f"{short!r} is a paragraph of this abstract alone")
    sayings: Counter[str] = Counter()
    for own in {frozenset(said) for _, said in several}:  # two versions of one paper have one abstract
        sayings.update(own | {label[0] for text in own if (label := _BEGINNING.match(text))})
    for saying, count in sayings.most_common(1):
        if count > 1:
            raise several[0][0].unclear("unread_text", f"{saying[:60]!r} stands in {count} abstracts")
    if len(several) == len(rows) > _FEW and len({len(said) for said in paragraphs}) == 1:
        for same in zip(*paragraphs, strict=True):
            if max(map(len, same)) <= _LONGEST_NOTE:
                raise several[0][0].unclear("unread_text", f"each abstract has a short paragraph, as {same[0][:60]!r}")
    for row, said in several:
        if len({_DIGIT.sub("", text) for text in said}) < len(said):
            raise row.unclear("unread_text", "its abstract says one paragraph twice, but for the numbers")
    for row in rows:
        last, is_child = row.abstract[-1].texts[-1].parts[-1] if row.abstract else ("", False)
        if is_child and _MORE.fullmatch(fold(last)):
            raise row.unclear("unread_text", f"the abstract ends in {last!r}: something is left out, or belongs to it")


def _label_inside(row: Row) -> str | None:
    """Return a label that stands in the middle of an abstract, in an element of its own: something came before it."""
    parts = [part for cell in row.abstract for text in cell.texts for part in text.parts]
    inside = (fold(part) for part, is_child in parts[1:] if is_child and ":" in part[-2:])
    return next((label for label in inside if label.endswith(":") and _is_label(label)), None)


def _is_stray(piece: str) -> bool:
    """Tell whether a piece of an abstract is no paragraph: short, and nothing ends it like a sentence."""
    return len(piece) <= _LONGEST_STRAY and (_SENTENCE_END.search(piece) is None or is_placeholder(piece))


def _cut_tail(rows: Sequence[Row]) -> None:
    """Cut off what follows a listing without boxes: cells at the end, of columns that no other block has."""
    last = rows[-1]
    if last.block.is_boxed or len(rows) == 1:
        return
    known = {cell.column for row in rows[:-1] for cell in row.rest}
    cut = None
    while last.rest and known and last.rest[-1].column not in known:
        cut = last.rest.pop()
    if cut is not None and not last.rest and all(row.rest for row in rows[:-1]):
        raise last.unclear("unread_text", f"is {cut.text[:60]!r} its abstract?")


# -- the paper ----------------------------------------------------------------------------------------------------


def papers_of(rows: Sequence[Row]) -> tuple[Paper, ...]:
    """Return the papers that the blocks, read, give. Raises `NotFoundOnPageError` where one could be another text."""
    are_linked = any(row.is_linked for row in rows)
    for row in rows if are_linked else ():
        if row.arxiv_id and not row.is_linked:
            raise row.unclear("title_unclear", f"not its title but another text is linked to {row.arxiv_id}")
    return tuple(map(_paper_of, rows))


def _paper_of(row: Row) -> Paper:
    assert row.title is not None  # noqa: S101 - it was read before
    if row.labelled:
        raise row.unclear("unread_text", f"two values for {next(iter(row.labelled))}")
    return Paper(
        position=row.position,
        title=row.title.text,
        category=row.category,
        published_on=row.published_on,
        has_code=row.has_code,
        authors=row.names.authors if row.names else (),
        et_al=row.names.et_al if row.names else False,
        affiliation=row.affiliation,
        abstract=" ".join([cell.text for cell in row.abstract]) or None,
        arxiv_id=row.arxiv_id,
    )


def _arxiv_id(row: Row, texts: Sequence[Text]) -> str | None:
    """Return the arXiv id that the title links to, else the only one that the block links to outside its abstract.

    Raises `AmbiguousOnPageError` when that link is no button: what it says would be the title.
    """
    block, title = row.block, row.title
    assert title is not None  # noqa: S101 - it was read before
    ids = set().union(*map(_own_id, _title_links(title)))
    for element in title.element.ancestors():
        if not (block.first <= element.first and element.last <= block.last):
            break
        ids |= _own_id(element)
    for cell in row.abstract if not ids else ():
        is_whole = all(is_child or part.isspace() for text in cell.texts for part, is_child in text.parts)
        within = cell.element.elements() if is_whole else up_to(cell.texts[0].element, cell.element.parent)
        if any(map(_own_id, within)):
            raise row.unclear("title_unclear", f"{cell.text[:60]!r} is what is linked to the paper")
    if not ids and block.is_boxed:
        for element in _outside(block.edge, {id(cell.element) for cell in row.abstract}):
            own = _own_id(element)
            if own and not all(is_furniture(text.text) for text in texts[element.first : element.last]):
                raise row.unclear("title_unclear", f"{texts[element.first].text[:60]!r} is what is linked to the paper")
            ids |= own
    return ids.pop() if len(ids) == 1 else None


def _outside(top: Element, without: set[int]) -> Iterator[Element]:
    """Yield an element and all inside it; `without` are the ids of elements to leave out."""
    stack = [top]
    while stack:
        element = stack.pop()
        if id(element) not in without:
            yield element
            stack.extend(child for child in element.children if isinstance(child, Element))


def _own_id(element: Element) -> set[str]:
    linked = linked_id(element.attributes.get("href") or "") if element.tag == "a" else None
    return {linked} if linked else set()


def linked_id(address: str) -> str | None:
    """Return the arXiv id that an address of a paper has, None for any other address."""
    match = _LINK.fullmatch(address)
    return match["id"] if match else None
