"""Whole pages kept beside what they say: a directory a case, under the name of the source.

A case is `page.html` and `expected.json`, the document that `extract` prints of the page when it is captured at
`CAPTURED_AT`. The expected document is written once and read by a person.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from scholar_etl.extract import extract_page
from scholar_etl.sources import SOURCES

CAPTURED_AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
CASES = sorted(path.parent for path in Path(__file__).parent.glob("*/*/page.html"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}/{case.name}")
def test_a_page_says_what_is_expected(case: Path) -> None:
    """The document equals the expected one, whatever version of the extractor wrote that."""
    expected = json.loads((case / "expected.json").read_text(encoding="utf-8"))
    url = "https://www.scholarfeed.org/author/1001"
    document = extract_page((case / "page.html").read_bytes(), case.parent.name, url, fetched_at=CAPTURED_AT).to_dict()
    for name in document.keys() - {"extractor_version"}:
        assert document[name] == expected[name], name


@pytest.mark.parametrize("source", SOURCES)
def test_every_source_has_cases(source: str) -> None:
    """A source without an example page does not pass."""
    assert any(case.parent.name == source for case in CASES)
