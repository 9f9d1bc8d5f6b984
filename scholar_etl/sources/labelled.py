"""Labels and their values, as a reader pairs them: `h-index 27`, `29 papers`, a column under its heading.

No class name and no order is assumed. A label's value is the one number in the largest element that holds this label
and no other; where labels and values lie side by side without such elements, they must pair off without remainder.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scholar_etl.sources.dom import Element, Text
from scholar_etl.sources.selectors import AmbiguousOnPageError, NotFoundOnPageError, maybe

VALUE = r"(?:\d[\d,.]*\s?[KkMmBb]?\+?(?:\s?%)?|[-–—−?…]|[Nn]/[Aa])"
_VALUE = re.compile(VALUE)
_LONGEST = 60


@dataclass(frozen=True, slots=True)
class Mention:
    """A label seen on the page; `value` is set when the same text gives it."""

    name: str
    number: int
    element: Element
    value: str | None


class LabelReader:
    """Finds mentions of a fixed set of labels. `labels` maps a name to the pattern of its wording."""

    def __init__(self, labels: Mapping[str, str]) -> None:
        self._patterns = {
            name: re.compile(
                rf"(?:(?P<label>{wording})\s?:?)|(?:{wording}\s?:?\s?(?P<after>{VALUE}))"
                rf"|(?:(?P<before>{VALUE})\s?{wording})",
                re.IGNORECASE,
            )
            for name, wording in labels.items()
        }

    def mentions(self, texts: Sequence[Text]) -> list[Mention]:
        """Return every mention, in page order."""
        found = []
        for text in texts:
            if len(text.text) > _LONGEST:
                continue
            for name, pattern in self._patterns.items():
                match = pattern.fullmatch(text.text)
                if match:
                    value = match["after"] or match["before"]
                    found.append(Mention(name, text.number, text.element, value))
                    break
        return found


def groups(mentions: Sequence[Mention], required: Sequence[str]) -> list[Element]:
    """Return the smallest elements that mention all the required labels, in page order, each once."""
    found: dict[int, Element] = {}
    for mention in mentions:
        if mention.name != required[0]:
            continue
        for element in (mention.element, *mention.element.ancestors()):
            inside = {m.name for m in mentions if element.holds(m.number)}
            if inside.issuperset(required):
                found[id(element)] = element
                break
    # An element inside another that also qualifies is the group; the outer one only contains it.
    return [
        element
        for element in found.values()
        if not any(other is not element and _encloses(element, other) for other in found.values())
    ]


def pair(group: Element, mentions: Sequence[Mention], texts: Sequence[Text]) -> dict[str, str]:
    """Return each mentioned label's value in the group, as printed.

    Raises `AmbiguousOnPageError` when a label has two different values, or when nothing tells which is whose, and
    `NotFoundOnPageError` when a label has none.
    """
    inside = [m for m in mentions if group.holds(m.number)]
    labelled = {m.number for m in inside}
    values = {
        text.number: text.text
        for text in texts[group.first : group.last]
        if text.number not in labelled and _VALUE.fullmatch(text.text)
    }
    found: dict[str, list[str]] = {}
    alone: list[Mention] = []
    for mention in inside:
        if mention.value is not None:
            found.setdefault(mention.name, []).append(mention.value)
            continue
        cell = _cell(mention, group, labelled)
        own = [number for number in values if cell.holds(number)]
        if own:
            value = maybe([values[number] for number in own], mention.name)
            assert value is not None  # noqa: S101 - own is not empty
            found.setdefault(mention.name, []).append(value)
        else:
            alone.append(mention)
    taken = {n for m in inside if m not in alone for n in values if _cell(m, group, labelled).holds(n)}
    free = {number: value for number, value in values.items() if number not in taken}
    for mention, value in _pair_off(alone, free):
        found.setdefault(mention.name, []).append(value)
    paired = {}
    for name, candidates in found.items():
        value = maybe(candidates, name)
        assert value is not None  # noqa: S101 - candidates are never empty
        paired[name] = value
    return paired


def unread_numbers(group: Element, mentions: Sequence[Mention], texts: Sequence[Text]) -> list[str]:
    """Return the short texts of a group that show a number and belong to no known label."""
    inside = [m for m in mentions if group.holds(m.number)]
    labelled = {m.number for m in inside}
    cells = [_cell(m, group, labelled) for m in inside]
    return [
        text.text
        for text in texts[group.first : group.last]
        if text.number not in labelled
        and len(text.text) <= _LONGEST
        and any(c.isdigit() for c in text.text)
        and not any(cell.holds(text.number) for cell in cells)
    ]


def _encloses(outer: Element, inner: Element) -> bool:
    return any(ancestor is outer for ancestor in inner.ancestors())


def _cell(mention: Mention, group: Element, labelled: set[int]) -> Element:
    """Return the largest element in the group that holds this mention and no other."""
    cell = mention.element
    for element in mention.element.ancestors():
        if element is group or any(element.holds(n) for n in labelled if n != mention.number):
            break
        cell = element
    return cell


def _pair_off(labels: list[Mention], values: dict[int, str]) -> list[tuple[Mention, str]]:
    if not labels:
        return []
    row: dict[int, Mention | str] = {**values, **{m.number: m for m in labels}}
    items = [row[number] for number in sorted(row)]
    if len(labels) == len(values):
        side_by_side = [(items[i], items[i + 1]) for i in range(0, len(items), 2)]
        if all(isinstance(a, Mention) != isinstance(b, Mention) for a, b in side_by_side):
            return [(a, b) if isinstance(a, Mention) else (b, a) for a, b in side_by_side]  # type: ignore[misc]
        half = len(labels)
        first, second = items[:half], items[half:]
        if all(isinstance(i, Mention) for i in first) or all(isinstance(i, Mention) for i in second):
            heads, cells = (first, second) if isinstance(first[0], Mention) else (second, first)
            return list(zip(heads, cells, strict=True))  # type: ignore[arg-type]
    if not values:
        raise NotFoundOnPageError("missing_value", f"{labels[0].name} is named but no value stands by it")
    names = ", ".join(m.name for m in labels)
    raise AmbiguousOnPageError(
        "ambiguous", f"{len(labels)} labels ({names}) beside {len(values)} values: which is whose?"
    )
