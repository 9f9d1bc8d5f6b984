"""A page's markup told apart from its texts, so that two pages of one layout can be seen to be built alike.

The tree that HTML makes of a page follows from the sequence of its tags, and from where text stands that is more than
white space; never from what the text says. So pages with the same sequence have the same tree. A `Skeleton` is that
sequence as a string, a character for each run of tags between two texts: all of them, without the values of attributes
that mean nothing for the tree or for what is visible. What cannot be told this way without a parser (a stray `<`, a
quote left open, another encoding) has no skeleton.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock

from scholar_etl.sources.dom import VOID, Element

_SPLIT = re.compile(r">(\s*[^\s<][^<]*)<", re.ASCII).split  # at texts that are more than white space
_SPLIT_RUN = re.compile(r"(<[^>]*>)").split
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
_ADDRESS = re.compile(r"""\shref=(?:"([^"]*)"|'([^']*)')""")
_HREF = "href="
_COMMENT = re.compile(r"<!--(?!-?>)[^<>]*-->")
_EDGE = "<!>"
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
_MOST_CHARACTERS = 4_000_000  # of all runs that are kept; a site's pages have some 10,000
_LONGEST_RUN = 50_000  # characters
_FIRST_SYMBOL = 0x100  # and all are below U+D800
_MARK_BEGIN, _MARK_END = "\ue000", "\ue001"
_MARK = re.compile(f"{_MARK_BEGIN}(\\d+){_MARK_END}")
_PLACE = "data-token-place"

Template = tuple[tuple[tuple[int | str, ...], bool], ...]
"""How a text is made of tokens: its parts, as in `Text.parts`, of pieces: a token's place, or white space as it is."""


TagPlace = tuple[int, int]
"""The place of a run among the tokens, and the number of a tag in it."""


class NoSkeletonError(ValueError):
    """The page's markup cannot be told from its texts without a parser."""


@dataclass(frozen=True, slots=True)
class Skeleton:
    """A page's tokens, runs of tags and texts by turns, and what they have in common with another page's.

    A run is all from one text to the next, without its first `<` and its last `>`; the first token and the last are
    runs, with an empty comment where the page begins and ends. `form` has one character for each run: `form[i]` is
    that of `tokens[2 * i]`.
    """

    tokens: list[str]
    form: str


class Alphabet:
    """Gives each run of tags that is new its character."""

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
        tokens = _SPLIT(f"{_EDGE[1:]}{text}{_EDGE[:-1]}")
        return Skeleton(tokens, "".join(map(self._symbols.__getitem__, tokens[::2])))


_entering = Lock()  # no two runs may ever get the same character


class _Symbols(dict[str, str]):
    """A character for each run. What is kept are runs without the values of free attributes."""

    def __init__(self) -> None:
        super().__init__()
        self._by_key: dict[str, str] = {}
        self._length = 0

    def __missing__(self, run: str) -> str:
        # Nearly all free values are the address of a link.
        start = run.find(' href="') + 7
        if start >= 7:
            known = self.get(run[:start] + run[run.find('"', start) :])
            if known is not None:
                return known
        return self._enter(run)

    def _enter(self, run: str) -> str:
        if len(run) > _LONGEST_RUN:
            raise NoSkeletonError
        shape = _shape(run)
        key, bare = _key(shape), "".join(shape)[1:-1]
        with _entering:
            symbol = self._by_key.get(key)
            if symbol is not None and bare in self:
                return symbol
            self._length += len(key) + len(bare)
            if len(self) >= _MOST_SYMBOLS or self._length > _MOST_CHARACTERS:
                raise NoSkeletonError
            if symbol is None:
                symbol = self._by_key[key] = chr(_FIRST_SYMBOL + len(self._by_key))
            self[bare] = symbol
        return symbol


@lru_cache(maxsize=64)  # the head of a page, with an address or a description, comes again
def _shape(run: str) -> tuple[str, ...]:
    """Return white space and tags without free values by turns, white space first and last. Raises `NoSkeletonError`.

    Neither a free value nor a comment has an address: as many are found in the run as in what is returned.
    """
    pieces = _SPLIT_RUN(f"<{run}>")
    if any(piece and not (piece.isspace() and piece.isascii()) for piece in pieces[::2]):
        raise NoSkeletonError
    pieces[1::2] = map(_bare, pieces[1::2])
    return tuple(pieces)


def _bare(tag: str) -> str:
    """Return a tag without the values of its free attributes. Raises `NoSkeletonError`."""
    match = _TAG.fullmatch(tag)
    if match and match["name"].lower() not in _EATING:
        is_meta = tag[:5].lower() == "<meta" and "http-equiv" not in tag.lower()
        bare = (_FREE_OF_META if is_meta else _FREE).sub(r"\1\2\2", tag)
    elif _COMMENT.fullmatch(tag):
        bare = "<!-- -->"  # as React writes them, found at once
    elif tag == _EDGE or _DOCTYPE.fullmatch(tag):
        bare = tag
    else:
        raise NoSkeletonError
    if tag.count(_HREF) != bare.count(_HREF):
        raise NoSkeletonError
    return bare


def _key(shape: Sequence[str]) -> str:
    """Return what runs have in common that do the same to a tree: of white space it matters where it is."""
    return "".join([piece if number % 2 or not piece else " " for number, piece in enumerate(shape)])


def plain(token: str) -> str:
    """Return what a token that is text says. Raises `NoSkeletonError` where that takes a parser."""
    if "&" not in token:
        return token
    if token.count("&") != len(_REFERENCE.findall(token)):
        raise NoSkeletonError
    return html.unescape(token)


def address(run: str, number: int) -> str:
    """Return the path of one of the addresses in a run. Raises `NoSkeletonError` where that takes a parser."""
    path: str = "".join(_ADDRESS.findall(run)[number]).partition("?")[0]
    if "&" in path:
        raise NoSkeletonError
    return path


# -- learning -----------------------------------------------------------------------------------------------------


def marked(skeleton: Skeleton) -> bytes:
    """Return the page again, with the place of its token before each text and in each tag that opens an element.

    Neither changes the tree. Raises `NoSkeletonError` when the page has such marks itself.
    """
    if any(_MARK_BEGIN in token or _MARK_END in token or _PLACE in token for token in skeleton.tokens):
        raise NoSkeletonError
    pieces = []
    for place, token in enumerate(skeleton.tokens):
        if place % 2:
            pieces.append(f"{_MARK_BEGIN}{place}{_MARK_END}{token}")
            continue
        own = _SPLIT_RUN(f"<{token}>")
        own[1::2] = [_marked_tag(tag, place, number) for number, tag in enumerate(own[1::2])]
        pieces += own
    return "".join(pieces)[len(_EDGE) : -len(_EDGE)].encode()


def _marked_tag(tag: str, place: int, number: int) -> str:
    if not tag[1].isalpha():
        return tag
    end = len(tag) - (2 if tag.endswith("/>") else 1)
    return f'{tag[:end]} {_PLACE}="{place}.{number}"{tag[end:]}'


def place_of(element: Element) -> TagPlace:
    """Return the place of the tag that opens an element of a marked page. Raises `NoSkeletonError` if implied."""
    place = element.attributes.get(_PLACE)
    if place is None:
        raise NoSkeletonError
    run, _, number = place.partition(".")
    return int(run), int(number)


def parted(run: str, number: int) -> tuple[str, str]:
    """Return the key of a run in two: what comes before one of its tags and the white space there, and the rest."""
    shape = _shape(run)
    before = _key(shape[: 2 * number])
    return before, _key(shape).removeprefix(before)


def address_number(run: str, number: int) -> int:
    """Return which of the addresses in a run one of its tags has. Raises `NoSkeletonError` unless it has one."""
    tags = _shape(run)[1::2]
    if len(_ADDRESS.findall(tags[number])) != 1:
        raise NoSkeletonError
    return len(_ADDRESS.findall("".join(tags[:number])))


def address_count(run: str) -> int:
    """Return how many addresses a run has."""
    return len(_ADDRESS.findall(run))


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


def closing_place(skeleton: Skeleton, opening: TagPlace) -> TagPlace:
    """Return the place of the tag that closes an element. Raises `NoSkeletonError` unless all inside is closed too."""
    open_tags: list[str] = []
    for place, tag in _tags_from(skeleton, opening):
        match = _TAG.fullmatch(tag)
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


def _tags_from(skeleton: Skeleton, start: TagPlace) -> Iterator[tuple[TagPlace, str]]:
    for run in range(start[0], len(skeleton.tokens), 2):
        for number, tag in enumerate(_shape(skeleton.tokens[run])[1::2]):
            if (run, number) >= start:
                yield (run, number), tag
