"""The rules that a page must keep before its facts may become history. Rules are data: one place, each with its reason.

A hard rule refuses the page, a soft rule accepts and flags it. All of them judge one page alone; the one that needs the
author's past is `collapse.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from scholar_etl.model import METRIC_NAMES, Problem, Profile, Severity

_LONGEST_AFFILIATION = 100
_LABELS = frozenset(("h-index", "papers", "citations", "novelty", "ai score", "abstract", "code", "et al."))
_FIRST_DAY = date(1990, 1, 1)  # arXiv opened in 1991


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `find` yields a detail for each breach of it."""

    name: str
    severity: Severity
    reason: str
    find: Callable[[Profile, datetime], Iterator[str]]


def check(profile: Profile, fetched_at: datetime) -> list[Problem]:
    """Return every breach of every rule, hard ones first. `fetched_at` is the capture's moment, aware, in UTC."""
    problems = [
        Problem(rule.name, rule.severity, detail) for rule in RULES for detail in rule.find(profile, fetched_at)
    ]
    return sorted(problems, key=lambda problem: problem.severity is not Severity.ERROR)


def _name(profile: Profile, _: datetime) -> Iterator[str]:
    if not profile.name or len(profile.name) > 300:
        yield f"the author's name is {profile.name[:40]!r}"


def _has_letters(text: str) -> bool:
    return any(map(str.isalpha, text))


def _name_form(profile: Profile, _: datetime) -> Iterator[str]:
    if profile.name and not _has_letters(profile.name):
        yield f"the author's name is {profile.name[:40]!r}"


def _core_metrics(profile: Profile, _: datetime) -> Iterator[str]:
    if profile.metrics.paper_count is None and profile.heading_count is None:
        yield "neither the metrics nor the heading say how many papers there are"


def _ranges(profile: Profile, _: datetime) -> Iterator[str]:
    limits = {
        "h_index": 1_000,
        "paper_count": 20_000,
        "citation_count": 20_000_000,
        "novelty_pct": 100,
        "ai_score": 100,
    }
    for name, limit in limits.items():
        value = getattr(profile.metrics, name)
        if value is not None and not 0 <= value <= limit:
            yield f"{name} is {value}, expected 0 to {limit}"


def _counts(profile: Profile, _: datetime) -> Iterator[str]:
    shown, announced, listed = profile.metrics.paper_count, profile.heading_count, len(profile.papers)
    if shown is not None and announced is not None and shown != announced:
        yield f"the metrics say {shown} papers, the heading says {announced}"
    if announced is not None and listed > announced:
        yield f"{listed} papers are listed under a heading that announces {announced}"


def _listing_read(profile: Profile, _: datetime) -> Iterator[str]:
    if profile.heading_count and not profile.papers:
        yield f"the heading announces {profile.heading_count} papers and none was found below it"


def _dates(profile: Profile, fetched_at: datetime) -> Iterator[str]:
    # A page may be rendered in a zone ahead of UTC, where tomorrow has begun.
    latest = fetched_at.date() + timedelta(days=1)
    for paper in profile.papers:
        if paper.published_on is None:
            yield f"paper {paper.position} has no date"
        elif not _FIRST_DAY <= paper.published_on <= latest:
            yield f"paper {paper.position} is dated {paper.published_on}, expected {_FIRST_DAY} to {latest}"


def _titles(profile: Profile, _: datetime) -> Iterator[str]:
    for paper in profile.papers:
        if not paper.title or len(paper.title) > 1_000:
            yield f"the title of paper {paper.position} has {len(paper.title)} characters"


def _author_forms(profile: Profile, _: datetime) -> Iterator[str]:
    for paper in profile.papers:
        for name in paper.authors:
            half = len(name) // 2
            if not _has_letters(name) or (" " in name[:half] and name == name[:half] * 2):
                yield f"an author of paper {paper.position} is {name[:60]!r}"


def _affiliation_forms(profile: Profile, _: datetime) -> Iterator[str]:
    for paper in profile.papers:
        tag = paper.affiliation
        if tag is None:
            continue
        if len(tag) > _LONGEST_AFFILIATION or not _has_letters(tag) or tag.casefold() in _LABELS:
            yield f"the affiliation of paper {paper.position} is {tag[:60]!r}"


def _abstract_beginnings(profile: Profile, _: datetime) -> Iterator[str]:
    for paper in profile.papers:
        if paper.abstract and paper.abstract[0] in ",;·|•)":
            yield f"the abstract of paper {paper.position} begins with {paper.abstract[:40]!r}"


def _bare_titles(profile: Profile, _: datetime) -> Iterator[str]:
    is_usual = len(profile.papers) > 1 and not any(paper.authors or paper.abstract for paper in profile.papers)
    for paper in () if is_usual else profile.papers:
        if not paper.authors and not paper.abstract:
            yield f"paper {paper.position} has neither authors nor an abstract"


def _abstracts(profile: Profile, _: datetime) -> Iterator[str]:
    for paper in profile.papers:
        if paper.abstract is not None and len(paper.abstract) > 20_000:
            yield f"the abstract of paper {paper.position} has {len(paper.abstract)} characters"


def _repeats(profile: Profile, _: datetime) -> Iterator[str]:
    seen: dict[str, int] = {}
    for paper in profile.papers:
        first = seen.setdefault(paper.paper_id, paper.position)
        if first != paper.position:
            yield f"papers {first} and {paper.position} are the same ({paper.paper_id})"


def _incomplete(profile: Profile, _: datetime) -> Iterator[str]:
    if profile.papers and not profile.listing_complete:
        yield f"{len(profile.papers)} of {profile.heading_count} papers are listed: absence means nothing here"


def _missing(profile: Profile, _: datetime) -> Iterator[str]:
    for name in METRIC_NAMES:
        if getattr(profile.metrics, name) is None:
            yield f"the page shows no {name}"


def _h_index_papers(profile: Profile, _: datetime) -> Iterator[str]:
    h_index, papers = profile.metrics.h_index, profile.metrics.paper_count
    if h_index is not None and papers is not None and h_index > papers:
        yield f"h-index {h_index} exceeds the {papers} papers that the site knows"


def _h_index_citations(profile: Profile, _: datetime) -> Iterator[str]:
    h_index, citations = profile.metrics.h_index, profile.metrics.citation_count
    if h_index is not None and citations is not None and h_index * h_index > citations:
        yield f"h-index {h_index} needs {h_index * h_index} citations, the page shows {citations}"


def _owner_named(profile: Profile, _: datetime) -> Iterator[str]:
    if profile.papers and not any(profile.name in paper.authors for paper in profile.papers):
        yield f"{profile.name!r} is named as an author of none of the {len(profile.papers)} papers"


_HARD, _SOFT = Severity.ERROR, Severity.WARNING

RULES: tuple[Rule, ...] = (
    Rule("name_missing", _HARD, "Without a name nobody can tell whose page it is.", _name),
    Rule("name_form", _HARD, "A name has letters.", _name_form),
    Rule("paper_count_missing", _HARD, "A profile says how many papers it has.", _core_metrics),
    Rule("out_of_range", _HARD, "No researcher reaches these: something else was read.", _ranges),
    Rule(
        "counts_disagree",
        _HARD,
        "The page says the number of papers twice; one of the two was misread.",
        _counts,
    ),
    Rule(
        "listing_unread",
        _HARD,
        "Papers are announced, so their blocks have a form we do not know.",
        _listing_read,
    ),
    Rule("date_out_of_range", _HARD, "A paper of the future, or from before arXiv: misread.", _dates),
    Rule("title_length", _HARD, "A title is a line: something else was read.", _titles),
    Rule("abstract_length", _HARD, "An abstract is a page at most: blocks ran together.", _abstracts),
    Rule("author_form", _HARD, "A name has letters, and is said once.", _author_forms),
    Rule("affiliation_form", _HARD, "A tag has letters and is short: something else was read.", _affiliation_forms),
    Rule("abstract_form", _HARD, "A line was cut in two, and the rest taken for prose.", _abstract_beginnings),
    Rule("block_bare", _SOFT, "Perhaps the rest of the block has fallen out of it.", _bare_titles),
    Rule("paper_listed_twice", _HARD, "One paper has one place in a listing.", _repeats),
    Rule(
        "listing_incomplete",
        _SOFT,
        "A part of the listing was sent: it adds papers and removes none.",
        _incomplete,
    ),
    Rule("value_missing", _SOFT, "The site has no value for some authors.", _missing),
    Rule("owner_not_named", _SOFT, "Behind 'et al.', or under another spelling; else a list of another.", _owner_named),
    Rule("h_index_above_papers", _SOFT, "The site knows only a part of an author's work.", _h_index_papers),
    Rule(
        "h_index_above_citations",
        _SOFT,
        "h papers with h citations each make at least h*h.",
        _h_index_citations,
    ),
)
