"""Text as hostile as a site can show it, and a page of an author who is called so: for tests of every output."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from scholar_etl.model import Metrics, Observation, Paper, Profile

FIRST = datetime(2026, 3, 1, 5, tzinfo=UTC)

HOSTILE = {
    "script": "</script><script>alert(1)</script>",
    "image": '"><img src=x onerror=alert(1)>',
    "link": "[click](javascript:alert(1))",
    "template": "{{ 7*7 }} {% raw %} ${x}",
    "escape": "\x1b[31mred\x1b]0;title\x07\x1b[2J",
    "c1": "\x9b31m\x85next\x90dcs",
    "bidi": "abc\u202etxt.exe\u2066x\u2069\u200f\u061c",
    "lines": "one\ntwo\r\nthree\u2028four\u2029five\x0b\x0c",
    "zero width": "a\u200bb\ufeffc\u00adx",
    "null": "a\x00b",
    "long word": "w" * 10_000,
    "long wide word": "陈" * 10_000,
    "many words": "very " * 10_000,
    "formula": "=cmd|'/c calc'!A1",
    "formula at": "@SUM(1)",
    "formula plus": "+1",
    "formula minus": "-1",
    "formula tab": "\t=1",
    "markdown": "a|b `code` *x* _y_ \\| | end",
    "rich": "[bold red]not markup[/] :smile: [link=x]y[/link]",
    "marks": "[-not gone-]{+not come+}",
    "persian": "می\u200cخواهم",
    "nothing": " ",
}
ACTIVE = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)


def observation(day: int, text: str) -> Observation:
    """Return a page on which all that is scraped is the text; from one day to the next every field changes."""
    last = f"{text} {day}"
    corrected = Paper(
        1, f"{last} seen", paper_id="arxiv:1", category=last, published_on=date(2026, 1, 1 + day), has_code=day > 0,
        authors=(text, last), affiliation=last if day else None, abstract=f"{text} of Ada, {day}, {text}",
    )  # fmt: skip
    only = Paper(2, text, paper_id=f"arxiv:{2 + day}", category="CL", authors=(text,))
    return Observation(
        "s:1",
        FIRST + timedelta(days=day),
        Profile(text, metrics=Metrics(h_index=7 + day), papers=(corrected, only), listing_complete=True),
        str(UUID(int=1 + day)),
        "run",
        1,
        "s",
        "https://example.org/author/1",
    )
