"""Whole pages kept beside what they say: a directory a case, under the name of the source.

A case is `page.html`; `case.json`, where and when the page was captured, and whether a person has read the case; and
`expected.json`, the document that `extract` prints of it. `scholar-etl archive promote` writes one of a capture.
"""

from __future__ import annotations

import json
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from scholar_etl.extract import extract_page
from scholar_etl.sources import SOURCES

CASES = sorted(path.parent for path in Path(__file__).parent.glob("*/*/page.html"))
# extractor_version is that of whoever wrote the case: it may change and the page say the same.
FIELDS = ("source", "outcome", "author", "metrics", "listing_complete", "papers", "problems")


def load(case: Path, name: str) -> dict[str, Any]:
    """Return one of a case's documents."""
    document: dict[str, Any] = json.loads((case / f"{name}.json").read_text(encoding="utf-8"))
    return document


@cache
def extracted(case: Path) -> dict[str, Any]:
    """Return what the extractor makes of a case's page, as JSON has it."""
    facts = load(case, "case")
    extraction = extract_page(
        (case / "page.html").read_bytes(),
        facts["source"],
        facts["url"],
        fetched_at=datetime.fromisoformat(facts["fetched_at"]),
    )
    document: dict[str, Any] = json.loads(json.dumps(extraction.to_dict()))
    return document


@pytest.mark.parametrize("name", FIELDS)
@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}/{case.name}")
def test_a_page_says_what_is_expected(case: Path, name: str) -> None:
    """Field by field, what the page says equals what a person has read."""
    assert extracted(case)[name] == load(case, "expected")[name]
    assert load(case, "expected").keys() == {*FIELDS, "extractor_version"}


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}/{case.name}")
def test_a_person_has_read_the_case(case: Path) -> None:
    """An expected document that nobody compared with the page proves nothing: `is_read` in case.json says who did."""
    assert load(case, "case")["is_read"] is True, f"compare page.html with expected.json, then set is_read in {case}"


@pytest.mark.parametrize("source", SOURCES)
def test_every_source_has_cases(source: str) -> None:
    """A source without an example page does not pass."""
    assert any(case.parent.name == source for case in CASES)
