"""The markups of the bundled site: one Jinja2 template each, all showing the same facts in the same order.

| markup       | what is particular about it                                                               |
|--------------|-------------------------------------------------------------------------------------------|
| `cards`      | divs and spans, hashed class names, comments between text nodes, names in spans            |
| `list`       | ordered list of papers; metrics with the label first, label and value in one text node     |
| `definition` | metrics as one flat `dl`; papers as sections; category, date and badge in one text node    |
| `table`      | metrics as a header row and a value row; papers as rows, a column a field                  |
| `links`      | each paper is one big link holding spans and divs only                                     |
| `flat`       | no box around a paper: its paragraphs and heading are siblings of the next paper's         |
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from functools import cache
from typing import Any, NamedTuple

import jinja2

from scholar_etl.errors import UsageError
from scholar_etl.model import Metrics, Paper, Profile

MARKUPS: tuple[str, ...] = ("cards", "list", "definition", "table", "links", "flat")

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class Stat(NamedTuple):
    """One figure of the header; `label_first` tells in which order the real page shows the two."""

    label: str
    value: str
    label_first: bool


def render(profile: Profile, *, key: int, today: date, markup: str) -> bytes:
    """Return an author page as UTF-8. `today` decides which dates are shown without their year.

    A metric, heading or field that is None is left out. Raises `UsageError` for a markup that is none of
    `MARKUPS`.
    """
    if markup not in MARKUPS:
        raise UsageError(f"unknown markup {markup!r}: use one of {', '.join(MARKUPS)}")
    text = (
        _environment()
        .get_template(f"{markup}.html.j2")
        .render(
            profile=profile, stats=_stats(profile.metrics), papers=[_block(p, today) for p in profile.papers], key=key
        )
    )
    return text.encode()


def render_other(name: str, **values: str) -> bytes:
    """Return a page of the site that is no author page, by the name of its template."""
    return _environment().get_template(f"{name}.html.j2").render(values).encode()


def shown_date(published_on: date, today: date) -> str:
    """Return the date as the site writes it: `May 30, 2022`, in the current year `May 30`."""
    short = f"{_MONTHS[published_on.month - 1]} {published_on.day}"
    return short if published_on.year == today.year else f"{short}, {published_on.year}"


def _stats(metrics: Metrics) -> list[Stat]:
    shown = (
        ("h-index", metrics.h_index, "{:,}", True),
        ("papers", metrics.paper_count, "{:,}", False),
        ("citations", metrics.citation_count, "{:,}", False),
        ("Novelty", metrics.novelty_pct, "{}%", True),
        ("AI Score", metrics.ai_score, "{}", True),
    )
    return [Stat(label, form.format(value), first) for label, value, form, first in shown if value is not None]


def _block(paper: Paper, today: date) -> dict[str, Any]:
    """Return a paper as the templates read it: `date` as shown, `facts` the parts of its first line."""
    shown = paper.published_on and shown_date(paper.published_on, today)
    parts = (paper.category, shown, "Code" if paper.has_code else None)
    return asdict(paper) | {
        "date": shown,
        "facts": [part for part in parts if part],
        "href": f"/paper/{paper.arxiv_id}v1" if paper.arxiv_id else None,
        # A comma in a name can be told from one between names only where each name has a node of its own.
        "has_comma": any("," in name for name in paper.authors),
    }


@cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.PackageLoader("scholar_etl.demo.markups", "."),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
