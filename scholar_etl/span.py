"""Lengths of time as people write them: `30s`, `90m`, `24h`, `7d`, `2w`."""

from __future__ import annotations

import re
from datetime import timedelta

_SPAN = re.compile(r"(\d{1,6})\s*(s|m|h|d|w)", re.IGNORECASE)
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_LONGEST = timedelta(days=36_525)


def parse_span(text: str) -> timedelta:
    """Read a whole number and its unit; a hundred years at most. Raises ValueError, which says what is wrong."""
    match = _SPAN.fullmatch(text.strip())
    if match is None:
        raise ValueError("is no span")
    span = timedelta(**{_UNITS[match[2].lower()]: int(match[1])})
    if span > _LONGEST:
        raise ValueError("is too long: expected a hundred years at most")
    return span
