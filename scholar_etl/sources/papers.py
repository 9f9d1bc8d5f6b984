"""The papers of a Scholar Feed listing: what each block says, read against what the others say at the same place.

A block's date line comes first: the date, and beside it the category code and the Code badge. Of the other cells, the
title is the column that every block has; the authors, the affiliation and the abstract have columns of their own, or
where they share one, as bare paragraphs do, their order tells. What remains unexplained makes the page ambiguous.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from scholar_etl.model import Paper
from scholar_etl.sources.blocks import Cell, Heading, cells, find_blocks, split_cell, up_to
from scholar_etl.sources.dom import HEADINGS, Element, Text
from scholar_etl.sources.doubts import (
    check_title,
    check_title_links,
    refuse_list_of_another,
    refuse_lone_block,
    refuse_lost_end,
    refuse_lost_fields,
    refuse_names_aside,
    refuse_run_in_abstracts,
    refuse_strays,
    refuse_unknown_label,
    refuse_unlike_abstracts,
)
from scholar_etl.sources.names import (
    ends_like_names,
    is_plainly_names,
    is_surely_names,
    may_be_names,
    read_names,
    read_tag,
)
from scholar_etl.sources.row import Row
from scholar_etl.sources.selectors import AmbiguousOnPageError, NotFoundOnPageError
from scholar_etl.sources.wording import (
    BADGE,
    DateLine,
    field_named,
    is_code,
    is_furniture,
    is_label,
    is_mark,
    is_meta,
    label_ahead,
    linked_id,
    read_date,
    without_label,
)
from scholar_etl.sources.years import dated, latest_day
from scholar_etl.text import fold


def read_rows(texts: Sequence[Text], heading: Heading, owner: str, fetched_at: datetime) -> list[Row]:
    """Return the blocks of the papers listed under the heading that announces them, read, in page order.

    `owner` is the name of the page's author; `fetched_at` resolves dates without a year. Raises
    `NotFoundOnPageError` when a block lacks what it must have, or cannot be read in one way only.
    """
    lines = {text.number: line for text in texts if (line := read_date(text.text))}
    blocks = find_blocks(texts, list(lines), heading, is_meta)
    latest = latest_day((lines[block.anchor].day for block in blocks), fetched_at)
    rows = [
        Row(block, n, cells(block, texts), dated(lines[block.anchor].day, latest)) for n, block in enumerate(blocks, 1)
    ]
    if not rows:
        return []
    _set_labels_aside(rows)
    refuse_names_aside(rows, texts, owner)
    title_column = _title_column(rows, lines)
    for row in rows:
        _read_line(row, lines, title_column)
    _drop_furniture(rows, title_column)
    for row in rows:
        _read_title(row, title_column)
    read_fields(rows, owner)
    for row in rows:
        row.arxiv_id = _arxiv_id(row, texts)
    refuse_lost_end(rows, texts, owner)
    refuse_lone_block(rows, heading)
    refuse_list_of_another(rows, heading, texts, owner)
    return rows


def read_fields(rows: Sequence[Row], owner: str) -> None:
    """Tell authors, affiliations and abstracts apart among the cells behind the titles, and read them.

    Raises `NotFoundOnPageError` when they cannot be read in one way only.
    """
    _read_authors(rows, owner)
    _read_abstracts(rows, owner)
    refuse_lost_fields(rows)


# -- the date line ------------------------------------------------------------------------------------------------


def _read_line(row: Row, lines: Mapping[int, DateLine], title_column: str | None, *, limit: int = 3) -> None:
    """Take the date and what belongs to it out of the row's cells, but never a cell of the title's column."""
    _, row.category, row.has_code = lines[row.block.anchor]
    _read_labelled_line(row)
    at = next(i for i, cell in enumerate(row.rest) if any(t.number == row.block.anchor for t in cell.texts))
    if not all(is_meta(without_label(t.text, "date")) for t in row.rest[at].texts):
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
    code = without_label(text, "category")
    if is_code(code) and row.category in (None, code):
        row.category = code
    elif text == BADGE and not row.has_code:
        row.has_code = True
    else:
        return is_mark(text) and not text[-1].isalnum()
    return True


# -- labels, furniture, the title ---------------------------------------------------------------------------------


def _columns(rows: Iterable[Row]) -> dict[str, list[Cell]]:
    found: dict[str, list[Cell]] = {}
    for row in rows:
        for cell in row.rest:
            found.setdefault(cell.column, []).append(cell)
    return found


def _is_label_cell(cell: Cell) -> bool:
    if not is_label(cell.text) or cell.texts[0].element.is_heading:
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
                role, column = field_named(cell.text), None
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
        role = field_named(first.text)
        return (role, replace(cell, texts=cell.texts[1:])) if role else None
    parts = [part for part in first.parts if not part[0].isspace()]
    if len(parts) < 2 or not parts[0][1]:
        return None
    label = fold(parts[0][0])
    value = fold("".join(piece for piece, _ in parts[1:]))
    if not label.endswith(":") and not value.startswith(":"):
        return None
    role = field_named(label)
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


def _title_column(rows: Sequence[Row], lines: Mapping[int, DateLine]) -> str | None:
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
    trial = [Row(row.block, row.position, list(row.rest), row.published_on) for row in rows]
    taken: Counter[str] = Counter()
    for row in trial:
        before = list(row.rest)
        try:
            _read_line(row, lines, None)
        except NotFoundOnPageError:
            continue
        left = {id(cell) for cell in row.rest}
        taken.update({cell.column for cell in before if id(cell) not in left})
    _drop_furniture(trial, None)
    firsts = Counter(row.rest[0].column for row in trial if row.rest)
    if not firsts:
        return None
    column, count = firsts.most_common(1)[0]
    return column if taken[column] * 2 < len(rows) and count * 2 > len(rows) else None


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
        check_title(row, owner)
        if any(is_surely_names(cell, owner) for cell in row.rest):
            raise row.unclear("authors_unclear", "two lines of authors")


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
    refuse_unknown_label(rows)
    usual = Counter(cell.column for row in rows for cell in row.rest).most_common(1)
    for row in rows:
        strange = [cell for cell in row.rest if cell.column != usual[0][0]]
        if strange or (row.rest and row.abstract):
            cell = (strange or row.rest)[0]
            raise row.unclear("unread_text", f"{cell.text[:60]!r} is neither authors nor abstract")
        row.abstract = row.abstract or row.rest
        refuse_strays(row, owner)
    refuse_unlike_abstracts(rows)
    refuse_run_in_abstracts(rows)
    _strip_label([row for row in rows if row.abstract])
    if not rows[-1].block.is_boxed:
        longest = max((len(row.abstract) for row in rows[:-1]), default=1)
        if len(rows[-1].abstract) > max(1, longest):
            raise rows[-1].unclear("unread_text", "nothing tells where the last abstract ends")


def _strip_label(rows: Sequence[Row]) -> None:
    """Take the label off every abstract: `Abstract: We show …`. Raise where not all begin with the same one."""
    ahead = [label_ahead(row.abstract[0].text) for row in rows]
    labels = {found[0] if found else "" for found in ahead}
    if len(labels) > 1:
        raise AmbiguousOnPageError("unread_text", f"some abstracts begin with {max(labels)!r}, others do not")
    for row, found in zip(rows, ahead, strict=True):
        if found:
            row.abstract[0].text = found[1]


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
