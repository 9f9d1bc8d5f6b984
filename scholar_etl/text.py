"""What may be done to scraped text without changing what it says."""

from __future__ import annotations

import unicodedata

# Not U+200C and U+200D: Persian and Indic scripts and emoji are spelt with them.
_ZERO_WIDTH = dict.fromkeys((0x200B, 0xFEFF, 0x00AD, 0x2060))

# What is to fold in ASCII. To look for each takes a fraction of the time that one look at every character takes.
_ASCII_WHITE = ("\n", "  ", "\t", "\r", "\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x1f")


def fold(text: str) -> str:
    """Fold every run of white space (no-break spaces too) to one space, and drop zero-width marks."""
    if text.isascii():
        for white in _ASCII_WHITE:
            if white in text:
                return " ".join(text.split())
        return text.strip(" ")
    if "  " not in text and text.isprintable():
        return text.strip(" ")  # all that is left to fold: other white space and zero-width marks are not printable
    if "\u200b" in text or "\ufeff" in text or "\u00ad" in text or "\u2060" in text:
        text = text.translate(_ZERO_WIDTH)
    return " ".join(text.split())


def normal_form(text: str) -> str:
    """Return the text folded and in Unicode NFC, the form in which two spellings of one text are equal."""
    return fold(text if text.isascii() else unicodedata.normalize("NFC", text))


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
