"""Repeated blocks of a listing, found by what they have in common and not by their class names.

The caller names the anchors: one text in each block (here the date). A block's box is the largest element that holds
its anchor and no other; where nothing is boxed, a block reaches from its anchor to the next. What a block says besides
its anchor comes in units: the largest elements that hold running text only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from scholar_etl.sources.dom import HEADINGS, INLINE, Element, Text
from scholar_etl.sources.selectors import AmbiguousOnPageError

_ASIDE = frozenset(("nav", "aside", "footer"))
_ITEMS = frozenset(("tr", "li", "article"))


@dataclass(frozen=True, slots=True)
class Block:
    """One block: its texts are numbered `first <= n < last`; `edge` encloses it (its box, or the flat list)."""

    anchor: int
    first: int
    last: int
    edge: Element
    is_boxed: bool


@dataclass(frozen=True, slots=True)
class Unit:
    """One field's worth of a block: an element with its texts. `path` is its tags below the block's edge."""

    element: Element
    texts: tuple[Text, ...]
    path: str

    @property
    def text(self) -> str:
        """The unit as one line."""
        return " ".join(text.text for text in self.texts)


def find_blocks(
    texts: Sequence[Text],
    anchors: Sequence[int],
    *,
    heading: Text,
    announced: int,
    is_meta: Callable[[str], bool],
) -> list[Block]:
    """Return the blocks of the listing under the heading, in page order; [] when there is none.

    `anchors` are numbers of texts. Raises `AmbiguousOnPageError` when several lists could be meant.
    """
    after = [n for n in anchors if n > heading.number]
    if not after:
        return []
    signature = texts[after[0]].element.tag_path()
    same = [n for n in after if texts[n].element.tag_path() == signature]
    boxes = [_box(texts[n].element, i, same, heading.number) for i, n in enumerate(same)]
    lists: dict[int, list[tuple[int, Element]]] = {}
    for number, box in zip(same, boxes, strict=True):
        lists.setdefault(id(box.parent), []).append((number, box))
    chosen = _choose_list(list(lists.values()), texts, heading, announced)
    if all(is_meta(t.text) for _, box in chosen for t in texts[box.first : box.last]):
        return _flat_blocks(chosen, texts, heading, announced)
    return [Block(number, box.first, box.last, box, is_boxed=True) for number, box in chosen]


def units(block: Block, texts: Sequence[Text], is_skipped: Callable[[Text], bool]) -> list[Unit]:
    """Return a block's units in page order, without the texts that the caller skips (the anchor's line, furniture)."""
    skipped = {t.number for t in texts[block.first : block.last] if is_skipped(t)}
    skipped.add(block.anchor)
    grouped: dict[int, tuple[Element, list[Text]]] = {}
    for text in texts[block.first : block.last]:
        if text.number in skipped or any(e.tag in _ASIDE for e in _up_to(text.element, block.edge)):
            continue
        element = _unit_element(text, block, skipped)
        key = id(element) if element.is_leaf or element.tag in ("ul", "ol") else -text.number - 1
        grouped.setdefault(key, (element, []))[1].append(text)
    found = [Unit(element, tuple(own), _path(element, block.edge)) for element, own in grouped.values()]
    if found and (len(found) == 1 or found[0].element.tag not in HEADINGS) and len(found[0].texts) > 1:
        # The first unit is a title: where it has several texts, its children are the units.
        split = [Unit(t.element, (t,), _path(t.element, block.edge)) for t in found[0].texts]
        found[:1] = split
    return found


def _box(element: Element, index: int, anchors: Sequence[int], heading: int) -> Element:
    before = anchors[index - 1] if index else -1
    after = anchors[index + 1] if index + 1 < len(anchors) else None
    box = element
    for parent in element.ancestors():
        if parent.parent is None or parent.holds(heading) or (before >= 0 and parent.holds(before)):
            break
        if after is not None and parent.holds(after):
            break
        if len(anchors) == 1 and box.tag in _ITEMS:
            break  # no sibling tells where the block ends, but such an element is one
        box = parent
    return box


def _choose_list(
    lists: list[list[tuple[int, Element]]], texts: Sequence[Text], heading: Text, announced: int
) -> list[tuple[int, Element]]:
    if len(lists) == 1:
        return lists[0]
    in_boxes = [box for boxes in lists for _, box in boxes]
    breaks = [
        text.number
        for text in texts[heading.number + 1 :]
        if _is_heading(text) and not any(box.holds(text.number) for box in in_boxes)
    ]
    direct = [boxes for boxes in lists if not any(n < boxes[0][1].first for n in breaks)]
    candidates = direct or lists
    if len(candidates) == 1:
        return candidates[0]
    exact = [boxes for boxes in candidates if len(boxes) == announced]
    if len(exact) == 1:
        return exact[0]
    if sum(map(len, candidates)) == announced:
        return [entry for boxes in candidates for entry in boxes]
    sizes = ", ".join(str(len(boxes)) for boxes in candidates)
    raise AmbiguousOnPageError(
        "ambiguous_listing",
        f"{len(candidates)} lists of {sizes} blocks under a heading that announces {announced}",
    )


def _flat_blocks(
    chosen: list[tuple[int, Element]], texts: Sequence[Text], heading: Text, announced: int
) -> list[Block]:
    edge = chosen[0][1].parent
    assert edge is not None  # noqa: S101 - a box is never the body itself
    lead = [t for t in texts[max(heading.number + 1, edge.first) : chosen[0][1].first] if not _is_heading(t)]
    if lead:
        raise AmbiguousOnPageError(
            "unread_text",
            f"{lead[0].text[:60]!r} stands between the heading and the first date: whose is it?",
        )
    starts = [box.first for _, box in chosen]
    ends = [*starts[1:], edge.last]
    if len(chosen) > announced:
        ends[-1] = starts[-1]
    rank = heading.element.tag
    for number in range(starts[-1], ends[-1]):
        tag = texts[number].element.tag
        if tag in HEADINGS and rank in HEADINGS and tag <= rank:
            ends[-1] = number
            break
    return [
        Block(number, start, end, edge, is_boxed=False)
        for (number, _), start, end in zip(chosen, starts, ends, strict=True)
    ]


def _is_heading(text: Text) -> bool:
    return any(
        e.tag in HEADINGS or e.attributes.get("role") == "heading" for e in (text.element, *text.element.ancestors())
    )


def _up_to(element: Element, edge: Element) -> list[Element]:
    path = []
    for step in (element, *element.ancestors()):
        if step is edge:
            break
        path.append(step)
    return path


def _unit_element(text: Text, block: Block, skipped: set[int]) -> Element:
    chosen = text.element
    for element in _up_to(text.element, block.edge):
        if any(element.holds(n) for n in skipped):
            break
        if element.is_leaf or element.tag in ("ul", "ol"):
            chosen = element
    return chosen


def _path(element: Element, edge: Element) -> str:
    """Return the block tags from the edge down; whether a title is a link or not makes no difference."""
    return "/".join(e.tag for e in reversed(_up_to(element, edge)) if e.tag not in INLINE)
