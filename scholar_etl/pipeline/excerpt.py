"""Pieces of a page's markup for a person to look at: what a text names, and what is alike on another page.

A piece comes with its offset, in characters from the page's beginning. It is markup as the site wrote it: whoever shows
it makes it harmless.
"""

from __future__ import annotations

import re
from collections import Counter

_AROUND = 100  # characters on each side
_MOST = 3
_NAMED = re.compile(r"'([^']{2,})'|\"([^\"]{2,})\"|(\d[\d,.]*\d|\d)")
_LONG_WORD = re.compile(r"[A-Za-z]{4,}")
_WORD = re.compile(r"\w{2,}")


def pieces_named(page: str, detail: str) -> list[tuple[int, str]]:
    """Return where the page has what a problem's detail names: what it quotes, else its numbers."""
    named = list(_NAMED.finditer(detail))
    quoted = [text for match in named if (text := match[1] or match[2])]
    return pieces_around(page, quoted or [match[3] for match in named if match[3]], detail)


def pieces_around(page: str, texts: list[str], context: str) -> list[tuple[int, str]]:
    """Return where the page has one of the texts, those first that have more of the context's words beside them.

    Of several with as many, the one that stands closest to such a word comes first.
    """
    words = {match[0].lower() for match in _LONG_WORD.finditer(context)}
    found = []
    for text in texts:
        for match in re.finditer(rf"(?<!\w){re.escape(text)}(?!\w)", page):
            start = max(0, match.start() - _AROUND)
            piece = page[start : match.end() + _AROUND]
            beside = [word for word in _LONG_WORD.finditer(piece) if word[0].lower() in words]
            distance = min((abs(start + word.start() - match.start()) for word in beside), default=0)
            found.append((-len({word[0].lower() for word in beside}), distance, start, piece))
    best: list[tuple[int, str]] = []
    for _, _, start, piece in sorted(found):
        if all(abs(start - other) > _AROUND for other, _ in best):
            best.append((start, piece))
    return best[:_MOST]


def piece_alike(page: str, piece: str) -> tuple[int, str] | None:
    """Return the piece of a page that has most words of a piece of another one, rare ones counting for more.

    None when they have no word in common.
    """
    wanted = set(_WORD.findall(piece))
    words = [match for match in _WORD.finditer(page) if match[0] in wanted]
    weights = {word: 1 / count for word, count in Counter(match[0] for match in words).items()}
    within: Counter[str] = Counter()
    best_start, best, score, first = None, 0.0, 0.0, 0
    for match in words:
        within[match[0]] += 1
        score += weights[match[0]] * (within[match[0]] == 1)
        while match.end() - words[first].start() > len(piece):
            within[words[first][0]] -= 1
            score -= weights[words[first][0]] * (within[words[first][0]] == 0)
            first += 1
        if score > best:
            best_start, best = words[first].start(), score
    return None if best_start is None else (best_start, page[best_start : best_start + len(piece)])
