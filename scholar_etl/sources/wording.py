"""The wording of a paper's block: its date line, the labels of its fields, its furniture, the addresses of papers."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from scholar_etl.arxiv import is_known_code
from scholar_etl.sources.values import DATE, YearlessDay, parse_date

_CODE = r"(?:[a-z]+(?:-[a-z]+)?\.)?[A-Z]{2}|(?:[a-z]+(?:-[a-z]+)?\.)?[a-z]+-[a-z]+|physics\.optics|cond-mat\.\w+"
_SEPARATOR = r"\s?[·•|,/–—-]?\s?"
DATE_LINE = re.compile(
    rf"(?:(?P<category>{_CODE}){_SEPARATOR})?(?P<date>{DATE}|\d{{4}}-\d{{2}}-\d{{2}})"
    rf"(?:{_SEPARATOR}(?P<category_behind>{_CODE}))?(?:{_SEPARATOR}(?P<badge>Code))?"
)
_DIGIT = re.compile(r"\d")
_TELLING_SPACES = 3
LONGEST_TELLING = 60
BADGE = "Code"
_PUBLISHED = re.compile(r"published (?:on )?(?=[A-Z\d])", re.IGNORECASE)
_LABEL_AHEAD = re.compile(r"(?P<label>[^\W\d_]+(?: [^\W\d_]+)?)\s?(?P<mark>[:—]|[.–-](?=\s))\s*")
_MARK = re.compile(r"(?:#|No\.\s?)?\d{1,4}[.)]?|[·•|,/–—-]")  # a rank or a separator
# The names of fields, where a page writes them out.
_LABELS = {
    "title": "title",
    "author": "authors",
    "authors": "authors",
    "by": "authors",
    "affiliation": "affiliation",
    "affiliations": "affiliation",
    "institution": "affiliation",
    "abstract": "abstract",
    "summary": "abstract",
    "category": "category",
    "field": "category",
    "subject": "category",
    "date": "date",
    "published": "date",
    "published on": "date",
    "code": "code",
}
# What stands in blocks beside the facts: buttons, and figures that are no fact of ours.
_FURNITURE = re.compile(
    r"paper|saved?|cite|share|pdf|html|arxiv|bookmark|view|details|bibtex|similar|new|abstract|summary|more"
    r"|(?:read|show|see|view|load) (?:more|less|paper|pdf|on arxiv|abstract|all)"
    r"|\d[\d,.]*[km]?\s?(?:citations?|views?|stars?|likes?|comments?|min read)"
    r"|arxiv:\s?\d{4}\.\d{4,5}(?:v\d+)?",
    re.IGNORECASE,
)
_LINK = re.compile(
    r"(?:https?://[^/?#]*)?/(?:paper|abs|pdf)/(?P<id>\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7})(?:v\d+)?(?:\.pdf)?/?"
    r"(?:[?#].*)?"
)


class DateLine(NamedTuple):
    """What a text with a date says: the date, and the category (None when it gives none) and badge beside it."""

    day: date | YearlessDay
    category: str | None
    has_badge: bool


def read_date(text: str) -> DateLine | None:
    """Return what a text with a date says; None when it is no date, or says more."""
    if len(text) > LONGEST_TELLING:
        return None
    if not text[-1].isdigit() and (not text[-1].isalnum() or _DIGIT.search(text) is None):
        return None
    return _read_date(text)


@lru_cache(maxsize=4_096)  # many papers share a day, and many authors a paper
def _read_date(text: str) -> DateLine | None:
    alone = parse_date(text)
    if alone is not None:
        return DateLine(alone, None, has_badge=False)
    match = DATE_LINE.fullmatch(without_label(text, "date"))
    day = parse_date(match["date"]) if match else None
    if match is None or day is None:
        return None
    codes = [code for code in (match["category"], match["category_behind"]) if code]
    if len(codes) > 1 or not all(map(is_code, codes)):
        return None
    return DateLine(day, codes[0] if codes else None, match["badge"] is not None)


def is_code(text: str) -> bool:
    """Tell whether a text has the form of a category code: known to arXiv, or two or three capitals."""
    return is_known_code(text) or (2 <= len(text) <= 3 and text.isascii() and text.isalpha() and text.isupper())


def is_meta(text: str) -> bool:
    """Tell whether a text may stand in a date line, as the date, a code, a badge, a rank or a separator."""
    return bool(DATE_LINE.fullmatch(text) or is_code(text) or text == BADGE or is_mark(text))


def is_mark(text: str) -> bool:
    """Tell whether a text is a rank or a separator."""
    return _MARK.fullmatch(text) is not None


def is_telling(text: str) -> bool:
    """Tell whether a text, by what it says, could be anything but a title, a line of authors or prose."""
    # Most texts are longer than any such, or have more words than those without a figure.
    if len(text) > LONGEST_TELLING or (text.count(" ") >= _TELLING_SPACES and not _DIGIT.search(text)):
        return False
    return bool(is_meta(text) or is_label(text) or is_furniture(text) or read_date(text))


def without_label(text: str, role: str) -> str:
    """Return a text without the label of a field that it begins with: `Date: May 30, 2022`, `Published May 30`."""
    if role == "date" and (published := _PUBLISHED.match(text)):
        return text[published.end() :]
    label, colon, value = text.partition(":")
    return value.strip() if colon and field_named(label) == role else text


def field_named(text: str) -> str | None:
    """Return the field of a paper that a text names, as a label does; None when it names none."""
    return _LABELS.get(text.rstrip(": ").casefold())


def is_label(text: str) -> bool:
    """Tell whether a text is the label of a field."""
    return field_named(text) is not None


def label_ahead(text: str) -> tuple[str, str] | None:
    """Return the label of a field that a text begins with, and what follows it; None where it begins otherwise.

    `Abstract: We show`; of an abstract also `Abstract. We show` and `Abstract — We show`.
    """
    match = _LABEL_AHEAD.match(text)
    if match is None or not is_label(match["label"]):
        return None
    if match["mark"] != ":" and field_named(match["label"]) != "abstract":
        return None
    return match["label"], text[match.end() :]


def is_furniture(text: str) -> bool:
    """Tell whether a text is a button, a rank, or a figure that is no fact of ours."""
    return is_mark(text) or _FURNITURE.fullmatch(text.rstrip(":… ")) is not None


def linked_id(address: str) -> str | None:
    """Return the arXiv id that an address of a paper has, None for any other address."""
    match = _LINK.fullmatch(address)
    return match["id"] if match else None
