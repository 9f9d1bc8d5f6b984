"""What a page has and does not show as text: badges that are pictures or buttons, abstracts that a button brings up.

Asked of the bytes, so that it is told of a page whose layout was seen before too.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from scholar_etl.model import Problem, Profile, Severity
from scholar_etl.sources.wording import BADGE

_BADGE = BADGE.encode()
_NAMING = tuple(f"{name}={quote}".encode() for name in ("alt", "title", "aria-label") for quote in "\"'")
_READ_OUT = (b"sr-only", b"visually-hidden")
_FARTHEST = 200  # bytes, between what eyes see and what is read out for it
_BUTTON = re.compile(rb">\s*(?:show|view|read|expand|see|toggle)\s+(?:the\s+)?(?:abstract|summary)\b", re.IGNORECASE)


def find_unshown(body: bytes, profile: Profile) -> list[Problem]:
    """Return why a page does not show all that its data says; [] when nothing tells so."""
    coded = sum(paper.has_code for paper in profile.papers)
    places = _badges(body)
    if len(places) > coded and (badges := _count_hidden(places, body)) > coded:
        detail = f"{badges} badges {BADGE!r} are pictures or buttons: whose are they?"
        return [Problem("code_hidden", Severity.ERROR, detail)]
    missing = sum(paper.abstract is None for paper in profile.papers)
    may_have_buttons = missing and (b"bstract" in body or b"ummary" in body)
    buttons = len(_BUTTON.findall(body)) if may_have_buttons else 0
    if buttons > len(profile.papers) - missing:
        detail = f"{buttons} buttons show abstracts, and {missing} are not shown"
        return [Problem("abstract_hidden", Severity.ERROR, detail)]
    return []


def _is_hidden(before: bytes) -> bool:
    """Tell whether what follows some bytes is a name of something, or stands in a button or is only read out."""
    tag = before[before.rfind(b"<") :]
    return before.endswith(_NAMING) or tag.startswith(b"<button") or any(word in tag for word in _READ_OUT)


def _badges(body: bytes) -> list[int]:
    """Return where the word of a badge stands, from the last one on: `rfind` takes half the time of `find`."""
    places = []
    at = body.rfind(_BADGE)
    while at >= 0:
        places.append(at)
        at = body.rfind(_BADGE, 0, at)
    return places


def _count_hidden(places: Sequence[int], body: bytes) -> int:
    """Count the badges that no eye reads: those given by a name or a button, and not shown beside it."""
    shown: list[int] = []
    hidden: list[int] = []
    for at in places:
        end = at + len(_BADGE)
        if _is_hidden(body[max(at - _FARTHEST, 0) : at].rstrip()):
            hidden.append(at)
        elif body[end : end + 1] == b"<":
            shown.append(at)
    return sum(all(abs(at - other) > _FARTHEST for other in shown) for at in hidden)
