"""What may be done to scraped text without changing what it says."""

from __future__ import annotations

import re
import unicodedata

# Not U+200C and U+200D: Persian and Indic scripts and emoji are spelt with them.
_ZERO_WIDTH = dict.fromkeys((0x200B, 0xFEFF, 0x00AD, 0x2060))

_LONG = 60

LONGEST_PLACEHOLDER = 30
_PLACEHOLDER = re.compile(
    r"\W+|n/?a|none|null|nan|undefined|unknown|untitled|tb[ad]|loading\W*|\[object object\]|\{\{.*\}\}"
    r"|error|coming soon\W*|no (?:abstract|authors?|data|title)\W*|(?:\w+ )?(?:not (?:available|found)|unavailable)\W*",
    re.IGNORECASE,
)
_GROUP = re.compile(r"\b(?:collaborations?|consorti(?:um|a)|groups?|labs?|teams?)\b", re.IGNORECASE)


def fold(text: str) -> str:
    """Fold every run of white space (no-break spaces too) to one space, and drop zero-width marks."""
    # `in` takes more than twice the time of `rfind`. Neither other white space nor zero-width marks are printable.
    if text.rfind("  ") < 0 and (text.isprintable() if len(text) < _LONG else _is_even(text)):
        return text.strip(" ")
    if "\u200b" in text or "\ufeff" in text or "\u00ad" in text or "\u2060" in text:
        text = text.translate(_ZERO_WIDTH)
    return " ".join(text.split())


def _is_even(text: str) -> bool:
    """Tell whether a long text has no white space but spaces, and no zero-width marks: False where it may."""
    if not text.isascii():
        return text.isprintable()
    # To look for each takes a fraction of the time of one look at every character.
    return not (
        "\n" in text
        or "\t" in text
        or "\r" in text
        or "\x0b" in text
        or "\x0c" in text
        or "\x1c" in text
        or "\x1d" in text
        or "\x1e" in text
        or "\x1f" in text
    )


def normal_form(text: str) -> str:
    """Return the text folded and in Unicode NFC, the form in which two spellings of one text are equal."""
    return composed(fold(text))


def composed(text: str) -> str:
    """Return the text in Unicode NFC."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def is_placeholder(text: str) -> bool:
    """Tell whether a text is what a page shows until, or because, the value is missing: `N/A`, `Loading…`, `–`."""
    return len(text) <= LONGEST_PLACEHOLDER and _PLACEHOLDER.fullmatch(text) is not None


def is_group(name: str) -> bool:
    """Tell whether a name is that of many people, as `The CMS and TOTEM Collaborations`."""
    return _GROUP.search(name) is not None


def one_line(text: str) -> str:
    """Return scraped text safe for a terminal: no control, escape or direction-changing characters, one line."""
    text = fold(text)
    if text.isprintable():
        return text  # nothing else is left that acts; private and unassigned characters are not printable either
    return "".join(c if is_plain(c) else "\N{REPLACEMENT CHARACTER}" for c in text)


def shorten(text: str, longest: int) -> str:
    """Return a text of `longest` characters at most, its end replaced by an ellipsis where it has more."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def short_line(text: str, longest: int) -> str:
    """Return scraped text as one safe line of `longest` characters at most."""
    return shorten(one_line(text), longest)


def is_plain(character: str) -> bool:
    """Return whether a character acts on nothing: no control, no direction mark, nothing unassigned."""
    category = unicodedata.category(character)
    if category == "Cf":
        return character in "\u200c\u200d"
    return category not in ("Cc", "Cs", "Co", "Cn", "Zl", "Zp")
