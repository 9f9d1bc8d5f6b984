"""Two wordings of a text as one."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scholar_etl.cli.worddiff import word_diff
from scholar_etl.text import shorten

WORDS = st.lists(st.sampled_from(["a", "b", "c", "the", "of", "deep", "net", "日本", "x-y"]), min_size=1, max_size=12)


def sides(line: str) -> tuple[str, str]:
    """Return what a marked line says that the old and the new text were."""
    old = re.sub(r"\{\+.*?\+\}", "", line)
    new = re.sub(r"\[-.*?-\]", "", line)
    return tuple(" ".join(re.sub(r"\[-|-\]|\{\+|\+\}", "", side).split()) for side in (old, new))  # type: ignore[return-value]


@given(WORDS, WORDS)
def test_both_texts_can_be_read_from_it(old: list[str], new: list[str]) -> None:
    """Without what came it is the old text, without what went the new one; equal texts have no marks."""
    line = word_diff(" ".join(old), " ".join(new)).plain
    if "…" not in line:
        assert sides(line) == (" ".join(old), " ".join(new))
    assert ("[-" in line or "{+" in line) == (old != new)


@pytest.mark.parametrize(
    ("old", "new", "shown"),
    [
        ("a deep net", "a wide net", "a [-deep-]{+wide+} net"),
        ("a net", "a deep net", "a {+deep+} net"),
        ("a deep net", "a net", "a [-deep-] net"),
        ("old", "new", "[-old-]{+new+}"),
        ("end", "end of it", "end {+of it+}"),
        (
            "one two three four five six seven eight nine ten",
            "one two three four five six seven eight NINE ten",
            "… three four five six seven eight [-nine-]{+NINE+} ten",
        ),
    ],
)
def test_what_it_looks_like(old: str, new: str, shown: str) -> None:
    """The words around a change stay, those far from it are left out."""
    assert word_diff(old, new).plain == shown


def test_a_long_text_stays_short() -> None:
    """What did not change is cut between changes too, and what did change is cut at its end."""
    words = [f"w{n}" for n in range(400)]
    changed = ["X" if n in (100, 300) else word for n, word in enumerate(words)]
    line = word_diff(" ".join(words), " ".join(changed)).plain
    assert line == (
        "… w94 w95 w96 w97 w98 w99 [-w100-]{+X+} w101 w102 w103 w104 w105 w106 … "
        "w294 w295 w296 w297 w298 w299 [-w300-]{+X+} w301 w302 w303 w304 w305 w306 …"
    )
    assert len(word_diff("a", " ".join(words)).plain) < 200


@pytest.mark.parametrize("place", [0, 3_000, 9_999])
def test_a_word_without_end(place: int) -> None:
    """Of two words of 10,000 characters the place where they part is shown."""
    old = "a" * 10_000
    line = word_diff(old, f"{old[:place]}B{old[place + 1 :]}").plain
    assert len(line) < 500
    assert "B" in line.partition("{+")[2]


def test_very_different_texts_take_no_time() -> None:
    """Texts of very many words are shown as one change, by their beginnings."""
    line = word_diff("a b " * 50_000 + "c", "b c " * 50_000 + "d").plain
    assert line.startswith("[-a b a b")
    assert len(line) < 500


def test_shorten() -> None:
    """An ellipsis counts as a character, and stands only where something was cut."""
    assert [shorten("abcd", n) for n in (5, 4, 3)] == ["abcd", "abcd", "ab…"]
