"""Where pages lie: readable where the key is, and never two at one place."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scholar_etl.report.render import author_path, tag_path

KEYS = st.one_of(st.text(max_size=60), st.from_regex(r"[A-Za-z0-9:_/. -]{0,50}", fullmatch=True))


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (author_path("scholarfeed:1001"), "author/scholarfeed-1001.html"),
        (tag_path("speech"), "tag/speech.html"),
        (tag_path("large-models"), "tag/large-models.html"),
        (tag_path("NLP")[:8], "tag/nlp_"),
        (tag_path("陈")[:5], "tag/_"),
        (tag_path("../../etc/passwd")[:15], "tag/etc-passwd_"),
    ],
)
def test_plain_keys_are_file_names(path: str, expected: str) -> None:
    """Others are what is plain in them, and a digest."""
    assert path == expected


@given(st.lists(KEYS, unique=True, min_size=2, max_size=30))
def test_no_two_keys_share_a_file(keys: list[str]) -> None:
    """Not even where a file system takes capitals for small letters; and none leaves its folder."""
    for place in (author_path, tag_path):
        paths = [place(key) for key in keys]
        assert len({path.casefold() for path in paths}) == len(keys)
        assert all(re.fullmatch(r"[a-z]+/[a-z0-9_-]+\.html", path) for path in paths)
        assert all(len(path) < 100 for path in paths)
