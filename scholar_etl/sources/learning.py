"""Learning a layout from a page that was read in full: which tokens of it say what.

The page is parsed once more, with the place of each token marked in it. The marked texts tell of what tokens the texts
of the page are made, and the marked elements where a block begins.

Only what leaves nothing to the words of a page is learnt: one group of metrics and one heading, blocks in boxes side by
side, titles that are told by their place, no labels inside blocks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from scholar_etl.model import Profile
from scholar_etl.sources.blocks import Cell, Heading, cells
from scholar_etl.sources.dom import Element, Page, Text, parse_page
from scholar_etl.sources.doubts import stand_apart
from scholar_etl.sources.forms import Block, Fixed, Head, Link, Tail, UnlikeError
from scholar_etl.sources.header import LABELS, title_parts
from scholar_etl.sources.labelled import Group
from scholar_etl.sources.layout import Layout
from scholar_etl.sources.papers import heading_rank
from scholar_etl.sources.row import Row
from scholar_etl.sources.skeleton import (
    Skeleton,
    TagPlace,
    Template,
    address,
    address_count,
    address_number,
    closing_place,
    filled,
    marked,
    marks_in,
    parted,
    place_of,
    places,
    shifted,
    template_of,
)
from scholar_etl.sources.usual import usual_make
from scholar_etl.sources.wording import BADGE, is_furniture, is_mark, linked_id


@dataclass(frozen=True, slots=True)
class Found:
    """What a page was found to say, and where: the full reading of it.

    `field` is the text with the author's field, `places` the numbers of the texts with the values of the metrics.
    `is_lone` tells that nothing else on the page looks like the metrics or the heading of an author, and that they are
    not told to be the author's own by links.
    """

    profile: Profile
    name: Text
    field: Text | None
    group: Group
    places: dict[str, list[int]]
    heading: Heading
    rows: list[Row]
    is_lone: bool


def learn_layout(skeleton: Skeleton, page: Page, found: Found) -> Layout:
    """Return the layout of a page. Raises `UnlikeError` or `NoSkeletonError` when it cannot be learnt."""
    return _Lesson(skeleton, page, found).layout()


class _Lesson:
    """One page while its layout is learnt. Texts go by their numbers, which are the same on the marked page."""

    def __init__(self, skeleton: Skeleton, page: Page, found: Found) -> None:
        _demand(found.is_lone and not page.is_cut)
        self._skeleton = skeleton
        self._page = page
        self._found = found
        self._marked = parse_page(marked(skeleton))
        _demand(len(self._marked.texts) == len(page.texts))
        self._cells = {row.position: cells(row.block, page.texts) for row in found.rows}
        self._edges: dict[int, Element] = {}  # of the blocks on the marked page, by position
        self._templates = [template_of(text.parts, skeleton.tokens) for text in self._marked.texts]
        for template, text in zip(self._templates, page.texts, strict=True):
            _demand(filled(template, skeleton.tokens) == text.parts)

    def layout(self) -> Layout:
        """Return what the page teaches."""
        rows = self._found.rows
        heading = self._found.heading
        _demand(len(rows) > 1 and len(rows) == heading.count == self._found.profile.metrics.paper_count)
        _demand(not stand_apart(rows, heading, self._page.texts))
        bounds = self._bounds(rows)
        start, end = bounds[0][0], bounds[-1][1]
        first, last = rows[0].block.first, rows[-1].block.last
        self._demand_within(range(first), 0, start[0])
        self._demand_within(range(last, len(self._templates)), end[0], len(self._skeleton.tokens))
        anchors = [self._page.texts[row.block.anchor].element for row in rows]
        _demand(len({anchor.tag_path() for anchor in anchors}) == 1)
        _demand(len({_height(anchor, row.block.edge) for anchor, row in zip(anchors, rows, strict=True)}) == 1)
        layout = Layout(anchors[0].tag_path(), *self._title_column(rows[0]))
        head, tail = self._head(first, start), self._tail(last, end)
        layout.heads[head.form] = head
        layout.tails[tail.opening, tail.form] = tail
        for run, number in (start, *[stop for _, stop in bounds]):
            layout.joints[self._skeleton.form[run // 2]] = parted(self._skeleton.tokens[run], number)
        for row, (begin, stop) in zip(rows, bounds, strict=True):
            block = self._block(row, begin, stop)
            one = Layout(layout.date_path, *self._title_column(row), blocks={(block.opening, block.form): block})
            _demand(layout.is_like(one))
            layout.add(one)
        return layout

    # -- where things are

    def _bounds(self, rows: Sequence[Row]) -> list[tuple[TagPlace, TagPlace]]:
        """Return the places of each block, from its opening tag to what follows its closing one: they adjoin."""
        bounds: list[tuple[TagPlace, TagPlace]] = []
        for row in rows:
            _demand(row.block.is_boxed and row.block.edge.parent is rows[0].block.edge.parent and not row.has_labels)
            anchor = self._page.texts[row.block.anchor].element
            edge = self._marked.texts[row.block.anchor].element
            for _ in range(_height(anchor, row.block.edge)):
                edge = _parent(edge)
            start = place_of(edge)
            run, number = closing_place(self._skeleton, start)
            end = (run, number + 1)
            _demand(not bounds or bounds[-1][1] == start)
            self._demand_within(range(row.block.first, row.block.last), start[0], run)
            bounds.append((start, end))
            self._edges[row.position] = edge
        return bounds

    def _demand_within(self, numbers: Iterable[int], start: int, end: int) -> None:
        """Raise unless texts stand between two runs."""
        _demand(all(start < place < end for n in numbers for place in places(self._templates[n])))

    # -- head and tail

    def _head(self, last: int, end: TagPlace) -> Head:
        found = self._found
        titles = title_parts(self._page.title)
        title = marks_in(self._marked.title)
        _demand(len(title) == 1 and found.name.text in titles)
        _demand(all(len(own) == 1 for own in found.places.values()))
        values = {own[0]: name for name, own in found.places.items()}
        _demand(len(found.group.mentions) == len(found.places) == len(values))
        # A number in several pieces of one child would be told from one in a single piece by its elements alone.
        parts = [part for n in values for part in self._templates[n]]
        _demand(all(sum(isinstance(piece, int) for piece in pieces) == 1 for pieces, is_child in parts if is_child))
        labelled = {mention.number for mention in found.group.mentions if mention.value is not None}
        heading = range(found.heading.first, found.heading.last)
        told = {found.name.number, *heading, *values, *([found.field.number] if found.field else [])}
        telling = range(min(found.name.number, found.group.first), found.heading.last)
        fixed = [n for n in range(last) if n not in told]
        _demand(not any(self._page.texts[n].text in titles for n in fixed))
        return Head(
            form=self._skeleton.form[: end[0] // 2],
            closing=parted(self._skeleton.tokens[end[0]], end[1])[0],
            title=(((title[0],), False),),
            name=self._templates[found.name.number],
            field=self._templates[found.field.number] if found.field else None,
            metrics=tuple((name, self._templates[n], n in labelled) for n, name in values.items()),
            heading=tuple(self._templates[n] for n in heading),
            paths=found.profile.layout,
            fixed=tuple(self._fixed(n, 0, may_change=n not in telling) for n in fixed),
        )

    def _tail(self, first: int, start: TagPlace) -> Tail:
        run, number = start
        return Tail(
            opening=parted(self._skeleton.tokens[run], number)[1],
            form=self._skeleton.form[run // 2 + 1 :],
            fixed=tuple(self._fixed(n, run, may_change=True) for n in range(first, len(self._templates))),
        )

    def _fixed(self, number: int, start: int, *, may_change: bool) -> Fixed:
        text = self._page.texts[number].text
        return Fixed(shifted(self._templates[number], -start), text, may_change and not LABELS.may_be_in(text))

    # -- a block

    def _block(self, row: Row, begin: TagPlace, stop: TagPlace) -> Block:
        texts = self._page.texts
        title = self._cell_of(row, row.title)
        rest = self._rest(row)
        told = {row.block.anchor, *_numbers(title), *(n for cell in rest for n in _numbers(cell))}
        others = [n for n in range(row.block.first, row.block.last) if n not in told]
        category = [n for n in others if texts[n].text == row.category]
        marks = [n for n in others if is_mark(texts[n].text)]
        fixed = [n for n in others if n not in category and n not in marks]
        _demand(len(_numbers(title)) == 1 and len(category) < 2)
        (start, first), (end, last) = begin, stop

        def own(number: int) -> Template:
            return shifted(self._templates[number], -start)

        block = Block(
            opening=parted(self._skeleton.tokens[start], first)[1],
            form=self._skeleton.form[start // 2 + 1 : end // 2],
            closing=parted(self._skeleton.tokens[end], last)[0],
            date=own(row.block.anchor),
            category=own(category[0]) if category else None,
            has_badge=any(texts[n].text == BADGE for n in fixed),
            fixed=tuple(self._fixed(n, start, may_change=False) for n in fixed),
            marks=tuple((own(n), texts[n].text[-1].isalnum()) for n in marks),
            title=own(_numbers(title)[0]),
            is_heading=title.texts[0].element.is_heading,
            cells=tuple((cell.column, tuple(map(own, _numbers(cell)))) for cell in rest),
            links=tuple(self._links(row, rest, start)),
        )
        return replace(block, usual=usual_make(block))

    def _title_column(self, row: Row) -> tuple[str, Literal["heading", "own", "shared"], int]:
        """Return the column of a block's title, what makes it one, and how many ranks and buttons stand before it."""
        title = self._cell_of(row, row.title)
        all_cells = self._cells[row.position]
        ranks = {
            cell: heading_rank(cell.column) for cell in all_cells if any(text.element.is_heading for text in cell.texts)
        }
        if ranks:
            _demand(
                title in ranks and all("" < ranks[title] < rank for cell, rank in ranks.items() if cell is not title)
            )
            return title.column, "heading", 0
        known = [title, *self._rest(row)]
        others = [cell for cell in all_cells if cell not in known]
        line = [
            cell
            for cell in others
            if all(text.number == row.block.anchor or text.text in (BADGE, row.category) for text in cell.texts)
        ]
        furniture = [cell for cell in others if cell not in line]
        _demand(all(is_furniture(text.text) for cell in furniture for text in cell.texts))
        ahead = all_cells[: all_cells.index(title)]
        _demand(not any(cell.column == title.column for cell in furniture if cell in ahead))
        _demand(all(cell in ahead for cell in line))
        kind: Literal["own", "shared"] = "shared" if any(cell.column == title.column for cell in line) else "own"
        return title.column, kind, sum(cell in ahead for cell in furniture)

    def _rest(self, row: Row) -> list[Cell]:
        """Return the cells of the authors, the affiliation and the abstract, in page order."""
        found = [row.authors, row.affiliated, *row.abstract]
        return sorted((self._cell_of(row, cell) for cell in found if cell is not None), key=_numbers)

    def _cell_of(self, row: Row, cell: Cell | None) -> Cell:
        """Return a cell that was read as the block has it: whole."""
        _demand(cell is not None)
        assert cell is not None  # noqa: S101 - demanded
        whole = next(own for own in self._cells[row.position] if cell.texts[0] in own.texts)
        _demand(whole.texts == cell.texts)
        return whole

    def _links(self, row: Row, rest: Sequence[Cell], start: int) -> Iterator[Link]:
        block, title = row.block, self._cell_of(row, row.title)
        within = set(map(id, title.element.elements()))
        around = {id(e) for e in title.element.ancestors() if block.first <= e.first and e.last <= block.last}
        inside = [set(map(id, cell.element.elements())) for cell in rest]
        for element, twin in zip(block.edge.elements(), self._edges[row.position].elements(), strict=True):
            linked = element.attributes.get("href") if element.tag == "a" else None
            if linked:
                run, tag = place_of(twin)
                token = self._skeleton.tokens[run]
                number = address_number(token, tag) - (address_count(token) if run == start else 0)
                _demand(linked_id(address(token, number)) == linked_id(linked))
                holders = tuple(n for n, own in enumerate(inside) if id(element) in own)
                yield Link(run - start, number, id(element) in within, id(element) in around, holders)


def _numbers(cell: Cell) -> list[int]:
    return [text.number for text in cell.texts]


def _height(element: Element, edge: Element) -> int:
    height = 0
    while element is not edge:
        element, height = _parent(element), height + 1
    return height


def _parent(element: Element) -> Element:
    _demand(element.parent is not None)
    assert element.parent is not None  # noqa: S101 - demanded
    return element.parent


def _demand(condition: bool) -> None:
    if not condition:
        raise UnlikeError
