"""Structural damage to a page, as a broken template, a bad proxy or a redesign would do it.

The page is cut into tags and texts, not parsed: what the damage makes of the tree is the extractor's to find out.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable

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
}
_LONGEST_LABEL = 25
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


def damage(page: str, draw: random.Random) -> str:
    """Return the page with one to three kinds of damage."""
    for _ in range(draw.choice((1, 1, 2, 3))):
        tokens = _TOKEN.findall(page)
        page = "".join(draw.choice(_KINDS)(tokens, draw))
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
    match = _OPEN.match(tokens[start])
    assert match is not None
    depth = 0
    for end in range(start, len(tokens)):
        other = _OPEN.match(tokens[end])
        depth += bool(other and other[1] == match[1])
        depth -= tokens[end] == f"</{match[1]}>"
        if depth == 0:
            return start, end + 1
    return start, len(tokens)


def _remove(tokens: list[str], draw: random.Random) -> list[str]:
    start, end = _element(tokens, draw)
    return tokens[:start] + tokens[end:]


def _double(tokens: list[str], draw: random.Random) -> list[str]:
    start, end = _element(tokens, draw)
    return tokens[:end] + tokens[start:end] + tokens[end:]


def _move(tokens: list[str], draw: random.Random) -> list[str]:
    start, end = _element(tokens, draw)
    rest = tokens[:start] + tokens[end:]
    at, _ = _element(rest, draw)
    return rest[:at] + tokens[start:end] + rest[at:]


def _wrap(tokens: list[str], draw: random.Random) -> list[str]:
    start, end = _element(tokens, draw)
    tag = draw.choice(_TAGS)
    return [*tokens[:start], f"<{tag}>", *tokens[start:end], f"</{tag}>", *tokens[end:]]


def _unwrap(tokens: list[str], draw: random.Random) -> list[str]:
    start, end = _element(tokens, draw)
    return tokens[:start] + tokens[start + 1 : end - 1] + tokens[end:]


def _rename(tokens: list[str], draw: random.Random) -> list[str]:
    start, end = _element(tokens, draw)
    tag = draw.choice(_TAGS)
    return [*tokens[:start], f"<{tag}>", *tokens[start + 1 : end - 1], f"</{tag}>", *tokens[end:]]


def _rename_all(tokens: list[str], draw: random.Random) -> list[str]:
    start, _ = _element(tokens, draw)
    match = _OPEN.match(tokens[start]) if start < len(tokens) else None
    if match is None:
        return tokens
    old, new = match[1], draw.choice(_TAGS)
    return [re.sub(rf"^(</?){re.escape(old)}(?=[ >])", rf"\g<1>{new}", token) for token in tokens]


def _reword(tokens: list[str], draw: random.Random) -> list[str]:
    label = draw.choice(list(_LABELS))
    word = draw.choice(_LABELS[label])
    return [
        token if token.startswith("<") or len(token) > _LONGEST_LABEL else token.replace(label, word)
        for token in tokens
    ]


def _reclass(tokens: list[str], draw: random.Random) -> list[str]:
    return [re.sub(r'class="[^"]*"', lambda _: f'class="x{draw.randrange(9_999)}"', token) for token in tokens]


def _cut(tokens: list[str], draw: random.Random) -> list[str]:
    return tokens[: draw.randrange(len(tokens) + 1)]


def _insert(tokens: list[str], draw: random.Random) -> list[str]:
    at = draw.randrange(len(tokens) + 1)
    return [*tokens[:at], draw.choice(_STRAYS), *tokens[at:]]


def _comment(tokens: list[str], draw: random.Random) -> list[str]:
    def split(token: str) -> str:
        at = draw.randrange(len(token))
        # Not within an entity.
        return token if token.startswith("<") or "&" in token else f"{token[:at]}<!-- x -->{token[at:]}"

    return [split(token) if draw.random() < 0.3 else token for token in tokens]


def _drop_tag(tokens: list[str], draw: random.Random) -> list[str]:
    at = draw.choice([i for i, token in enumerate(tokens) if token.startswith("<")] or [0])
    return tokens[:at] + tokens[at + 1 :]


_KINDS: tuple[Callable[[list[str], random.Random], list[str]], ...] = (
    _remove,
    _double,
    _move,
    _wrap,
    _unwrap,
    _rename,
    _rename_all,
    _reword,
    _reclass,
    _cut,
    _insert,
    _comment,
    _drop_tag,
)
