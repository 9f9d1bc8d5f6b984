"""Repeated blocks of a listing, found by what they have in common and not by their class names.

The caller names the anchors: texts that stand once in a block (here the date). Anchors under the same tags belong to
one kind of block, and a block's box is the largest element that holds its anchor and no other of that kind. Where
nothing is boxed, a block reaches from its anchor, or from what stands before each anchor alike, to the next.

What a block says comes in cells: the largest elements that hold running text only. Cells of the same field share a
column: their place below the block's edge.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from scholar_etl.sources.dom import HEADINGS, INLINE, Element, Text
from scholar_etl.sources.selectors import AmbiguousOnPageError

_ASIDE = frozenset(("nav", "aside"))
_ITEMS = frozenset(("tr", "li", "article"))
_LISTS = frozenset(("ul", "ol"))
_MUTE = frozenset(("a", "span"))  # whether a title is a link makes no difference to its column
_SECOND_RANK = "h2"
_ENDS = HEADINGS | {"footer"}
_MOST_ANCHORS = 5_000
_LONGEST_LEAD = 4  # texts
LONGEST_AD = 80


@dataclass(frozen=True, slots=True)
class Block:
    """One block: its texts are numbered `first <= n < last`; `edge` encloses it (its box, or the flat list).

    `is_followed` tells that something stands behind it that is no block: perhaps what it has lost.
    """

    anchor: int
    first: int
    last: int
    edge: Element
    is_boxed: bool
    is_followed: bool = False


@dataclass(slots=True, eq=False)
class Cell:
    """One field's worth of a block: `text` is all of it as one line.

    `column` is equal for the same field of all blocks, not always for it alone.
    """

    element: Element
    texts: tuple[Text, ...]
    column: str
    text: str = field(init=False)

    def __post_init__(self) -> None:
        texts = self.texts
        self.text = texts[0].text if len(texts) == 1 else " ".join([text.text for text in texts])


@dataclass(frozen=True, slots=True)
class Heading:
    """The heading that announces `count` blocks: its texts are numbered `first <= n < last`."""

    count: int
    first: int
    last: int
    element: Element


def find_blocks(
    texts: Sequence[Text], anchors: Sequence[int], heading: Heading, is_meta: Callable[[str], bool]
) -> list[Block]:
    """Return the blocks of the listing under the heading, in page order; [] when there is none.

    `anchors` are numbers of texts; `is_meta` tells the texts that may stand in a line with an anchor. Raises
    `AmbiguousOnPageError` when several lists could be meant, or a block's bounds cannot be told.
    """
    below = [n for n in anchors if n >= heading.last and texts[n].element.aside not in _ASIDE]
    if not below:
        return []
    if len(below) > _MOST_ANCHORS:
        raise AmbiguousOnPageError("ambiguous_listing", f"{len(below)} dates stand below the heading")
    kinds: dict[str, list[int]] = {}
    for number in below:
        kinds.setdefault(texts[number].element.tag_path(), []).append(number)
    lists = [found for same in kinds.values() for found in _lists(same, below, texts, heading, is_meta)]
    chosen = _choose(_outermost(lists), texts, heading)
    if chosen.is_flat:
        return _flat_blocks(chosen, texts, heading)
    starts, boxes = set(chosen.anchors), set(map(id, chosen.boxes))
    inside = (n for n in below if n not in starts and not boxes.isdisjoint(map(id, texts[n].element.ancestors())))
    if len(starts) < heading.count and any(True for _ in inside):
        raise AmbiguousOnPageError(
            "ambiguous_listing", "blocks are missing, and others have a block's date inside them"
        )
    if len(starts) < heading.count:
        _refuse_unread_boxes(chosen, texts)
    _check_around(chosen, below, texts, is_meta)
    behind = texts[chosen.boxes[-1].last : _common_parent(chosen.boxes).last]
    is_cut_off = any(_is_prose(text) and not text.element.aside for text in behind)
    followed = [*(box.last < after.first for box, after in pairwise(chosen.boxes)), is_cut_off]
    return [
        Block(number, box.first, box.last, box, is_boxed=True, is_followed=is_followed)
        for (number, box), is_followed in zip(chosen.pairs(), followed, strict=True)
    ]


def _refuse_unread_boxes(chosen: _List, texts: Sequence[Text]) -> None:
    """Raise when beside the boxes stands one like them, without a date: a block that is missing, in another form."""
    parent, boxes = _common_parent(chosen.boxes), set(map(id, chosen.boxes))
    for child in parent.children:
        if isinstance(child, Element) and child.tag == chosen.boxes[0].tag and id(child) not in boxes:
            prose = next((text for text in texts[child.first : child.last] if _is_prose(text)), None)
            if prose is not None:
                raise AmbiguousOnPageError("ambiguous_listing", f"a block without a date says {prose.text[:60]!r}")


def _check_around(chosen: _List, anchors: Sequence[int], texts: Sequence[Text], is_meta: Callable[[str], bool]) -> None:
    """Raise when what stands beside a box has fallen out of it: a date or a badge, words of the list itself, or prose.

    An advertisement is none of them, nor is a year above some boxes. `anchors` are the numbers of all dates.
    """
    dates = frozenset(anchors)

    def is_lost(text: Text) -> bool:
        return text.number in dates or (text.text[0].isalpha() and is_meta(text.text))

    parent, last = _common_parent(chosen.boxes), chosen.boxes[-1]
    following = min(last.last + 1, parent.last)
    for box, end in zip(chosen.boxes, [*(box.first for box in chosen.boxes[1:]), following], strict=True):
        for text in texts[box.last : end]:
            if (box is not last and is_lost(text)) or _is_prose(text):
                raise AmbiguousOnPageError("unread_text", f"{text.text[:60]!r} stands beside the papers")
    inside = {number for box in chosen.boxes for number in range(box.first, box.last)}
    for text in texts[chosen.boxes[0].first : parent.last]:
        if text.element is parent and text.number not in inside and any(map(str.isalnum, text.text)):
            raise AmbiguousOnPageError("unread_text", f"{text.text[:60]!r} stands among the papers, in no block")
    for text in texts[last.last : parent.last] if parent.tag in _LISTS else ():
        if (_is_prose(text) or is_lost(text)) and _child_around(text.element, parent).tag not in _ITEMS | _LISTS:
            raise AmbiguousOnPageError("unread_text", f"{text.text[:60]!r} stands in the list, outside of its items")
    for around in {id(e): e for e in (_child_around(box, parent) for box in chosen.boxes)}.values():
        for text in texts[around.first : around.last]:
            if text.number not in inside and (text.number in dates or _is_prose(text)):
                raise AmbiguousOnPageError("unread_text", f"{text.text[:60]!r} stands around a paper")
    below = [texts[number].element for number in anchors if last.last <= number < parent.last]
    for line in {id(e): e for e in (_child_around(element, parent) for element in below)}.values():
        if all(is_meta(text.text) for text in texts[line.first : line.last]):
            raise AmbiguousOnPageError("unread_text", f"{texts[line.first].text!r} stands below the papers, alone")


def _is_prose(text: Text) -> bool:
    return len(text.text) > LONGEST_AD and not text.element.is_heading


def _common_parent(boxes: Sequence[Element]) -> Element:
    """Return the smallest element around all boxes; the box itself where it is the whole page."""
    first, last = boxes[0].first, boxes[-1].last
    return next((e for e in boxes[0].ancestors() if e.first <= first and last <= e.last), boxes[0])


def _child_around(element: Element, parent: Element) -> Element:
    """Return the child of a parent that is an element or lies around it."""
    while element.parent is not None and element.parent is not parent and element is not parent:
        element = element.parent
    return element


def is_surely_whole(block: Block) -> bool:
    """Tell whether a block without siblings ends where its box does: an item of a list, or all that stands in another.

    Any other box may be the list, or the rest of the page.
    """
    box = block.edge
    inside = (child for child in box.children if isinstance(child, Element))
    return block.is_boxed and (box.tag in _ITEMS or any(c.first == box.first and c.last == box.last for c in inside))


def cells(block: Block, texts: Sequence[Text]) -> list[Cell]:
    """Return a block's cells in page order; together they hold every text of the block that is not set aside."""
    grouped: dict[int, tuple[Element, list[Text]]] = {}
    paths: dict[int, str] = {}
    aside = {*_ASIDE, "footer"} - {texts[block.anchor].element.aside}
    for text in texts[block.first : block.last]:
        if text.element.aside in aside:
            continue
        path = up_to(text.element, block.edge)
        outermost = next((n for n in range(len(path) - 1, -1, -1) if path[n].is_leaf or _is_plain_list(path[n])), None)
        if outermost is None:  # an own text of a bigger element: a cell by itself
            grouped[-text.number - 1] = (text.element, [text])
            paths[-text.number - 1] = _column(path)
            continue
        element = path[outermost]
        if id(element) in grouped:
            grouped[id(element)][1].append(text)
        else:
            grouped[id(element)] = (element, [text])
            paths[id(element)] = _column(path[outermost:], path)
    return [Cell(element, tuple(own), paths[key]) for key, (element, own) in grouped.items()]


def split_cell(cell: Cell, edge: Element) -> list[Cell]:
    """Return each text of a cell as a cell of its own."""
    if len(cell.texts) == 1:
        return [cell]
    return [Cell(text.element, (text,), _column(up_to(text.element, edge))) for text in cell.texts]


# -- lists of boxes -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _List:
    """Boxes of one kind below one parent, in page order."""

    anchors: list[int]
    boxes: list[Element]
    is_flat: bool

    def pairs(self) -> Iterator[tuple[int, Element]]:
        """Yield each anchor with its box."""
        return zip(self.anchors, self.boxes, strict=True)


def _lists(
    same: Sequence[int],
    every: Sequence[int],
    texts: Sequence[Text],
    heading: Heading,
    is_meta: Callable[[str], bool],
) -> list[_List]:
    """Return the lists that the anchors of one kind make, among `every` anchor of the page."""
    heights = _heights(same, every, texts, heading, is_meta)
    boxes = _boxes_at(heights[0], same, texts)
    for height in heights[1:]:
        if len(boxes) == heading.count:
            break
        other = _boxes_at(height, same, texts)
        boxes = other if len(other) == heading.count else boxes
    is_flat = all(is_meta(t.text) for box in boxes.values() for t in texts[box.first : box.last])
    grouped: dict[int, dict[int, Element]] = {}
    for number, box in boxes.items():
        grouped.setdefault(id(box.parent), {})[number] = box
    found = []
    for group in grouped.values():
        run: dict[int, Element] = {}
        last = None
        for number, box in group.items():
            if last is not None and not is_flat and any(t.element.is_heading for t in texts[last.last : box.first]):
                found.append(_List(list(run), list(run.values()), is_flat))
                run = {}
            run[number] = last = box
        found.append(_List(list(run), list(run.values()), is_flat))
    return found


def _heights(
    same: Sequence[int],
    every: Sequence[int],
    texts: Sequence[Text],
    heading: Heading,
    is_meta: Callable[[str], bool],
) -> list[int]:
    """Return how high above its anchor a box reaches that holds no other: the usual height first.

    Of one kind of block all boxes lie equally high. A lone one at the end could reach higher, and one with a second
    date, in its abstract, not high enough.
    """
    # The only one of its kind has no siblings to tell where its block ends: any other anchor does.
    bounds = same if len(same) > 1 else every
    start = 0 if len(same) > 1 else bisect_left(every, same[0])
    heights: Counter[int] = Counter()
    for index, number in enumerate(same, start):
        before = bounds[index - 1] if index else -1
        after = bounds[index + 1] if index + 1 < len(bounds) else -1
        box, height = texts[number].element, 0
        for parent in box.ancestors():
            first, last = parent.first, parent.last
            if (
                parent.parent is None
                or first <= heading.first < last
                or first <= before < last
                or first <= after < last
            ):
                break
            if len(same) == 1 and box.tag in _ITEMS and not all(is_meta(t.text) for t in texts[box.first : box.last]):
                break  # no sibling tells where the block ends, but such an element is one
            box, height = parent, height + 1
        heights[height] += 1
    return [height for height, _ in heights.most_common()]


def _boxes_at(height: int, same: Sequence[int], texts: Sequence[Text]) -> dict[int, Element]:
    """Return the boxes at a height above their anchors; where one holds several, its first anchor counts."""
    boxes: dict[int, Element] = {}
    seen: set[int] = set()
    for number in same:
        box = texts[number].element
        for _ in range(height):
            box = box.parent or box
        if id(box) not in seen:
            seen.add(id(box))
            boxes[number] = box
    return boxes


def _outermost(lists: Sequence[_List]) -> list[_List]:
    """Return the lists that do not lie in the blocks of another: a date within an abstract makes no block."""
    sizes: dict[int, int] = {}
    for found in lists:
        for box in found.boxes:
            sizes[id(box)] = max(sizes.get(id(box), 0), len(found.boxes))
    return [
        found
        for found in lists
        if not any(id(e) in sizes for e in found.boxes[0].ancestors())
        and not any(sizes[id(box)] > len(found.boxes) for box in found.boxes)
    ]


def _choose(lists: Sequence[_List], texts: Sequence[Text], heading: Heading) -> _List:
    """Return the list that the heading announces: by its number of blocks, else by nothing standing between."""
    boxes = {id(box) for found in lists for box in found.boxes}
    # The titles of papers without boxes may be headings, before the first date too: they are no breaks.
    first_flat = min((found.boxes[0].first for found in lists if found.is_flat), default=len(texts))
    first_break = min(
        (
            text.number
            for text in texts[heading.last :]
            if text.element.is_heading
            and text.element.aside not in _ASIDE
            and not any(id(e) in boxes for e in (text.element, *text.element.ancestors()))
            and text.number < first_flat - _LONGEST_LEAD
        ),
        default=len(texts),
    )
    direct = [found for found in lists if found.boxes[0].first < first_break]
    for candidates in (direct, lists):
        exact = [found for found in candidates if len(found.boxes) == heading.count]
        if len(exact) == 1:
            return exact[0]
        if exact:
            break
    # A list may come in several parts: rows of a grid, or one block wrapped in something.
    parts = sorted((pair for found in direct if not found.is_flat for pair in found.pairs()), key=lambda pair: pair[0])
    if parts and len(parts) == heading.count and len(direct) > 1 and not exact:
        return _List([n for n, _ in parts], [box for _, box in parts], is_flat=False)
    if len(direct) == 1 and not _is_a_row(direct[0], lists):
        return direct[0]
    sizes = ", ".join(str(len(found.boxes)) for found in lists)
    raise AmbiguousOnPageError(
        "ambiguous_listing",
        f"{len(lists)} lists of {sizes} blocks under a heading that announces {heading.count}: which is the author's?",
    )


def _is_a_row(found: _List, lists: Sequence[_List]) -> bool:
    """Tell whether a list is one of several rows: what seemed a break before the next is the title of a lost block."""
    row = found.boxes[0].parent
    others = (other.boxes[0].parent for other in lists if other is not found)
    return row is not None and any(
        other is not None and other is not row and other.parent is row.parent for other in others
    )


def _flat_blocks(chosen: _List, texts: Sequence[Text], heading: Heading) -> list[Block]:
    edge = chosen.boxes[0].parent
    if edge is None or any(box.parent is not edge for box in chosen.boxes):
        raise AmbiguousOnPageError("ambiguous_listing", "papers without a box, in several places")
    starts = [box.first for box in chosen.boxes]
    lead = texts[max(heading.last, edge.first) : starts[0]]
    if len(lead) > _LONGEST_LEAD:
        raise AmbiguousOnPageError("unread_text", f"{len(lead)} texts stand between the heading and the first date")
    if lead:
        # A title before each date: it must stand before every one of them, and nowhere else.
        paths = [_column(up_to(t.element, edge)) for t in lead]
        everywhere = [_column(up_to(t.element, edge)) for t in texts[lead[0].number : edge.last]]
        offset = lead[0].number
        repeats = all(everywhere[s - len(lead) - offset : s - offset] == paths for s in starts)
        if not repeats or any(everywhere.count(path) != len(starts) for path in dict.fromkeys(paths)):
            raise AmbiguousOnPageError(
                "unread_text", f"{lead[0].text[:60]!r} stands between the heading and the first date: whose is it?"
            )
        starts = [start - len(lead) for start in starts]
    ends = [*starts[1:], edge.last]
    rank = heading.element.tag if heading.element.tag in HEADINGS else _SECOND_RANK
    for text in texts[chosen.boxes[-1].last : edge.last]:
        tag = next((e.tag for e in (text.element, *text.element.ancestors()) if e.tag in _ENDS), None)
        if tag is not None and (tag not in HEADINGS or tag <= rank):
            ends[-1] = text.number
            break
    is_cut_off = any(_is_prose(text) and not text.element.aside for text in texts[ends[-1] : edge.last])
    return [
        Block(number, start, end, edge, is_boxed=False, is_followed=is_cut_off and end == ends[-1])
        for number, start, end in zip(chosen.anchors, starts, ends, strict=True)
    ]


# -- cells --------------------------------------------------------------------------------------------------------


def up_to(element: Element, edge: Element | None) -> list[Element]:
    """Return an element and those around it, inside of the edge."""
    path = []
    step: Element | None = element
    while step is not None and step is not edge:
        path.append(step)
        step = step.parent
    return path


def _is_plain_list(element: Element) -> bool:
    return element.tag in _LISTS and all(c.is_leaf for c in element.children if isinstance(c, Element))


def _column(path: Sequence[Element], inner: Sequence[Element] = ()) -> str:
    """Return the tags from the block's edge down; a table's cells are told apart by their place in the row."""
    steps = []
    for element in reversed(path):
        if element.tag in ("td", "th"):
            steps.append(f"{element.tag}{element.place}")
        elif element.tag not in _MUTE:
            steps.append(element.tag)
    # A lone inline element tells fields apart where they have no boxes: `<b>title</b>`.
    marks = [e.tag for e in reversed(inner[: len(inner) - len(path)]) if e.tag in INLINE and e.tag not in _MUTE]
    return "/".join(steps + marks)
