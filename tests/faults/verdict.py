"""What a reading of a damaged page is worth, judged by the facts of the whole page and by the text that is left.

The yardstick is the text that a reader sees, white space aside. Where it is what it was, the reading must be the truth.
Where the damage has taken text away, moved or doubled it, the reading may lack what no longer stands where it stood,
and may repeat what the page repeats; but it says nothing that was not said of this author.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from selectolax.lexbor import LexborHTMLParser

from scholar_etl.model import METRIC_NAMES, Extraction, Paper, Profile

_NOT_SHOWN = "script, style, template, noscript, title, [hidden], .sr-only"
_ASIDE = "nav, aside, footer"
_EDGE = "\u241e"  # around what stands aside
_MOST_PIECES = 6
_MORE = re.compile(r"etal\.|\+5more")
_TWICE = re.compile(r"^(.+)\1$")
_CONTEXT = 6  # characters
_LABELS = {
    "h_index": "h-index",
    "paper_count": "papers",
    "citation_count": "citations",
    "novelty_pct": "Novelty",
    "ai_score": "AIScore",
}
_PRINTED = ("title", "category", "published_on", "has_code", "authors", "et_al", "affiliation", "abstract")


class Verdict(StrEnum):
    """What a reading is worth.

    `INCOMPLETE`: accepted and flagged so, every paper that it has is true. `AS_DAMAGED`: accepted, true but for what
    the damage itself took away, moved or doubled.
    """

    EXACT = "exact"
    HELD = "held"
    INCOMPLETE = "incomplete"
    AS_DAMAGED = "as damaged"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict; `faults` say what is wrong."""

    verdict: Verdict
    faults: tuple[str, ...] = ()


def judge(extraction: Extraction, truth: Profile, whole: bytes, damaged: bytes, *, links_hold: bool) -> Judgement:
    """Judge the reading of a damaged page.

    `truth` are the facts, normalised, of the page `whole` before the damage; `links_hold` tells that no title was led
    to another paper.
    """
    if extraction.profile is None:
        return Judgement(Verdict.HELD) if extraction.problems else Judgement(Verdict.WRONG, ("held without a reason",))
    reading = extraction.profile
    faults = list(_wrong_links(reading, truth)) if links_hold else []
    differences = list(_differences(reading, truth))
    if differences:
        before, after = shown(whole), shown(damaged)
        if before == after:
            faults += differences
        else:
            faults += [*_head_faults(reading, truth, before, after), *_listing_faults(reading, truth, before, after)]
    if faults:
        return Judgement(Verdict.WRONG, tuple(faults))
    if differences:
        return Judgement(Verdict.AS_DAMAGED)
    return Judgement(Verdict.EXACT if len(reading.papers) == len(truth.papers) else Verdict.INCOMPLETE)


def shown(page: bytes) -> str:
    """Return the text that a reader sees, without any white space; what stands aside has edges around it."""
    parser = LexborHTMLParser(page, encoding=True)
    for node in parser.css(_NOT_SHOWN):
        node.decompose()
    for node in parser.css(_ASIDE):
        node.insert_before(_EDGE)
        node.insert_after(_EDGE)
    return _squeeze(parser.body.text()) if parser.body is not None else ""


def _squeeze(text: str) -> str:
    return "".join(text.split())


def _differences(reading: Profile, truth: Profile) -> Iterator[str]:
    """Yield what is not as in the truth; a listing that says it is incomplete may lack papers, and ids may be gone."""
    for name in ("name", "field", "metrics"):
        if getattr(reading, name) != getattr(truth, name):
            yield f"{name} {getattr(reading, name)}"
    if reading.listing_complete and len(reading.papers) != len(truth.papers):
        yield f"{len(reading.papers)} papers make a complete listing"
    known = {paper.title: paper for paper in truth.papers}
    for paper in reading.papers:
        original = known.get(paper.title, _NO_PAPER)
        for name in _PRINTED:
            if getattr(paper, name) != getattr(original, name):
                yield f"{name} {getattr(paper, name)!r} of {original.title!r}"


_NO_PAPER = Paper(0, "no paper of the author")


def _wrong_links(reading: Profile, truth: Profile) -> Iterator[str]:
    ids = {paper.title: paper.arxiv_id for paper in truth.papers}
    for paper in reading.papers:
        if paper.arxiv_id not in (None, ids.get(paper.title)):
            yield f"{paper.title!r} is led to {paper.arxiv_id}"


def _stands(text: str, before: str, after: str) -> bool:
    """Tell whether a text of the whole page still stands where it stood: beside what was before or behind it."""
    for found in re.finditer(re.escape(text), before):
        start, end = found.span()
        if before[max(start - _CONTEXT, 0) : end] in after or before[start : end + _CONTEXT] in after:
            return True
    return False


# -- the head of the page -----------------------------------------------------------------------------------------


def _head_faults(reading: Profile, truth: Profile, before: str, after: str) -> Iterator[str]:
    if reading.name != truth.name:
        yield f"name {reading.name!r}"
    if reading.field not in (None, truth.field):
        yield f"field {reading.field!r}"
    was, now = (
        text.partition(_squeeze(reading.papers[0].title))[0] if reading.papers else text for text in (before, after)
    )
    for name in METRIC_NAMES:
        read, true = getattr(reading.metrics, name), getattr(truth.metrics, name)
        if read == true:
            continue
        if true is None:
            yield f"{name} {read}, which the page does not have"
            continue
        value = f"{true:,}{'%' if name == 'novelty_pct' else ''}"
        # Another metric may have the same value: what stands beside the label tells, where anything does.
        pairs = [f"{value}{_LABELS[name]}", f"{_LABELS[name]}:?{value}"]
        pairs = [pair for pair in pairs if re.search(pair, was)]
        is_gone = any(len(re.findall(pair, now)) < len(re.findall(pair, was)) for pair in pairs)
        if not pairs:
            is_gone = not _stands(value, was, now)
        if read is not None or not is_gone:
            yield f"{name} {read}, not {true}"
    if reading.listing_complete and {p.title for p in reading.papers} != {p.title for p in truth.papers}:
        yield "papers are gone from a listing that is taken to be complete"


# -- the papers ---------------------------------------------------------------------------------------------------


def _listing_faults(reading: Profile, truth: Profile, before: str, after: str) -> Iterator[str]:
    known = {paper.title: paper for paper in truth.papers}
    around_before = _surroundings(truth.papers, before)
    around_after = _surroundings(reading.papers, after)
    for paper in reading.papers:
        original = known.get(paper.title)
        if original is None:
            yield f"{paper.title!r} is no paper of the author"
        else:
            # Where the titles cannot be found one after the other, all of the page is around each.
            was, now = around_before.get(paper.title, (before,) * 2), around_after.get(paper.title, (after,) * 2)
            for fault in (
                *_line_faults(paper, original, was, now),
                *_affiliation_faults(paper, original, truth.papers, was, now),
                # Names and abstract stand below the title.
                *_text_faults(paper, original, truth.papers, was[1], now[1]),
            ):
                yield f"{fault}, of {paper.title!r}"


def _surroundings(papers: Sequence[Paper], text: str) -> dict[str, tuple[str, str]]:
    """Return by title what stands between it and its neighbours, above and below; {} when they cannot be found."""
    spans, at = [], 0
    for paper in papers:
        title = _squeeze(paper.title)
        start = text.find(title, at)
        if start < 0:
            return {}
        at = start + len(title)
        spans.append((start, at))
    # A footer at the page's end belongs to no paper.
    last = len(text.rsplit(_EDGE, 2)[0]) if text.endswith(_EDGE) else len(text)
    between = zip([0, *(end for _, end in spans)], [*(start for start, _ in spans), max(last, at)], strict=True)
    gaps = [text[end:start] for end, start in between]
    return {paper.title: gap for paper, gap in zip(papers, pairwise(gaps), strict=True)}


def _line_faults(paper: Paper, true: Paper, was: tuple[str, str], now: tuple[str, str]) -> Iterator[str]:
    """Yield what is wrong with the date line; `was` and `now` are the texts around before and after the damage."""
    if paper.published_on != true.published_on:
        yield f"date {paper.published_on}, not {true.published_on}"
    if paper.category != true.category and (paper.category or _stands(true.category or "", "".join(was), "".join(now))):
        yield f"category {paper.category}, not {true.category}"
    # A badge that has left the block above for this one, or the other way round, is counted once either way.
    if paper.has_code != true.has_code and all(
        a.count("Code") == b.count("Code") for a, b in zip(was, now, strict=True)
    ):
        yield f"code {paper.has_code}"


def _text_faults(paper: Paper, true: Paper, everyone: Sequence[Paper], was: str, now: str) -> Iterator[str]:
    if paper.et_al != true.et_al and len(_MORE.findall(now)) == len(_MORE.findall(was)):
        yield f"et al. {paper.et_al}"
    yield from _author_faults(paper, true, everyone, was, now)
    if paper.abstract != true.abstract:
        if not _is_made_of(_squeeze(paper.abstract or ""), true, everyone):
            yield f"abstract {paper.abstract!r}"
        elif (true.abstract or "") not in (paper.abstract or "") and _stands(_squeeze(true.abstract or ""), was, now):
            yield f"abstract cut to {paper.abstract!r}"


def _affiliation_faults(
    paper: Paper, true: Paper, everyone: Sequence[Paper], was: tuple[str, str], now: tuple[str, str]
) -> Iterator[str]:
    """Yield what is wrong with the affiliation, which stands below the title, or anywhere behind a label."""
    if paper.affiliation == true.affiliation:
        return
    if paper.affiliation is None:
        if _stands(_squeeze(true.affiliation or ""), was[1], now[1]):
            yield f"no affiliation, not {true.affiliation!r}"
        return
    known = {other.affiliation for other in everyone}
    if paper.affiliation not in known or _squeeze(paper.affiliation) not in "".join(now):
        yield f"affiliation {paper.affiliation!r}"


def _author_faults(paper: Paper, true: Paper, everyone: Sequence[Paper], was: str, now: str) -> Iterator[str]:
    names = {name for other in everyone for name in other.authors}
    # A doubled name runs together with itself.
    if any(_TWICE.sub(r"\1", name) not in names or _squeeze(name) not in now for name in paper.authors):
        yield f"authors {paper.authors}"
    line = re.compile(".{0,3}".join(re.escape(_squeeze(name)) for name in true.authors))
    if not set(true.authors) <= set(paper.authors) and len(line.findall(now)) >= len(line.findall(was)):
        yield f"authors {paper.authors}, and {true.authors} stand there"


def _is_made_of(text: str, original: Paper, everyone: Sequence[Paper]) -> bool:
    """Tell whether a text is nothing but whole abstracts of the author, and at its end the beginning of its own."""
    # The longest first: one abstract may be how another begins.
    pieces = sorted((_squeeze(paper.abstract) for paper in everyone if paper.abstract), key=len, reverse=True)
    own = _squeeze(original.abstract or "")
    for _ in range(_MOST_PIECES):
        if own.startswith(text):
            return True
        piece = next((piece for piece in pieces if text.startswith(piece)), None)
        if piece is None:
            return False
        text = text.removeprefix(piece)
    return False
