"""What is done to scraped text, and what is left alone."""

from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scholar_etl.text import fold, normal_form, one_line


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("  a \t\n b\u00a0c ", "a b c"),
        ("soft\u00adhyphen zero\u200bwidth\ufeff", "softhyphen zerowidth"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("a\u3000b", "a b"),
        ("", ""),
    ],
)
def test_folding(text: str, folded: str) -> None:
    """White space of every kind becomes one space; zero-width marks go, but not those that spell words."""
    assert fold(text) == folded


@given(st.text())
def test_folding_equals_splitting_and_joining(text: str) -> None:
    """The short cut for plain text gives what the long way gives."""
    kept = "".join(c for c in text if c not in "\u200b\ufeff\u00ad\u2060")
    assert fold(text) == " ".join(kept.split())


@pytest.mark.parametrize("length", [1, 30, 300])
def test_all_white_space_is_folded_in_short_and_long_texts(length: int) -> None:
    """Whatever Python takes for white space is folded, and whatever has no width is dropped, wherever it stands."""
    for mark in filter(str.isspace, map(chr, range(sys.maxunicode + 1))):
        assert fold(f"{'a' * length}{mark}b{mark}") == f"{'a' * length} b"
    for mark in "\u200b\ufeff\u00ad\u2060":
        assert fold(f"{'a' * length}{mark}b{mark}") == f"{'a' * length}b"


@given(st.text())
def test_the_normal_form_is_composed(text: str) -> None:
    """The normal form is NFC and folded."""
    form = normal_form(text)
    assert unicodedata.is_normalized("NFC", form)
    assert fold(form) == form


@given(st.text())
def test_one_line_is_safe_to_print(text: str) -> None:
    """No control, escape or direction-changing character of a page reaches a terminal."""
    printed = one_line(f"\x1b[31m\u202e{text}\r\n")
    assert all(unicodedata.category(c) not in {"Cc", "Cs", "Zl", "Zp"} for c in printed)
    assert not set(printed) & set("\u202a\u202b\u202d\u202e\u2066\u2067\u2069")
