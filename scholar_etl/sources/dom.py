"""A page as its reader sees it: visible elements, and the texts between their borders.

Lexbor's tree is walked once into light `Element`s. What no reader sees is left out: scripts, styles, templates,
comments, controls, and whatever is hidden. Neighbouring text nodes are one text again when only a comment or a
`<wbr>` stood between them (React writes `6,209<!-- --> citations`).

A `Text` is one run of characters with no border that a reader would notice: the own text of an element, with the
inline elements that stand in the middle of it (`Learning <i>in vivo</i>` is one text, while
`<span>27</span><span>h-index</span>` are two). A `<br>` is a border.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser, LexborNode

from scholar_etl.text import fold

# fmt: off
INLINE = frozenset((
    "a", "abbr", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i", "ins", "kbd",
    "label", "mark", "q", "s", "samp", "small", "span", "strong", "sub", "sup", "time", "tt", "u", "var", "wbr",
    "math", "mi", "mn", "mo", "mrow", "ms", "msub", "msubsup", "msup", "mtext", "semantics",
))
HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_ASIDE = frozenset(("nav", "aside", "footer"))
# A closed `<details>` is no hiding place: one click opens it, and sites fold abstracts into it.
_UNSEEN = frozenset((
    "annotation", "annotation-xml", "audio", "button", "canvas", "datalist", "dialog", "embed", "head", "iframe",
    "img", "input", "link", "map", "meta", "meter", "noscript", "object", "option", "picture", "progress", "script",
    "select", "style", "svg", "template", "textarea", "title", "video",
))
# fmt: on
# fmt: off
VOID = frozenset((
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr",
))
# fmt: on
_OPENING = re.compile(rb"<(?:html|body)[\s>]", re.IGNORECASE)
_CLOSING = re.compile(rb"</(?:html|body)\s*>", re.IGNORECASE)
_TAIL = 4_096  # bytes
_END = 16  # bytes
_DEEPEST = 200
_TAG = re.compile(rb"<(?P<end>/?)(?P<name>[A-Za-z][A-Za-z0-9-]*)[^>]*")
# Elements without content, and those that the next of their kind ends.
_NO_DEPTH = frozenset(name.encode() for name in (*VOID, "p", "li", "dt", "dd", "td", "th", "tr", "option"))
_SMALL = 100_000  # bytes
_FEW_TAGS = 6_000
_HOSTILE_DEPTH = 3_000
_LONG_TAG = 8_000  # bytes
_MOST_ATTRIBUTES = 2_000
_HIDING = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_MAY_HIDE = "[hidden],[style],[class*=sr-only],[class*=visually-hidden],[class*=screen-reader-text]"
_HIDDEN_CLASSES = frozenset(("sr-only", "visually-hidden", "screen-reader-text"))


class Element:
    """A visible element. `children` are elements, strings as they came, and None for a `<br>`, in page order.

    `is_heading` tells that it is a heading or stands in one, `aside` which of nav, aside and footer it stands in.
    """

    __slots__ = (
        "_node",
        "aside",
        "children",
        "first",
        "is_heading",
        "is_inline",
        "is_leaf",
        "last",
        "parent",
        "place",
        "tag",
    )

    def __init__(self, tag: str, parent: Element | None = None, node: LexborNode | None = None) -> None:
        self.tag = tag
        self.parent = parent
        self._node = node
        self.children: list[Element | str | None] = []
        if parent is None:
            self.place, self.is_heading, self.aside = 0, False, ""
        else:
            self.place = len(parent.children)  # its index among them
            self.is_heading = parent.is_heading or tag in HEADINGS
            self.aside = tag if tag in _ASIDE else parent.aside
        self.is_inline = tag in INLINE
        self.is_leaf = True  # no block inside
        self.first = 0  # the numbers of the texts inside: first <= n < last
        self.last = 0

    @property
    def attributes(self) -> dict[str, str | None]:
        """The element's attributes as they came."""
        return self._node.attributes if self._node is not None else {}

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

    def tag_path(self) -> str:
        """Return the tags from the body down to this element, as `body/main/p`."""
        return "/".join(reversed([self.tag, *(e.tag for e in self.ancestors())]))


@dataclass(slots=True, eq=False)
class Text:
    """One run of characters. `parts` are its pieces as they came: (text, whether a child element holds it)."""

    number: int
    text: str
    element: Element
    parts: list[tuple[str, bool]]


@dataclass(slots=True)
class Page:
    """A parsed page. `title` is the document's title, "" when there is none; `has_scripts` tells a shell.

    `is_cut` tells that the page opens its body and never closes it (which HTML allows), `is_too_deep` that elements
    nest deeper than on any real page, so that the deepest borders were not kept.
    """

    texts: list[Text]
    title: str
    has_scripts: bool
    has_password_field: bool
    is_cut: bool
    is_too_deep: bool


def parse_page(body: bytes) -> Page:
    """Parse the bytes of an HTML page; never raises on any input. `<meta charset>` is honoured.

    A page on which the parser would take time by the square of its length is not parsed: it shows nothing.
    """
    if is_hostile(body):
        return Page([], "", has_scripts=False, has_password_field=False, is_cut=False, is_too_deep=True)
    try:
        parser = LexborHTMLParser(body, encoding=True)
    except UnicodeError:  # UTF-16 or -32 declared and not there: HTML has such a page read as UTF-8
        parser = LexborHTMLParser(body)
    root = Element("body")
    is_too_deep = parser.body is not None and _walk(parser.body, root)
    title = parser.css_first("title")
    return Page(
        texts=_texts(root),
        title=fold(title.text()) if title is not None else "",
        has_scripts=parser.css_first("script") is not None,
        has_password_field=parser.css_first("input[type=password]") is not None,
        is_cut=is_cut(body),
        is_too_deep=is_too_deep,
    )


def is_cut(body: bytes) -> bool:
    """Tell whether a page opens its body and nothing near its end closes it."""
    if body[-_END:].rstrip().endswith(b"</html>"):
        return False  # as nearly every page: to look through its end takes longer
    return _OPENING.search(body) is not None and _CLOSING.search(body, max(len(body) - _TAIL, 0)) is None


def is_hostile(body: bytes) -> bool:
    """Tell whether elements nest without end, or one has attributes without end: Lexbor compares each with all."""
    if len(body) < _SMALL and body.count(b"<") < _FEW_TAGS:
        return False
    depth = 0
    for tag in _TAG.finditer(body):
        if tag["end"]:
            depth -= depth > 0
        elif tag["name"].lower() not in _NO_DEPTH:
            depth += 1
            if depth > _HOSTILE_DEPTH:
                return True
        if tag.end() - tag.start() > _LONG_TAG and len(tag[0].split()) > _MOST_ATTRIBUTES:
            return True
    return False


def _walk(top: LexborNode, root: Element) -> bool:
    """Build the visible elements; return whether some lay too deep to be kept apart."""
    is_too_deep = False
    # Asked for once: a page has few of them, and to ask each element takes as long as all the rest.
    hidden = {node.mem_id for node in top.css(_MAY_HIDE) if _is_hidden(node.attributes)}
    headings = {node.mem_id for node in top.css("[role=heading]")}
    # An explicit stack: a hostile page may nest deeper than Python's own.
    stack: list[tuple[LexborNode | None, Element]] = [(top.child, root)]
    while stack:
        node, parent = stack.pop()
        while node is not None:
            kind = node.tag_id
            if kind == _TEXT_ID:
                _add_text(parent, node.text_content or "")
                node = node.next
                continue
            tag = _TAG_OF_ID.get(kind)
            if tag is None:
                tag = _tag_of(node, kind)
            if not tag:
                pass
            elif tag == "br":
                parent.children.append(None)
            elif not hidden or node.mem_id not in hidden:
                child = node.child
                if len(stack) < _DEEPEST:
                    element = _add_element(tag, parent, node)
                    if headings and node.mem_id in headings:
                        element.is_heading = True
                else:
                    element, is_too_deep = parent, True
                if child is not None:
                    stack.append((node.next, parent))
                    node, parent = child, element
                    continue
            node = node.next
    return is_too_deep


# The parser's numbers of tags, with their names as they come up, "" where no reader sees them. Those of a page's own
# tags are above the limit.
_TAG_OF_ID: dict[int, str] = {}
_TEXT_ID = 2
_KNOWN_IDS = 256


def _tag_of(node: LexborNode, kind: int) -> str:
    tag = node.tag or "-"
    if tag[0] in "-!_" or tag == "wbr" or tag in _UNSEEN:
        tag = ""
    if kind < _KNOWN_IDS:
        _TAG_OF_ID[kind] = tag
    return tag


def _add_element(tag: str, parent: Element, node: LexborNode) -> Element:
    element = Element(tag, parent, node)
    parent.children.append(element)
    if not element.is_inline:
        # An inline element with a block inside is a block too: a card that is one big link.
        around: Element | None = parent
        while around is not None and around.is_leaf:
            around.is_inline = around.is_leaf = False
            around = around.parent
    return element


def _add_text(parent: Element, text: str) -> None:
    siblings = parent.children
    if siblings and isinstance(siblings[-1], str):
        siblings[-1] += text
    elif parent.tag != "tr" or not text.isspace():  # a cell's place in its row does not depend on white space
        siblings.append(text)


def _is_hidden(attributes: dict[str, str | None]) -> bool:
    if "hidden" in attributes:
        return True
    style = attributes.get("style")
    if style and _HIDING.search(style):
        return True
    names = attributes.get("class")
    return names is not None and not _HIDDEN_CLASSES.isdisjoint(names.split())


# -- texts --------------------------------------------------------------------------------------------------------

_Run = list[Element | str]


def _texts(root: Element) -> list[Text]:
    """Return the page's texts in order, and number every element's share of them."""
    texts: list[Text] = []
    stack: list[tuple[Element, Iterator[Element | _Run]]] = [(root, iter(_runs(root)))]
    while stack:
        element, runs = stack[-1]
        for run in runs:
            if isinstance(run, list):
                _add_run(run, element, texts)
                continue
            run.first = len(texts)
            only = _only_text(run)
            if only is not None:
                _add_run([only], run, texts)
                run.last = len(texts)
            elif run.children:
                stack.append((run, iter(_runs(run))))
                break
            else:
                run.last = run.first
        else:
            element.last = len(texts)
            stack.pop()
    return texts


def _runs(element: Element) -> list[Element | _Run]:
    """Split an element's children into runs of text (with the inline elements among it) and other elements."""
    found: list[Element | _Run] = []
    run: _Run = []
    has_text = False
    for child in (*element.children, None):
        if isinstance(child, str):
            run.append(child)
            has_text = has_text or not child.isspace()
        elif child is not None and child.is_inline:
            run.append(child)
        else:
            if has_text:
                found.append(run)
            elif len(run) > 1 or (run and not isinstance(run[0], str)):
                found.extend([inline for inline in run if isinstance(inline, Element)])
            if child is not None:
                found.append(child)
            if run:
                run, has_text = [], False
    return found


def _add_run(run: _Run, element: Element, texts: list[Text]) -> None:
    parts = [(child, False) if isinstance(child, str) else (_text_of(child), True) for child in run]
    text = fold(parts[0][0] if len(parts) == 1 else "".join([piece for piece, _ in parts]))
    number = len(texts)
    if text:
        texts.append(Text(number, text, element, parts))
    last = len(texts)
    for child in run:
        if isinstance(child, Element):
            for inner in (child,) if _only_text(child) is not None else child.elements():
                inner.first, inner.last = number, last


def _text_of(element: Element) -> str:
    """Return all that stands in an inline element, as it came."""
    only = _only_text(element)
    return only if only is not None else "".join(_strings_within(element))


def _only_text(element: Element) -> str | None:
    """Return the one text that an element holds, as most do; None when it holds anything else."""
    children = element.children
    return children[0] if len(children) == 1 and isinstance(children[0], str) else None


def _strings_within(element: Element) -> Iterator[str]:
    stack: list[Iterator[Element | str | None]] = [iter(element.children)]
    while stack:
        for child in stack[-1]:
            if isinstance(child, Element):
                stack.append(iter(child.children))
                break
            yield child or " "
        else:
            stack.pop()
