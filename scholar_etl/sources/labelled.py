"""Labels and their values, as a reader pairs them: `h-index 27`, `29 papers`, a column under its heading.

No class name and no order is assumed. A label's value is the one number in the largest element that holds this label
and no other; where labels and values lie side by side without such elements, they must pair off without remainder.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

from scholar_etl.sources.dom import Element, Text
from scholar_etl.sources.selectors import AmbiguousOnPageError, NotFoundOnPageError, one
from scholar_etl.text import fold, is_placeholder

_NUMBER = r"(?:\d{1,3}(?: \d{3})+(?!\d)|\d[\d,.'’]*)"
VALUE = rf"(?:{_NUMBER}(?:\s?[KkMmBb])?\+?(?:\s?(?:%|/\s?100))?|[-–—−?…]|[Nn]/[Aa])"
_VALUE = re.compile(VALUE)
_ITS_NUMBER = re.compile(_NUMBER)
_NO_BREAK = "[\u00a0\u2009\u202f]"  # spaces that part thousands
_REST_OF_NUMBER = re.compile(r"[,.'’]\d[\d,.'’]*|(?:[KkMmBb]|thousand|million|[万億亿])?\+?")  # behind its first digits
_FIGURE = re.compile(r"\d[\d\W]*")
_NO_VALUE = frozenset(("del", "rp", "rt", "s", "strike", "sub", "sup"))
_BETWEEN = re.compile(r"\s?[|·•;]\s?|,\s|\s/\s")
_LONGEST = 40
_LONGEST_LINE = 160
_MOST_GROUPS = 100
_FARTHEST = 6  # texts between two labels of one group: a value, a tooltip, a trend


@dataclass(frozen=True, slots=True)
class Mention:
    """A label seen on the page; `value` is set when the same text gives it."""

    name: str
    number: int
    element: Element
    value: str | None


class LabelReader:
    """Finds mentions of a fixed set of labels.

    `labels` maps a name to the pattern of its wording; each wording has one of the `stems`, in small letters.
    """

    def __init__(self, labels: Mapping[str, str], stems: Sequence[str]) -> None:
        self._stems = tuple(stems)
        self._wordings = {name: re.compile(wording, re.IGNORECASE) for name, wording in labels.items()}
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
        return [mention for text in texts if self.may_be_in(text.text) for mention in self._mentions_in(text)]

    def may_be_in(self, text: str) -> bool:
        """Tell whether a text may mention a label, by its length and its words."""
        return len(text) <= _LONGEST_LINE and self._has_stem(text)

    def may_be_in_any(self, texts: Sequence[str]) -> bool:
        """Tell whether one of several texts may mention a label, by the words of all."""
        # A dot, as many a line has one, would make `lower` ten times dearer.
        return self._has_stem("\n".join(texts).replace("·", ""))

    def _has_stem(self, text: str) -> bool:
        text = text.lower()
        for stem in self._stems:  # noqa: SIM110 - any() takes thrice the time, and every text of a page comes here
            if stem in text:
                return True
        return False

    def is_named_in(self, name: str, text: str) -> bool:
        """Tell whether a text has the wording of a label anywhere."""
        return self._wordings[name].search(text) is not None

    def _mentions_in(self, text: Text) -> list[Mention]:
        mention = self._mention(text.text, text) if len(text.text) <= _LONGEST else None
        if mention is not None:
            return [mention]
        if _BETWEEN.search(text.text):
            # Several in one text: `h-index 27 | 29 papers | 6,209 citations`.
            pieces = (self._mention(piece, text) for piece in _BETWEEN.split(text.text))
            several = [mention for mention in pieces if mention is not None and mention.value is not None]
            if len({mention.name for mention in several}) > 1:
                return several
        return []

    def _mention(self, said: str, text: Text) -> Mention | None:
        for name, pattern in self._patterns.items():
            match = pattern.fullmatch(said)
            if match:
                value = match["after"] or match["before"]
                if value and not _is_one_number(value, text):
                    return None
                return Mention(name, text.number, text.element, value)
        return None


@dataclass(frozen=True, slots=True)
class Group:
    """Labels that stand together: the texts `first <= n < last` inside an element, and the mentions among them."""

    element: Element
    first: int
    last: int
    mentions: tuple[Mention, ...]

    def holds(self, number: int) -> bool:
        """Tell whether the text of that number belongs to the group."""
        return self.first <= number < self.last


@dataclass(frozen=True, slots=True)
class Reading:
    """A group as read: each label's value as printed, and the numbers of the texts that give it.

    `unread` are the short texts with a number that belong to no label, `alone` those of them that are nothing else, and
    share an element with no label of another kind.
    """

    values: dict[str, str]
    places: dict[str, list[int]]
    unread: list[str]
    alone: list[str]


def find_groups(mentions: Sequence[Mention], texts: Sequence[Text], required: Sequence[str]) -> list[Group]:
    """Return the smallest groups that show all the required labels with their values, in page order."""
    found: dict[tuple[int, int], Group] = {}
    if sum(mention.name == required[0] for mention in mentions) > _MOST_GROUPS:
        raise AmbiguousOnPageError("ambiguous", f"{required[0]} is named more than {_MOST_GROUPS} times")
    for index, mention in enumerate(mentions):
        if mention.name != required[0]:
            continue
        for element in (mention.element, *mention.element.ancestors()):
            group = _group_around(index, mentions, element, texts)
            if {m.name for m in group.mentions}.issuperset(required) and len(_values(group, texts)) >= sum(
                m.value is None for m in group.mentions
            ):
                found[group.first, group.last] = group
                break
    # Two groups cannot share a label: the closer one has it. (A paper may be called "h-index 99".)
    taken: set[int] = set()
    own: list[Group] = []
    for group in sorted(found.values(), key=lambda group: group.last - group.first):
        numbers = {m.number for m in group.mentions}
        if taken.isdisjoint(numbers):
            own.append(group)
            taken |= numbers
    return sorted(own, key=lambda group: group.first)


def read_group(group: Group, texts: Sequence[Text], order: Mapping[str, bool]) -> Reading:
    """Pair the group's labels with its values.

    `order` names all labels in the site's own wording and tells which stand before their value.

    Raises `AmbiguousOnPageError` when a label has two different values or nothing tells which is whose, and
    `NotFoundOnPageError` when a label has none.
    """
    _refuse_split_number(group, texts)
    labelled = {m.number for m in group.mentions}
    values = _values(group, texts)
    found: dict[str, list[str]] = {}
    places: dict[str, list[int]] = {}

    def add(name: str, value: str, number: int) -> None:
        found.setdefault(name, []).append(value)
        places.setdefault(name, []).append(number)

    alone: list[Mention] = []
    in_cells = 0
    read = set(labelled)
    for mention in group.mentions:
        if mention.value is not None:
            add(mention.name, mention.value, mention.number)
            continue
        cell = _cell(mention, group, labelled)
        own = [number for number in values if cell.holds(number)]
        _refuse_placeholder(mention, cell, texts)
        if len(own) > 1:
            both = " and ".join(values[number] for number in own)
            raise AmbiguousOnPageError("ambiguous", f"{mention.name} stands beside {both}")
        if own:
            add(mention.name, values[own[0]], own[0])
            read.update(own)
            in_cells += 1
        else:
            alone.append(mention)
    if alone and in_cells > len(alone):
        # As the others, it should share an element with its value; what stands near may be any number.
        raise NotFoundOnPageError("missing_value", f"{alone[0].name} has no value beside it, unlike the other metrics")
    free = {number: value for number, value in values.items() if number not in read}
    for mention, number in _pair_off(alone, free, sorted({*labelled, *values}), texts, order):
        add(mention.name, values[number], number)
        read.add(number)
    shares = Counter(mention.number for mention in group.mentions)
    partly = {n for n, share in shares.items() if 1 < share < len(_BETWEEN.split(texts[n].text))}
    return Reading(
        values={name: one(candidates, name, "missing_value") for name, candidates in found.items()},
        places=places,
        unread=[
            text.text
            for text in texts[group.first : group.last]
            if text.number in partly
            or (text.number not in read and len(text.text) <= _LONGEST and any(c.isdigit() for c in text.text))
        ],
        alone=[
            value
            for number, value in values.items()
            if number not in read and value[0].isdigit() and not _is_of_another_label(number, group, labelled, texts)
        ],
    )


def _refuse_split_number(group: Group, texts: Sequence[Text]) -> None:
    """Raise when a number comes in pieces or an unknown form, or its rest stands apart: `1 | ,234`, `12 | K`."""
    for text in texts[group.first : group.last + 1]:
        is_figure = _VALUE.fullmatch(text.text) or _FIGURE.fullmatch(text.text)
        if (is_figure and not is_value(text)) or _REST_OF_NUMBER.fullmatch(text.text):
            raise AmbiguousOnPageError(
                "ambiguous", f"{text.text!r} stands among the metrics: is it a part of a number?"
            )


def _refuse_placeholder(mention: Mention, cell: Element, texts: Sequence[Text]) -> None:
    """Raise when a label stands beside what a page shows for a value that is missing: a number there is another's."""
    for text in texts[cell.first : cell.last]:
        if text.text[0].isalnum() and is_placeholder(text.text) and _VALUE.fullmatch(text.text) is None:
            raise AmbiguousOnPageError("ambiguous", f"{mention.name} stands beside {text.text!r}")


def _is_of_another_label(number: int, group: Group, labelled: Set[int], texts: Sequence[Text]) -> bool:
    """Tell whether a number is a figure of another kind: it shares an element with one text, no label of ours."""
    element = texts[number].element
    while element.last - element.first < 2 and element is not group.element and element.parent is not None:
        element = element.parent
    others = [n for n in range(element.first, element.last) if n != number]
    if element is group.element or len(others) != 1 or others[0] in labelled:
        return False
    said = texts[others[0]].text
    return said[0].isalpha() and len(said) <= _LONGEST


def widened(group: Group, more: Sequence[Mention], texts: Sequence[Text]) -> Group:
    """Return the group that holds a group's mentions and more of the same page."""
    element = group.element
    while element.parent is not None and not all(element.holds(m.number) for m in more):
        element = element.parent
    return _bounded(element, sorted((*group.mentions, *more), key=lambda m: m.number), texts)


def is_value(text: Text) -> bool:
    """Tell whether a text is a value and nothing else, its number in one piece: `55<small>/100</small>`."""
    return _VALUE.fullmatch(text.text) is not None and _is_one_number(text.text, text)


def _is_one_number(value: str, text: Text) -> bool:
    """Tell whether the number of a value stands in one piece: not `<b>27</b><b>28</b>`, nor parted by a usual space."""
    found = _ITS_NUMBER.match(value)
    number = found[0] if found else value
    if " " in number:
        spaced = re.compile(rf"(?<!\d){number.replace(' ', _NO_BREAK)}(?!\d)")
        return any(map(spaced.search, _strings(text)))
    return any(number in fold(string) for string in _strings(text))


def _strings(text: Text) -> Iterator[str]:
    """Yield the pieces of a text, each of one element: of `<b>1<del>12</del></b>` the `1`, where a part is `112`.

    What is struck out or annotates something else is none of them.
    """
    if text.element.tag in _NO_VALUE:
        return
    inside = [c for c in text.element.children if isinstance(c, Element) and c.holds(text.number)]
    for part, is_child in text.parts:
        if not (is_child and inside):
            yield part
    for child in inside:
        for element in child.elements():
            if element.tag not in _NO_VALUE:
                yield from (piece for piece in element.children if isinstance(piece, str))


def value_beside(mention: Mention, texts: Sequence[Text]) -> str | None:
    """Return the value in the text before or behind a mention, None when neither is one; of two, the closer one."""
    around = [text for text in texts[max(mention.number - 1, 0) : mention.number + 2] if is_value(text)]
    spans = [_around(mention.element, text.number) for text in around]
    closest = min(zip(spans, around, strict=True), key=lambda pair: pair[0].last - pair[0].first, default=None)
    return closest[1].text if closest is not None else None


def _group_around(index: int, mentions: Sequence[Mention], element: Element, texts: Sequence[Text]) -> Group:
    """Return the group of the mention at `index` in an element: its neighbours up to a label that comes again."""
    inside = [m for m in mentions if element.holds(m.number)]
    at = inside.index(mentions[index])
    names = {mentions[index].name}
    low = high = at
    while True:
        # The nearer neighbour first: a word of the navigation must not take the place of a label.
        before = inside[low].number - inside[low - 1].number if low else _FARTHEST
        after = inside[high + 1].number - inside[high].number if high + 1 < len(inside) else _FARTHEST
        if after < _FARTHEST and after <= before and inside[high + 1].name not in names:
            high += 1
            names.add(inside[high].name)
        elif before < _FARTHEST and inside[low - 1].name not in names:
            low -= 1
            names.add(inside[low].name)
        elif after < _FARTHEST and inside[high + 1].name not in names:
            high += 1
            names.add(inside[high].name)
        else:
            break
    own = inside[low : high + 1]
    if len(own) == len(inside):
        return Group(element, element.first, element.last, tuple(own))
    return _bounded(element, own, texts)


def _bounded(element: Element, own: Sequence[Mention], texts: Sequence[Text]) -> Group:
    """Return the group of some mentions of an element, from its first label or value to its last."""
    first, last = own[0].number, own[-1].number + 1
    if own[0].value is None and first > element.first and _VALUE.fullmatch(texts[first - 1].text):
        first -= 1
    if own[-1].value is None and last < element.last and _VALUE.fullmatch(texts[last].text):
        last += 1
    return Group(element, first, last, tuple(own))


def _values(group: Group, texts: Sequence[Text]) -> dict[int, str]:
    """Return the texts of a group that are a value and nothing else, by number."""
    labelled = {m.number for m in group.mentions}
    return {
        text.number: text.text
        for text in texts[group.first : group.last]
        if text.number not in labelled and is_value(text)
    }


def _cell(mention: Mention, group: Group, labelled: set[int]) -> Element:
    """Return the largest element in the group that holds this mention and no other."""
    cell = mention.element
    for element in mention.element.ancestors():
        if element is group.element or any(element.holds(n) for n in labelled if n != mention.number):
            break
        cell = element
    return cell


def _pair_off(
    labels: list[Mention],
    values: dict[int, str],
    everything: list[int],
    texts: Sequence[Text],
    order: Mapping[str, bool],
) -> list[tuple[Mention, int]]:
    """Pair labels with the numbers of values that stand side by side, or in two rows of equal length.

    `everything` are the numbers of all labels and values of the group, paired ones too.
    """
    if not labels:
        return []
    by_number = {m.number: m for m in labels}
    row = sorted([*by_number, *values])
    # Nothing of the group, paired or not, may stand between them.
    is_whole = row == everything[everything.index(row[0]) : everything.index(row[0]) + len(row)]
    if len(labels) == len(values) and is_whole:
        side_by_side = list(zip(row[::2], row[1::2], strict=True))
        are_alike = len({id(_around(texts[a].element, b)) for a, b in side_by_side}) == 1
        # All labels before their values, or all behind: where both occur, a label or a value may be missing, unless
        # every label is there, on the side where the site has it. And a `<dd>` stands behind its `<dt>`, whatever else
        # is near.
        label_first = all(a in by_number and b not in by_number for a, b in side_by_side)
        value_first = all(
            b in by_number and a not in by_number and not _is_definition(texts[a].element) for a, b in side_by_side
        )
        labels_of_pairs = [(by_number.get(a) or by_number.get(b), a in by_number) for a, b in side_by_side]
        as_on_site = {m.name: is_first for m, is_first in labels_of_pairs if m is not None} == dict(order)
        if are_alike and (label_first or value_first or as_on_site):
            return [(by_number[a], b) if a in by_number else (by_number[b], a) for a, b in side_by_side]
        first, second = row[: len(labels)], row[len(labels) :]
        # Beside a value that cannot be read, the order of the others does not tell which is whose.
        is_told = not any(_is_strange(texts[n]) for n in range(row[0], row[-1]) if n not in everything)
        if is_told and by_number.keys() == set(first):
            return [(by_number[a], b) for a, b in zip(first, second, strict=True)]
        if is_told and by_number.keys() == set(second):
            return [(by_number[b], a) for a, b in zip(first, second, strict=True)]
    if not values:
        raise NotFoundOnPageError("missing_value", f"{labels[0].name} is named but no value stands by it")
    names = ", ".join(m.name for m in labels)
    raise AmbiguousOnPageError(
        "ambiguous", f"{len(labels)} labels ({names}) beside {len(values)} values: which is whose?"
    )


def _is_strange(text: Text) -> bool:
    """Tell whether a text among values is no unit and no word: `○○`."""
    return not any(map(str.isalnum, text.text)) and text.text != "%"


def _around(element: Element, number: int) -> Element:
    """Return the smallest element around one that holds a text too."""
    while element.parent is not None and not element.holds(number):
        element = element.parent
    return element


def _is_definition(element: Element) -> bool:
    return element.tag == "dd" or (element.parent is not None and element.parent.tag == "dd")
