"""A page's markup told apart from its texts, so that two pages of one layout can be seen to be built alike.

The tree that HTML makes of a page follows from the sequence of its tags, and from where text stands that is more than
white space; never from what the text says. So pages with the same sequence have the same tree. A `Skeleton` is that
sequence as a string, two characters for each tag: the tag, without the values of attributes that mean nothing for the
tree or for what is visible, and the kind of text behind it. What cannot be told this way without a parser (a stray `<`,
a quote left open, another encoding) has no skeleton.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock

from scholar_etl.sources.dom import VOID, Element

_SPLIT = re.compile(r"(<[^>]*>)").split
_VALUE = r"""(?:"[^"<]*"|'[^'<]*'|[^\s"'<>=`]+)"""
_TAG = re.compile(
    rf"<(?P<end>/?)(?P<name>[A-Za-z][A-Za-z0-9-]*)(?P<attributes>(?:\s+[\w:@.-]+(?:={_VALUE})?)*)\s*/?>", re.ASCII
)
# Attributes whose values decide neither the tree nor what is visible.
_FREE = re.compile(
    r"""(\s(?:href|src|srcset|id|title|alt|datetime|value|for|key|itemid|aria-[a-z]+|data-[a-z-]+)=)"""
    r"""(["'])[^"']*\2"""
)
_FREE_OF_META = re.compile(r"""(\s(?:content|name|property|id)=)(["'])[^"']*\2""")
_ADDRESS = re.compile(r"""\shref=(["'])([^"']*)\1""")
_COMMENT = re.compile(r"<!--(?!-?>)[^<>]*-->")
_DOCTYPE = re.compile(r"<!doctype html>", re.IGNORECASE)
_CHARSET = re.compile(rb"""(?:(?!charset)[^\0])*?<meta\s+charset=["']?utf-8["']?\s*/?>""", re.IGNORECASE)
_HEAD = 1_024  # bytes, in which a page must name its encoding
# What HTML, Python and the parser do not agree on: NUL, and control characters that only Python takes for white space.
_ODD = ("\0", "\x0b", "\x1c", "\x1d", "\x1e", "\x1f", "\x85")
# Character references that Python reads as HTML defines: not those of control characters, nor those left open.
_REFERENCE = re.compile(
    r"&(?:\s|[A-Za-z]+[0-9]*;|#(?:3[2-9]|[4-9]\d|1[01]\d|12[0-6]|1[6-9]\d|[2-9]\d\d|[1-5]?\d{4});"
    r"|#[xX](?:2[0-9A-Fa-f]|[3-6][0-9A-Fa-f]|7[0-9A-Ea-e]|[A-Fa-f][0-9A-Fa-f]|[1-9A-Ea-e][0-9A-Fa-f]{2,3});)"
)
_EATING = frozenset(("pre", "listing"))  # a line break that comes first in these is no text
_FOREIGN = frozenset(("svg", "math"))
_STATEFUL = frozenset(("body", "html", "head", "frameset", "plaintext", "script", "style", "noscript"))
_MOST_SYMBOLS = 20_000
_FIRST_SYMBOL = 0x100  # below U+D800 and above the digits that tell the kinds of text
_MARK_BEGIN, _MARK_END = "\ue000", "\ue001"
_MARK = re.compile(f"{_MARK_BEGIN}(\\d+){_MARK_END}")
_PLACE = "data-token-place"

Template = tuple[tuple[tuple[int | str, ...], bool], ...]
"""How a text is made of tokens: its parts, as in `Text.parts`, of pieces: a token's place, or white space as it is."""


class NoSkeletonError(ValueError):
    """The page's markup cannot be told from its texts without a parser."""


@dataclass(frozen=True, slots=True)
class Skeleton:
    """A page's tokens (text and tags by turns, text first and last), and what they have in common with another's.

    `form` has one character for each token: `form[i]` is that of `tokens[i]`.
    """

    tokens: list[str]
    form: str


class Alphabet:
    """Gives each tag that is new its character."""

    def __init__(self) -> None:
        self._symbols = _Symbols()

    def read(self, body: bytes) -> Skeleton:
        """Return a page's skeleton. Raises `NoSkeletonError`."""
        if _CHARSET.match(body, 0, _HEAD) is None:
            raise NoSkeletonError
        try:
            text = body.decode()
        except UnicodeDecodeError:
            raise NoSkeletonError from None
        if any(character in text for character in _ODD):
            raise NoSkeletonError
        tokens = _SPLIT(text)
        form = [""] * len(tokens)
        form[0::2] = ["0" if not s else "2" if not s.isspace() else "1" if s.isascii() else "2" for s in tokens[0::2]]
        form[1::2] = map(self._symbols.__getitem__, tokens[1::2])
        return Skeleton(tokens, "".join(form))


_entering = Lock()  # no two tags may ever get the same character


class _Symbols(dict[str, str]):
    """A character for each tag. What is kept are tags without the values of free attributes."""

    def __missing__(self, tag: str) -> str:
        # Nearly all free values are the address of a link.
        start = tag.find(' href="') + 7
        if start >= 7:
            known = self.get(tag[:start] + tag[tag.find('"', start) :])
            if known is not None:
                return known
        return self._enter(tag)

    def _enter(self, tag: str) -> str:
        match = _TAG.fullmatch(tag)
        if match and match["name"].lower() not in _EATING:
            is_meta = tag[:5].lower() == "<meta" and "http-equiv" not in tag.lower()
            key = (_FREE_OF_META if is_meta else _FREE).sub(r"\1\2\2", tag)
        elif _COMMENT.fullmatch(tag):
            key = "<!-- -->"  # as React writes them, found at once
        elif _DOCTYPE.fullmatch(tag):
            key = tag
        else:
            raise NoSkeletonError
        with _entering:
            symbol = self.get(key)
            if symbol is None:
                if len(self) >= _MOST_SYMBOLS:
                    raise NoSkeletonError
                symbol = self[key] = chr(_FIRST_SYMBOL + len(self))
        return symbol


def plain(token: str) -> str:
    """Return what a token that is text says. Raises `NoSkeletonError` where that takes a parser."""
    if "&" not in token:
        return token
    if token.count("&") != len(_REFERENCE.findall(token)):
        raise NoSkeletonError
    return html.unescape(token)


def address(tag: str) -> str | None:
    """Return the address in a link's tag, None when it has none. Raises `NoSkeletonError` where that takes a parser."""
    match = _ADDRESS.search(tag)
    if match is None:
        return None
    path = match[2].partition("?")[0]
    if "&" in path:
        raise NoSkeletonError
    return path


# -- learning -----------------------------------------------------------------------------------------------------


def marked(skeleton: Skeleton) -> bytes:
    """Return the page again, with the place of its token before each text and in each tag that opens an element.

    Neither changes the tree. Raises `NoSkeletonError` when the page has such marks itself.
    """
    tokens = list(skeleton.tokens)
    if any(_MARK_BEGIN in token or _MARK_END in token or _PLACE in token for token in tokens):
        raise NoSkeletonError
    for place, kind in enumerate(skeleton.form):
        token = tokens[place]
        if kind == "2":
            tokens[place] = f"{_MARK_BEGIN}{place}{_MARK_END}{token}"
        elif place % 2 and token[1].isalpha():
            end = len(token) - (2 if token.endswith("/>") else 1)
            tokens[place] = f'{token[:end]} {_PLACE}="{place}"{token[end:]}'
    return "".join(tokens).encode()


def place_of(element: Element) -> int:
    """Return the place of the tag that opens an element of a marked page. Raises `NoSkeletonError` if implied."""
    place = element.attributes.get(_PLACE)
    if place is None:
        raise NoSkeletonError
    return int(place)


def template_of(parts: Sequence[tuple[str, bool]], tokens: Sequence[str]) -> Template:
    """Return how a text of a marked page, or anything made of `parts`, is made of tokens. Raises `NoSkeletonError`."""
    template = []
    for part, is_child in parts:
        white, *marks = _MARK.split(part)
        pieces: list[int | str] = [white] if white else []
        for place, said in zip(map(int, marks[::2]), marks[1::2], strict=True):
            own = plain(tokens[place])
            if not said.startswith(own):
                raise NoSkeletonError
            pieces += [place, said[len(own) :]] if len(said) > len(own) else [place]
        if any(isinstance(piece, str) and not piece.isspace() for piece in pieces):
            raise NoSkeletonError
        template.append((tuple(pieces), is_child))
    return tuple(template)


def marks_in(text: str) -> list[int]:
    """Return the places that are marked in a text."""
    return [int(place) for place in _MARK.findall(text)]


def places(template: Template) -> list[int]:
    """Return the places of the tokens that a text is made of."""
    return [piece for pieces, _ in template for piece in pieces if isinstance(piece, int)]


def shifted(template: Template, by: int) -> Template:
    """Return a template with every place moved."""
    return tuple(
        (tuple(piece + by if isinstance(piece, int) else piece for piece in pieces), is_child)
        for pieces, is_child in template
    )


def filled(template: Template, tokens: Sequence[str], start: int = 0) -> list[tuple[str, bool]]:
    """Return the parts of a text, with the places of the template counted from `start`. Raises `NoSkeletonError`.

    A piece that says nothing but white space, where the template was made of one that said more, could make another
    tree: it raises too.
    """
    parts = []
    for pieces, is_child in template:
        said = ""
        for piece in pieces:
            if isinstance(piece, int):
                token = tokens[start + piece]
                if "&" in token:
                    token = plain(token)
                if token.isspace():
                    raise NoSkeletonError
                said += token
            else:
                said += piece
        parts.append((said, is_child))
    return parts


def closing_place(skeleton: Skeleton, opening: int) -> int:
    """Return the place of the tag that closes an element. Raises `NoSkeletonError` unless all inside is closed too."""
    open_tags: list[str] = []
    tokens = skeleton.tokens
    for place in range(opening, len(tokens), 2):
        match = _TAG.fullmatch(tokens[place])
        if match is None:
            continue  # a comment
        name = match["name"].lower()
        if name in VOID or (match[0].endswith("/>") and not _FOREIGN.isdisjoint(open_tags)):
            continue
        if name in _STATEFUL:
            break
        if not match["end"]:
            open_tags.append(name)
        elif not open_tags or open_tags.pop() != name:
            break
        elif not open_tags:
            return place
    raise NoSkeletonError
