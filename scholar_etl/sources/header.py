"""The wording of a Scholar Feed page's head: labels, the heading, the field, what the title names."""

from __future__ import annotations

import re

from scholar_etl.sources.labelled import LabelReader
from scholar_etl.sources.values import ValueUnreadableError, parse_count, parse_pct
from scholar_etl.sources.wording import is_code

LABELS = LabelReader(
    {
        "h_index": r"h[-‐‑–\s]?index",
        "paper_count": r"(?:total )?papers?",
        "citation_count": r"(?:total )?citations?",
        "novelty_pct": r"novelty",
        "ai_score": r"ai[-\s]?score",
    },
    stems=("index", "paper", "citation", "novelty", "score"),
)
LABEL_FIRST = {"h_index": True, "paper_count": False, "citation_count": False, "novelty_pct": True, "ai_score": True}
LONGEST_HEADING = 60
_OF_100 = ("novelty_pct", "ai_score")
_HEADING = re.compile(r"(\d[\d,]*)\s?papers?|papers?\s?\(?(\d[\d,]*)\)?", re.IGNORECASE)
_FIELD = re.compile(r"(?:(?:primary )?field\s?:?\s?)?(\S+)", re.IGNORECASE)
# fmt: off
_GENERIC = frozenset((
    "a", "all", "and", "author", "authors", "by", "dashboard", "details", "discover", "feed", "for", "home", "metrics",
    "my", "of", "overview", "page", "paper", "papers", "profile", "profiles", "publications", "research", "researcher",
    "scholar", "search", "statistics", "summary", "the", "your",
))
# fmt: on
_TITLE_PARTS = re.compile(r"\s[-–—|·•:/]\s|:\s|,\s(?=Scholar)")


def announced_count(text: str) -> int | None:
    """Return the N of a heading "N Papers", None when the text is none."""
    match = _HEADING.fullmatch(text)
    return int((match[1] or match[2]).replace(",", "")) if match else None


def field_code(text: str) -> str | None:
    """Return the category code that a text gives as a field: `CL`, or `Primary field: CL`; None for any other."""
    match = _FIELD.fullmatch(text) if len(text) < LONGEST_HEADING else None
    return match[1] if match and is_code(match[1]) else None


def title_parts(title: str) -> set[str]:
    """Return what a page's title names, besides the site: `Ada Lovelace | Scholar Feed` names Ada Lovelace."""
    return {part for part in (title, *_TITLE_PARTS.split(title)) if not is_generic(part)}


def is_generic(text: str) -> bool:
    """Tell whether a text could stand on any author's page, and names nobody: `Author profile`, `Scholar Feed`."""
    return _GENERIC.issuperset(text.casefold().split())


def parse_metric(name: str, text: str) -> int | None:
    """Return the value that a metric is shown with. Raises `ValueRoundedError` and `ValueUnreadableError`."""
    text = text.replace(" ", "")  # the only ones in a value part thousands, or the unit from the number
    if name in _OF_100:
        text = text.removesuffix("/100")
    if name == "novelty_pct":
        return parse_pct(text)
    if text.endswith("%"):
        raise ValueUnreadableError(text)
    return parse_count(text)
