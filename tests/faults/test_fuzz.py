"""Pages from a fuzzer, and hostile ones: each has an outcome, within 2 s of CPU and a bound of memory.

300 pages in CI; by hand as many as you like, with the figures of docs/reliability.md at the end:

    SCHOLAR_ETL_FUZZ=10000 pytest -n 0 -s tests/faults/test_fuzz.py
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterator

import pytest
from fuzz_pages import PAGES
from hypothesis import HealthCheck, Phase, given, settings
from warden import Warden

from scholar_etl.model import Outcome

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="a bound of memory as the warden sets it is Linux's")

FUZZ = int(os.environ.get("SCHOLAR_ETL_FUZZ", "300"))


@pytest.fixture(scope="module")
def warden() -> Iterator[Warden]:
    """Run a warden for the pages of this module."""
    with Warden() as running:
        yield running


def test_any_page_has_an_outcome(warden: Warden) -> None:
    """Bytes of any kind, any markup in any encoding, and any real page spoilt are judged: no crash, hang or bloat."""
    outcomes: Counter[str] = Counter()

    @settings(max_examples=FUZZ, suppress_health_check=list(HealthCheck), phases=(Phase.generate, Phase.shrink))
    @given(PAGES)
    def read(page: bytes) -> None:
        outcomes[warden.read(page)] += 1

    read()
    assert outcomes.keys() <= {*Outcome}
    print(outcomes, warden.most)  # for docs/reliability.md


@pytest.mark.parametrize("page", [b"<meta charset=utf-32>a", b"<meta charset=utf-7>+2D0-"])
def test_an_encoding_that_cannot_be_has_an_outcome(page: bytes, warden: Warden) -> None:
    """A declared encoding that the bytes do not have, or that yields half a character, is no reason to stop."""
    assert warden.read(page) in {*Outcome}


def _hostile() -> dict[str, str]:
    head = "<h1>A</h1><p>h-index 1</p><p>9 citations</p><p>{0} papers</p><h2>{0} Papers</h2>"
    return {
        "nested": "<div>" * 100_000 + "h-index 1",
        "nested spans": "<span>" * 100_000 + "h-index 1",
        "nested lists": "<ul><li>h-index<li>1" * 20_000,
        "labels": "<p>h-index</p>" * 100_000,
        "labels with values": "<p>h-index 1</p><p>1 papers</p><p>1 citations</p>" * 20_000,
        "labels beside each other": head.format(1) + "<b>papers</b><i>5</i>" * 50_000,
        "headings": head.format(1) + "<h2>1 Papers</h2>" * 50_000,
        "dates": head.format(50_000) + "<p>May 30, 2022</p>" * 50_000,
        "dates in a row": head.format(20_000) + "<table><tr>" + "<td>May 30, 2022" * 20_000,
        "dates in different boxes": head.format(20_000) + "<div><p>AS May 30, 2022</p></div><p>x</p>" * 20_000,
        "papers": head.format(20_000) + "<div><p>AS May 30, 2022</p><b>x</b></div>" * 20_000,
        "one paragraph": head.format(1) + "<p>May 30, 2022<br>" * 1 + "word <br>" * 50_000,
        "commas": head.format(1) + "<div><p>AS May 30, 2022</p><h3>T</h3><p>" + "A, " * 100_000 + "</p></div>",
        "spaces": head.format(1) + "<div><p>AS May 30, 2022</p><h3>T</h3><p>A" + " " * 200_000 + "</p></div>",
        "text": "a" * 5_000_000,
        "open tags": "<" * 500_000,
        "attributes": "<p " + " ".join(f"a{n}=1" for n in range(100_000)) + ">h-index",
    }


@pytest.mark.parametrize("name", _hostile())
def test_hostile_pages_end(name: str, warden: Warden) -> None:
    """Nesting, and labels, dates or papers without number, have an outcome within the same bounds."""
    assert warden.read(_hostile()[name].encode()) in {*Outcome}
