"""A page as its reader sees it: visible elements, and the texts between their borders.

Lexbor's tree is walked once into light `Element`s. What no reader sees is left out: scripts, styles, templates,
comments, controls, and whatever is hidden. Neighbouring text nodes are one text again when only a comment or a
`<wbr>` stood between them (React writes `6,209<!-- --> citations`).

A `Text` is one run of characters with no element border that a reader would notice: the own text of an element,
with the inline elements that stand in the middle of it (`Learning <i>in vivo</i>` is one text, while
`<span>27</span><span>h-index</span>` are two).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from selectolax.lexbor import LexborHTMLParser, LexborNode

from scholar_etl.text import fold

INLINE = frozenset(
    [
        "a",
        "abbr",
        "b",
        "bdi",
        "bdo",
        "cite",
        "code",
        "data",
        "dfn",
        "em",
        "font",
        "i",
        "kbd",
        "label",
        "mark",
        "q",
        "s",
        "samp",
        "small",
        "span",
        "strong",
        "sub",
        "sup",
        "time",
        "u",
        "var",
        "wbr",
        "ins",
        "del",
        "big",
        "tt",
    ]
)
HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_UNSEEN = frozenset(
    [
        "script",
        "style",
        "noscript",
        "template",
        "head",
        "title",
        "svg",
        "math",
        "canvas",
        "iframe",
        "object",
        "embed",
        "audio",
        "video",
        "button",
        "select",
        "option",
        "input",
        "textarea",
        "datalist",
        "form",
        "dialog",
        "img",
        "picture",
        "map",
        "meta",
        "link",
    ]
)
_HIDDEN_CLASSES = frozenset(("sr-only", "visually-hidden", "screen-reader-text"))


class Element:
    """A visible element. `children` are elements and folded-later strings, in page order."""

    __slots__ = ("attributes", "children", "first", "is_inline", "is_leaf", "last", "parent", "tag")

    def __init__(self, tag: str, parent: Element | None, attributes: dict[str, str | None]) -> None:
        self.tag = tag
        self.parent = parent
        self.attributes = attributes
        self.children: list[Element | str] = []
        self.is_inline = tag in INLINE
        self.is_leaf = True  # no block inside
        self.first = 0  # the numbers of the texts inside: first <= n < last
        self.last = 0

    def ancestors(self) -> Iterator[Element]:
        """Yield the parent, its parent, and so on up to the body."""
        element = self.parent
        while element is not None:
            yield element
            element = element.parent

    def holds(self, number: int) -> bool:
        """Tell whether the text of that number lies inside."""
        return self.first <= number < self.last

    def elements(self) -> Iterator[Element]:
        """Yield this element and all inside it, in page order."""
        stack: list[Element] = [self]
        while stack:
            element = stack.pop()
            yield element
            stack.extend(child for child in reversed(element.children) if isinstance(child, Element))

    def text(self) -> str:
        """Return everything inside as one folded line; a space wherever an element begins or ends."""
        return fold(" ".join(_strings(self)))

    def tag_path(self) -> str:
        """Return the tags from the body down to this element, as `body/main/p`."""
        return "/".join(reversed([self.tag, *(e.tag for e in self.ancestors())]))


@dataclass(slots=True)
class Text:
    """One run of characters. `parts` are its pieces: (text, whether a child element holds it)."""

    number: int
    text: str
    element: Element
    parts: list[tuple[str, bool]] = field(default_factory=list)


@dataclass(slots=True)
class Page:
    """A parsed page. `title` is the document's title, "" when there is none; `has_scripts` tells a shell."""

    body: Element
    texts: list[Text]
    title: str
    has_scripts: bool
    has_password_field: bool


def parse_page(body: bytes) -> Page:
    """Parse the bytes of an HTML page; never raises on any input. `<meta charset>` is honoured."""
    parser = LexborHTMLParser(body, encoding=True)
    root = Element("body", None, {})
    if parser.body is not None:
        _walk(parser.body, root)
    texts: list[Text] = []
    _number(root, texts)
    title = parser.css_first("title")
    return Page(
        body=root,
        texts=texts,
        title=fold(title.text()) if title is not None else "",
        has_scripts=parser.css_first("script") is not None,
        has_password_field=parser.css_first("input[type=password]") is not None,
    )


def _walk(top: LexborNode, root: Element) -> None:
    # An explicit stack: a hostile page may nest deeper than Python's own.
    stack: list[tuple[LexborNode | None, Element]] = [(top.child, root)]
    while stack:
        node, parent = stack.pop()
        while node is not None:
            tag = node.tag
            if tag == "-text":
                _add_text(parent, node.text_content or "")
            elif tag is None or tag[0] in "-!_" or tag == "wbr" or tag in _UNSEEN:
                pass
            elif tag == "br":
                parent.children.append(" ")
            else:
                attributes = node.attributes
                if not (attributes and _is_hidden(tag, attributes)):
                    element = Element(tag, parent, attributes)
                    parent.children.append(element)
                    child = node.child
                    if child is not None:
                        stack.append((node.next, parent))
                        node, parent = child, element
                        continue
            node = node.next


def _add_text(parent: Element, text: str) -> None:
    siblings = parent.children
    if siblings and isinstance(siblings[-1], str):
        siblings[-1] += text
    else:
        siblings.append(text)


def _is_hidden(tag: str, attributes: dict[str, str | None]) -> bool:
    if "hidden" in attributes or (tag == "details" and "open" not in attributes):
        return True
    style = attributes.get("style")
    if style:
        compact = style.replace(" ", "").lower()
        if "display:none" in compact or "visibility:hidden" in compact:
            return True
    names = attributes.get("class")
    return bool(names) and not _HIDDEN_CLASSES.isdisjoint(names.split() if names else ())


def _strings(element: Element) -> Iterator[str]:
    stack: list[Iterator[Element | str]] = [iter(element.children)]
    while stack:
        for child in stack[-1]:
            if isinstance(child, str):
                yield child
            else:
                stack.append(iter(child.children))
                break
        else:
            stack.pop()


def _mark_blocks(root: Element) -> None:
    """Make an inline element with a block inside it a block too: a card that is one big link."""
    order: list[Element] = [root]
    for element in order:
        order.extend(child for child in element.children if isinstance(child, Element))
    for element in reversed(order):
        if not element.is_inline and element.parent is not None:
            element.parent.is_inline = element.parent.is_leaf = False


def _number(root: Element, texts: list[Text]) -> None:
    _mark_blocks(root)
    stack: list[tuple[Element, Iterator[Element | list[Element | str]]]] = [(root, _runs(root))]
    root.first = 0
    while stack:
        element, runs = stack[-1]
        for run in runs:
            if isinstance(run, list):
                _add_run(run, element, texts)
            else:
                run.first = len(texts)
                stack.append((run, _runs(run)))
                break
        else:
            element.last = len(texts)
            stack.pop()


def _runs(element: Element) -> Iterator[Element | list[Element | str]]:
    """Split an element's children into runs of text (with the inline elements among it) and other elements."""
    run: list[Element | str] = []
    for child in element.children:
        if isinstance(child, str) or child.is_inline:
            run.append(child)
            continue
        yield from _close_run(run)
        run = []
        yield child
    yield from _close_run(run)


def _close_run(run: list[Element | str]) -> Iterator[Element | list[Element | str]]:
    if any(isinstance(child, str) and not child.isspace() and child for child in run):
        yield run
    else:
        yield from (child for child in run if isinstance(child, Element))


def _add_run(run: list[Element | str], element: Element, texts: list[Text]) -> None:
    number = len(texts)
    parts: list[tuple[str, bool]] = []
    for child in run:
        if isinstance(child, str):
            parts.append((child, False))
        else:
            parts.append(("".join(_strings(child)), True))
            for inner in child.elements():
                inner.first, inner.last = number, number + 1
    text = fold("".join(piece for piece, _ in parts))
    if text:
        texts.append(Text(number, text, element, parts))
    else:
        for child in run:
            if isinstance(child, Element):
                for inner in child.elements():
                    inner.last = number
