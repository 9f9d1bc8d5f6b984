"""Two wordings of a text as one, with what was taken out and put in marked, so that it reads without colour too."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from rich.text import Text

from scholar_etl.text import shorten

_CONTEXT_WORDS = 6
_LONGEST_PIECE = 160
_MOST_WORDS = 2_000  # to compare more would take seconds


def word_diff(old: str, new: str) -> Text:
    """Return `new` with the words that it has anew as `{+…+}` and those of `old` that are gone as `[-…-]`.

    Of long stretches that did not change only the words around a change are left, and long stretches that did change
    are cut. Both texts must be harmless lines already.
    """
    before, after = old.split(" "), new.split(" ")
    line = Text()
    pieces = list(_pieces(before, after))
    for number, (same, gone, come) in enumerate(pieces):
        line.append(_around(same, is_first=number == 0, is_last=number == len(pieces) - 1))
        if gone or come:
            removed, added = _cut(" ".join(gone), " ".join(come))
            line.append(" " if line else "")
            if gone:
                line.append(f"[-{removed}-]", "red")
            if come:
                line.append(f"{{+{added}+}}", "green")
            line.append(" " if number < len(pieces) - 1 and pieces[number + 1][0] else "")
    return line


def _pieces(old: list[str], new: list[str]) -> Iterator[tuple[list[str], list[str], list[str]]]:
    """Yield words that stayed, followed by those taken out and those put in after them."""
    start = _shared(old, new)
    end = _shared(old[start:][::-1], new[start:][::-1])
    before, after = old[start : len(old) - end], new[start : len(new) - end]
    same = new[:start]
    if max(len(before), len(after)) > _MOST_WORDS:
        blocks = [(len(before), len(after), 0)]
    else:
        blocks = [(m.a, m.b, m.size) for m in SequenceMatcher(None, before, after).get_matching_blocks()]
    i = j = 0
    for old_at, new_at, size in blocks:
        if old_at > i or new_at > j:
            yield same, before[i:old_at], after[j:new_at]
            same = []
        same = [*same, *after[new_at : new_at + size]]
        i, j = old_at + size, new_at + size
    yield [*same, *new[len(new) - end :]], [], []


def _around(words: list[str], *, is_first: bool, is_last: bool) -> str:
    """Return the words next to a change, of what stands between two changes, before the first or after the last."""
    head = 0 if is_first else _CONTEXT_WORDS
    tail = 0 if is_last else _CONTEXT_WORDS
    if len(words) > head + tail + 1:
        words = [*words[:head], "…", *words[len(words) - tail :]]
    return " ".join(shorten(word, _LONGEST_PIECE) for word in words)


def _cut(old: str, new: str) -> tuple[str, str]:
    """Shorten two stretches so that where they part is still to be seen."""
    if max(len(old), len(new)) > _LONGEST_PIECE and old and new:
        shared = _shared(old, new) - _LONGEST_PIECE // 2
        if shared > 0:
            old, new = f"…{old[shared:]}", f"…{new[shared:]}"
    return shorten(old, _LONGEST_PIECE), shorten(new, _LONGEST_PIECE)


def _shared(one: Sequence[str], other: Sequence[str]) -> int:
    """Return how many words, or characters, two texts begin with alike."""
    return next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
