"""Selectors: cardinality is stated, and its breach is an error with a rule and counts."""

from __future__ import annotations

import pytest

from scholar_etl.sources.selectors import AmbiguousOnPageError, NotFoundOnPageError, many, maybe, one


def test_one_takes_the_only_candidate() -> None:
    """Equal candidates count once."""
    assert one(["a"], "name", "name_missing") == "a"
    assert one(["a", "a"], "name", "name_missing") == "a"


def test_one_refuses_none_and_two() -> None:
    """Absence carries the caller's rule, two different candidates are ambiguous and both named."""
    with pytest.raises(NotFoundOnPageError) as missing:
        one([], "name", "name_missing")
    assert (missing.value.rule, missing.value.detail) == ("name_missing", "no name on the page")
    with pytest.raises(AmbiguousOnPageError, match="2 different candidates for name: 'a', 'b'"):
        one(["a", "b"], "name", "name_missing")


def test_maybe_allows_absence_only() -> None:
    """None when there is none; two are still ambiguous."""
    assert maybe([], "field") is None
    assert maybe([1, 1], "field") == 1
    with pytest.raises(AmbiguousOnPageError):
        maybe([1, 2], "field")


def test_many_states_its_minimum() -> None:
    """As many as promised, or an error with both counts."""
    assert many(iter("ab"), "papers", "papers_missing", minimum=2) == ["a", "b"]
    with pytest.raises(NotFoundOnPageError, match="1 papers on the page, expected at least 2"):
        many("a", "papers", "papers_missing", minimum=2)
