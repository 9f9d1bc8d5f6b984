"""The source that docs/adding-a-source.md builds is a source: it reads its pages, and holds what it cannot read."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import Path
from types import ModuleType

import pytest

from scholar_etl.extract import extract_page
from scholar_etl.model import Extraction, Metrics, Outcome, Paper, Profile
from scholar_etl.normalise import normalise_profile
from scholar_etl.sources import SOURCES, Source

_PAGE = """\
<!doctype html><title>Ada Lovelace - Papertrail</title><body><nav><a href="/">Papertrail</a></nav>
<h1>Ada Lovelace</h1><ul><li>h-index: 12</li><li>Citations: 1,024</li></ul>
<h2>2 publications</h2><div>
<div><h3>Notes on an Engine</h3><p>May 30, 2022</p></div>
<div><h3>On Numbers</h3><p>Feb 3</p></div>
</div></body>"""


@pytest.fixture(autouse=True)
def papertrail(monkeypatch: pytest.MonkeyPatch) -> Source:
    """Add the source to those known, from the two pieces of code on the page."""
    text = (Path(__file__).parents[2] / "docs" / "adding-a-source.md").read_text(encoding="utf-8")
    code, entry = re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)
    module = ModuleType("papertrail")
    exec(compile(code, "docs/adding-a-source.md", "exec"), module.__dict__)  # noqa: S102 - the page's own code
    source: Source = eval(f"{{{entry}}}", {"Source": Source, "papertrail": module})["papertrail"]  # noqa: S307
    monkeypatch.setitem(SOURCES, "papertrail", source)
    return source


def _extract(page: str) -> Extraction:
    return extract_page(page.encode(), "papertrail", fetched_at=datetime(2026, 11, 22, 12, tzinfo=UTC))


def test_its_page_is_read() -> None:
    """Name, metrics and papers come out as they stand on the page, the year that is left out found."""
    papers = (
        Paper(1, "Notes on an Engine", published_on=date(2022, 5, 30)),
        Paper(2, "On Numbers", published_on=date(2026, 2, 3)),
    )
    profile = Profile("Ada Lovelace", None, Metrics(12, 2, 1024), papers, heading_count=2, listing_complete=True)
    assert _extract(_PAGE).profile == normalise_profile(profile)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("1,024", "about a thousand"),
        ("1,024", "1.2K"),
        ("<li>Citations: 1,024</li>", ""),
        ("h-index: 12", "h-index: 12</li><li>h-index: 13"),
        ("<h1>Ada Lovelace</h1>", ""),
        ("2 publications", "Publications"),
        ("<h3>On Numbers</h3>", ""),
        ("<h3>On Numbers</h3>", "<h3>On Numbers</h3><h3>On Letters</h3>"),
        ("<div><h3>On Numbers</h3><p>Feb 3</p></div>\n</div></body>", ""),
    ],
)
def test_what_it_cannot_read_is_held(old: str, new: str) -> None:
    """No exact number, nothing where something must be, two where one must be, a page cut short: held with a reason."""
    assert old in _PAGE
    extraction = _extract(_PAGE.replace(old, new))
    assert extraction.outcome is Outcome.QUARANTINED
    assert extraction.problems


def test_a_page_without_a_profile_is_judged() -> None:
    """What shows nothing of a profile is told by its words."""
    assert _extract("<h1>This person does not exist</h1>").outcome is Outcome.NOT_FOUND


def test_its_addresses_name_its_authors(papertrail: Source) -> None:
    """An address and a key lead to each other."""
    url = papertrail.author_url("https://papertrail.example", "ada-lovelace")
    match = re.fullmatch(papertrail.url_pattern, url)
    assert match is not None
    assert (match["key"], papertrail.key_in(url)) == ("ada-lovelace", "ada-lovelace")
