"""Structural damage to a page, as a broken template, a bad proxy or a redesign would do it.

The page is cut into tags and texts, not parsed: what the damage makes of the tree is the extractor's to find out.
`KINDS` has them all by name.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence

_TOKEN = re.compile(r"<!--.*?-->|<[^>]*>|[^<]+", re.DOTALL)
_OPEN = re.compile(r"<([a-z][a-z0-9-]*)")
_VOID = frozenset(("br", "meta", "link", "img", "input", "wbr", "hr", "!doctype"))
_LABELS = {
    "h-index": ("Hirsch index", "h", "Index h", "h-factor"),
    "papers": ("Artikel", "works", "publications"),
    "Papers": ("Artikel", "Works", "All papers"),
    "citations": ("Zitate", "cited by", "cites"),
    "Novelty": ("Neuheit", "Originality"),
    "AI Score": ("AI rating", "KI-Wert"),
    "Code": ("Quelltext", "GitHub"),
    "Title": ("Titel", "Name"),
    "Authors": ("Autoren", "By"),
    "Affiliation": ("Institut", "Lab"),
    "Abstract": ("Zusammenfassung", "Summary"),
    "Date": ("Datum", "When"),
    "Published": ("Erschienen", "Posted"),
}
_LONGEST_LABEL = 25
_ATTRIBUTE = re.compile(r'\s([a-z-]+)="([^"]*)"')
_NUMBER = re.compile(r"\d+(?:,\d{3})*%?")
_OF_A_BLOCK = re.compile(r"\b[A-Z][a-z]{2} \d{1,2}\b|citations")
_LEAST_BLOCK, _MOST_BLOCK = 10, 80  # tokens
_TRIES = 50
_MANY_SPACES = re.compile(r"\s+")
_PLACEHOLDERS = (
    "–",
    "…",
    "N/A",
    "Loading…",
    "Loading...",
    "&nbsp;",
    "undefined",
    "null",
    "NaN",
    "[object Object]",
    "{{ value }}",
)
_STRAYS = (
    "<script>var a = '<p>h-index 99</p>';</script>",
    "<div>Advertisement: 50% off all GPUs</div>",
    "<aside><p>7 papers</p><p>1,234 citations</p><p>h-index 5</p></aside>",
    "<p>12 new papers today</p>",
    "<ins class=ad></ins>",
    "<style>p{color:red}</style>",
    "<!-- h-index 12 -->",
    "<noscript>Enable JavaScript</noscript>",
    "<template><p>h-index 3</p></template>",
    "<span hidden>h-index 99</span>",
)
_TAGS = ("div", "p", "span", "section", "li", "b", "article", "dd", "h3", "a", "em", "x-box")
_BORDERED_TAGS = ("div", "p", "section", "li", "article", "dd", "h3", "x-box")


Kind = Callable[[list[str], list[str], random.Random], list[str]]
"""Damages the tags and texts of a page; those of another author's page are given too."""


def damage(page: str, other: str, kinds: Sequence[str], draw: random.Random) -> str:
    """Return the page with these kinds of damage, one after the other; `other` is another author's page."""
    for name in kinds:
        page = "".join(KINDS[name](_TOKEN.findall(page), _TOKEN.findall(other), draw))
    return page


def _element(tokens: list[str], draw: random.Random) -> tuple[int, int]:
    """Return where a random element of the body begins and ends."""
    body = next((i for i, token in enumerate(tokens) if token.startswith("<body")), 0)
    starts = [
        i
        for i in range(body + 1, len(tokens))
        if (match := _OPEN.match(tokens[i])) and match[1] not in _VOID and match[1] != "body"
    ]
    if not starts:
        return len(tokens), len(tokens)
    start = draw.choice(starts)
    return start, _end_of(tokens, start)


def _end_of(tokens: list[str], start: int) -> int:
    """Return where the element or text that begins at a place ends."""
    match = _OPEN.match(tokens[start])
    if match is None or match[1] in _VOID:
        return start + 1
    depth = 0
    for end in range(start, len(tokens)):
        other = _OPEN.match(tokens[end])
        depth += bool(other and other[1] == match[1])
        depth -= tokens[end] == f"</{match[1]}>"
        if depth == 0:
            return end + 1
    return len(tokens)


def _remove(tokens: list[str], others: list[str], draw: random.Random) -> list[str]:
    start, end = _element(tokens, draw)
    return tokens[:start] + tokens[end:]


def _double(tokens: list[str], others: list[str], draw: random.Random) -> list[str]:
    start, end = _element(tokens, draw)
    return tokens[:end] + tokens[start:end] + tokens[end:]


def _move(tokens: list[str], others: list[str], draw: random.Random) -> list[str]:
    start, end = _element(tokens, draw)
    rest = tokens[:start] + tokens[end:]
    at, _ = _element(rest, draw)
    return rest[:at] + tokens[start:end] + rest[at:]


def _wrap(tokens: list[str], others: list[str], draw: random.Random) -> list[str]:
    start, end = _element(tokens, draw)
    tag = draw.choice(_TAGS)
    return [*tokens[:start], f"<{tag}>", *tokens[start:end], f"</{tag}>", *tokens[end:]]


def _unwrap(tokens: list[str], others: list[str], draw: random.Random) -> list[str]:
    start, end = _element(tokens, draw)
    return tokens[:start] + tokens[start + 1 : end - 1] + tokens[end:]


def _rename(tokens: list[str], others: list[str], draw: random.Random) -> list[str]:
    start, end = _element(tokens, draw)
    tag = draw.choice(_TAGS)
    return [*tokens[:start], f"<{tag}>", *tokens[start + 1 : end - 1], f"</{tag}>", *tokens[end:]]


def _rename_all(tokens: list[str], others: list[str], draw: random.Random) -> list[str]:
    start, _ = _element(tokens, draw)
    match = _OPEN.match(tokens[start]) if start < len(tokens) else None
    if match is None:
        return tokens
    old, new = match[1], draw.choice(_TAGS)
    return [re.sub(rf"^(</?){re.escape(old)}(?=[ >])", rf"\g<1>{new}", token) for token in tokens]


def _reword(tokens: list[str], others: list[str], draw: random.Random) -> list[str]:
    label = draw.choice(list(_LABELS))
    word = draw.choice(_LABELS[label])
    return [
        token if token.startswith("<") or len(token) > _LONGEST_LABEL else token.replace(label, word)
        for token in tokens
    ]


def _reclass(tokens: list[str], others: list[str], draw: random.Random) -> list[str]:
    return [re.sub(r'class="[^"]*"', lambda _: f'class="x{draw.randrange(9_999)}"', token) for token in tokens]


def _cut(tokens: list[str], others: list[str], draw: random.Random) -> list[str]:
    return tokens[: draw.randrange(len(tokens) + 1)]


def _insert(tokens: list[str], others: list[str], draw: random.Random) -> list[str]:
    at = draw.randrange(len(tokens) + 1)
    return [*tokens[:at], draw.choice(_STRAYS), *tokens[at:]]


def _comment(tokens: list[str], others: list[str], draw: random.Random) -> list[str]:
    def split(token: str) -> str:
        at = draw.randrange(len(token))
        # Not within an entity.
        return token if token.startswith("<") or "&" in token else f"{token[:at]}<!-- x -->{token[at:]}"

    return [split(token) if draw.random() < 0.3 else token for token in tokens]


def _drop_tag(tokens: list[str], others: list[str], draw: random.Random) -> list[str]:
    at = draw.choice([i for i, token in enumerate(tokens) if token.startswith("<")] or [0])
    return tokens[:at] + tokens[at + 1 :]


def _swap_attributes(tokens: list[str], others: list[str], draw: random.Random) -> list[str]:
    places: dict[str, list[tuple[int, int, int]]] = {}
    for number, token in enumerate(tokens):
        for found in _ATTRIBUTE.finditer(token) if token.startswith("<") else ():
            places.setdefault(found[1], []).append((number, *found.span(2)))
    pairs = [several for several in places.values() if len({number for number, _, _ in several}) > 1]
    if not pairs:
        return tokens
    several = draw.choice(pairs)
    one = draw.choice(several)
    other = draw.choice([place for place in several if place[0] != one[0]])
    values = [tokens[number][start:end] for number, start, end in (one, other)]
    swapped = tokens.copy()
    for (number, start, end), value in zip((one, other), reversed(values), strict=True):
        swapped[number] = tokens[number][:start] + value + tokens[number][end:]
    return swapped


def _double_number(tokens: list[str], others: list[str], draw: random.Random) -> list[str]:
    numbers = [found[0] for token in tokens if not token.startswith("<") for found in _NUMBER.finditer(token)]
    at, _ = _element(tokens, draw)
    # Within a border of its own: else it would change the text beside it, and no reader could tell.
    tag = draw.choice(_BORDERED_TAGS)
    # Mostly one of the head of the page: a metric.
    number = draw.choice(numbers[:12] if draw.random() < 0.7 else numbers) if numbers else "7"
    return [*tokens[:at], f"<{tag}>{number}</{tag}>", *tokens[at:]]


def _put_in(tokens: list[str], others: list[str], draw: random.Random) -> list[str]:
    """Put a row of metrics or a paper of the other page before an element of this one."""
    for _ in range(_TRIES):
        start, end = _element(others, draw)
        # A block without a box is several neighbours; alone, their texts would run into those of this page.
        while end - start < _LEAST_BLOCK and end < len(others) and not others[end].startswith("</"):
            end = _end_of(others, end)
        block = others[start:end]
        if len(block) <= _MOST_BLOCK and any(map(_OF_A_BLOCK.search, block)):
            at, _ = _element(tokens, draw)
            is_one = _end_of(others, start) == end
            return [*tokens[:at], *(block if is_one else ("<div>", *block, "</div>")), *tokens[at:]]
    return tokens


def _cut_and_close(tokens: list[str], others: list[str], draw: random.Random) -> list[str]:
    """Cut the page and close what is open, as a server does that renders what it has got in time."""
    kept = _cut(tokens, others, draw)
    open_tags: list[str] = []
    for token in kept:
        if (match := _OPEN.match(token)) and match[1] not in _VOID:
            open_tags.append(match[1])
        elif token.startswith("</") and (name := token[2:-1]) in open_tags:
            del open_tags[len(open_tags) - 1 - open_tags[::-1].index(name) :]
    return [*kept, *(f"</{name}>" for name in reversed(open_tags))]


def _stale_copy(tokens: list[str], others: list[str], draw: random.Random) -> list[str]:
    """Put a copy of an element beside it, with other numbers: what a client or a cache made of it earlier."""
    start, end = _element(tokens, draw)
    copy = [
        # Digits may stand for a character too: `&#39;`.
        token if token.startswith("<") or "&" in token else _NUMBER.sub(lambda n: _other_number(n[0], draw), token)
        for token in tokens[start:end]
    ]
    at = draw.choice((start, end))
    return [*tokens[:at], *copy, *tokens[at:]]


def _other_number(number: str, draw: random.Random) -> str:
    digits = str(draw.randrange(1, 10)) + "".join(str(draw.randrange(10)) for c in number[1:] if c.isdigit())
    return f"{int(digits):,}" + ("%" if number.endswith("%") else "")


def _minify(tokens: list[str], others: list[str], draw: random.Random) -> list[str]:
    """Drop white space between tags, and fold any other; beside a comment it may part two words."""
    return [
        _MANY_SPACES.sub(" ", token)
        for at, token in enumerate(tokens)
        if not token.isspace() or any(other.startswith("<!--") for other in tokens[max(at - 1, 0) : at + 2])
    ]


def _recode(tokens: list[str], others: list[str], draw: random.Random) -> list[str]:
    """Take the bytes of the page for those of an older encoding."""
    return ["".join(tokens).encode().decode(draw.choice(("latin-1", "cp1252")), errors="replace")]


def _relocate(tokens: list[str], others: list[str], draw: random.Random) -> list[str]:
    mark = draw.choice((".", " ", "\u202f", "’", ""))
    return [token if token.startswith("<") else re.sub(r"(?<=\d),(?=\d{3})", mark, token) for token in tokens]


def _placeholder(tokens: list[str], others: list[str], draw: random.Random) -> list[str]:
    body = next((i for i, token in enumerate(tokens) if token.startswith("<body")), 0)
    # All that an element says: a part of a title would be lost, and no reader could tell.
    texts = [
        i
        for i in range(body + 1, len(tokens) - 1)
        if (tag := _OPEN.match(tokens[i - 1])) and tag[1] not in _VOID and tokens[i + 1].startswith("</")
    ]
    at = draw.choice(texts) if texts else len(tokens)
    return [*tokens[:at], draw.choice(_PLACEHOLDERS), *tokens[at + 1 :]]


def _translator(tokens: list[str], others: list[str], draw: random.Random) -> list[str]:
    """Wrap every text as a browser's translator does, though it leaves the words as they are."""
    body = next((i for i, token in enumerate(tokens) if token.startswith("<body")), len(tokens))

    def is_text(at: int) -> bool:
        # What a comment splits is one text to it.
        around = (tokens[at - 1], *tokens[at + 1 : at + 2])
        return not tokens[at].isspace() and not any(tag.startswith(("<!--", "<script", "<style")) for tag in around)

    return [
        f"<font><font>{token}</font></font>" if at > body and not token.startswith("<") and is_text(at) else token
        for at, token in enumerate(tokens)
    ]


def _through_proxy(tokens: list[str], others: list[str], draw: random.Random) -> list[str]:
    return [re.sub(r"href=(['\"])/", r"href=\1https://proxy.example/browse?to=/", token) for token in tokens]


ANOTHER_AUTHOR = "another author's block put in"
STALE_COPY = "stale copy put beside"
REMOVED = "element removed"
NUMBER = "number doubled in another tag"
KINDS: dict[str, Kind] = {
    REMOVED: _remove,
    "element doubled": _double,
    "element moved": _move,
    "element wrapped": _wrap,
    "element unwrapped": _unwrap,
    "element renamed": _rename,
    "all of a tag renamed": _rename_all,
    "label translated or reworded": _reword,
    "classes renamed": _reclass,
    "document cut": _cut,
    "script or ad put in": _insert,
    "texts split by comments": _comment,
    "tag lost": _drop_tag,
    "attribute values swapped": _swap_attributes,
    NUMBER: _double_number,
    ANOTHER_AUTHOR: _put_in,
    STALE_COPY: _stale_copy,
    "cut, and closed again": _cut_and_close,
    "white space removed": _minify,
    "read in another encoding": _recode,
    "numbers of another country": _relocate,
    "placeholder for a text": _placeholder,
    "texts wrapped by a translator": _translator,
    "links led through a proxy": _through_proxy,
}
