"""Scholar Feed, www.scholarfeed.org/author/<integer>: an author's metrics and papers, rendered on the server.

The page as a reader sees it, from top to bottom: the author's name; the code of the primary field (CL); h-index,
papers, citations, Novelty (per cent), AI Score; the heading "N Papers"; then one block a paper, in the site's own
ranking: category code, date (the year left out in its own year), a Code badge where code is known; the title, linked
to /paper/<arXiv id>; up to three authors, "et al." when there are more, and the tag of an affiliation where one is
known; the abstract. The owner of the page may not be among the three. The site writes "1 papers".

What is known of it: the text of three such pages, never the markup. So nothing here depends on classes or tags.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from scholar_etl.arxiv import is_known_code
from scholar_etl.model import METRIC_NAMES, Metrics, Outcome, Paper, Problem, Profile, Severity
from scholar_etl.sources import blocks as listing
from scholar_etl.sources import labelled
from scholar_etl.sources.blocks import Block, Unit
from scholar_etl.sources.dom import HEADINGS, Element, Page, Text, parse_page
from scholar_etl.sources.judge import judge_page
from scholar_etl.sources.labelled import Group, LabelReader, Mention
from scholar_etl.sources.selectors import AmbiguousOnPageError, NotFoundOnPageError, maybe, one
from scholar_etl.sources.values import (
    DATE,
    ValueRoundedError,
    ValueUnreadableError,
    parse_count,
    parse_date,
    parse_pct,
)
from scholar_etl.text import fold

EXTRACTOR_VERSION = 1

_LABELS = LabelReader(
    {
        "h_index": r"h[-‐‑–\s]?index",
        "paper_count": r"papers?",
        "citation_count": r"citations?",
        "novelty_pct": r"novelty",
        "ai_score": r"ai[-\s]?score",
    }
)
_CORE = ("h_index", "citation_count", "paper_count")
_HEADING = re.compile(r"(\d[\d,]*)\s?papers?|papers?\s?\(?(\d[\d,]*)\)?", re.IGNORECASE)
_CODE = r"(?:[a-z]+(?:-[a-z]+)?\.)?[A-Z]{2}|[a-z]+-[a-z]+"
_SEPARATOR = r"\s?[·•|,/–—-]?\s?"
_ISO = r"\d{4}-\d{2}-\d{2}"
_META = re.compile(rf"(?:(?P<category>{_CODE}){_SEPARATOR})?(?P<date>{DATE}|{_ISO})(?:{_SEPARATOR}(?P<badge>Code))?")
_BADGE = re.compile(r"code", re.IGNORECASE)
_RANK = re.compile(r"(?:#|No\.\s?)?\d{1,4}[.)]?|[·•|,/–—-]")
# The words of buttons and field names that stand in blocks beside what we read.
_FURNITURE = frozenset(
    [
        "save",
        "saved",
        "cite",
        "share",
        "pdf",
        "arxiv",
        "bookmark",
        "view",
        "details",
        "bibtex",
        "abstract",
        "authors",
        "author",
        "title",
        "published",
        "category",
        "date",
        "affiliation",
        "similar",
        "summary",
    ]
) | {"read more", "show more", "read paper", "published on"}
_ET_AL = re.compile(r"[,\s]*\bet\.? al\b\.?", re.IGNORECASE)
_AFFILIATION = re.compile(r"[·•|]\s?(?P<spaced>\S[^·]*)|(?P<tag>[a-z0-9]+(?:-[a-z0-9]+)*)")
_NAME_SUFFIX = re.compile(r"(?:Jr|Sr|II|III|IV|Ph\.?D|M\.?D)\.?")
_ARXIV_LINK = re.compile(r"/(?:paper|abs)/(?P<id>\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7})(?:v\d+)?/?")
_AUTHOR_LINK = re.compile(r"/author/(\d+)")
_LONGEST_NAME = 100


def read_page(body: bytes, url: str | None, fetched_at: datetime) -> tuple[Outcome, Profile | None, list[Problem]]:
    """Read one author page. The profile's texts are as printed; `fetched_at` resolves dates without a year."""
    page = parse_page(body)
    mentions = _LABELS.mentions(page.texts)
    names = {mention.name for mention in mentions}
    if not names & {"h_index", "citation_count", "novelty_pct", "ai_score"} or (
        len(names) < 2 and _headings(page) == []
    ):
        outcome, why = judge_page(page)
        return outcome, None, [Problem(outcome.value, Severity.ERROR, why)]
    problems: list[Problem] = []
    try:
        profile = _read_profile(page, mentions, url, fetched_at, problems)
    except NotFoundOnPageError as error:
        problems.append(Problem(error.rule, Severity.ERROR, error.detail))
        return Outcome.QUARANTINED, None, problems
    return Outcome.ACCEPTED, profile, problems


def _read_profile(
    page: Page, mentions: Sequence[Mention], url: str | None, fetched_at: datetime, problems: list[Problem]
) -> Profile:
    candidates = labelled.find_groups(mentions, page.texts, _CORE)
    if not candidates:
        missing = [name for name in _CORE if name not in {m.name for m in mentions}]
        raise NotFoundOnPageError(
            "metrics_missing", f"no {', '.join(missing) or 'group of metrics'} among the author's metrics"
        )
    group = _own_group(candidates, page, url)
    metrics = _read_metrics(group, page, problems)
    heading, announced = _find_heading(page, group, metrics)
    papers = _read_papers(page, heading, announced, fetched_at)
    name = _find_name(page, group)
    if page.title and fold(name.text).casefold() not in page.title.casefold():
        problems.append(Problem("name_not_in_title", Severity.WARNING, f"{name.text!r} is not in {page.title!r}"))
    return Profile(
        name=name.text,
        field=_find_field(page, name, heading),
        metrics=metrics,
        papers=tuple(papers),
        heading_count=announced,
        listing_complete=len(papers) == announced,
    )


# -- the metrics --------------------------------------------------------------------------------------------------


def _own_group(candidates: list[Group], page: Page, url: str | None) -> Group:
    """Return the group of metrics that is the author's own, not a co-author's or a similar author's."""
    own_key = _AUTHOR_LINK.search(url or "")
    own = [g for g in candidates if not _belongs_to_another(g, own_key[1] if own_key else None)]
    richest = max((len(g.mentions) for g in own), default=0)
    own = [g for g in own if len(g.mentions) == richest]
    if len(own) > 1:
        readings = [tuple(sorted(labelled.read_group(g, page.texts).values.items())) for g in own]
        one(readings, "the author's metrics", "metrics_missing")
    if not own:
        raise NotFoundOnPageError("metrics_missing", "every group of metrics on the page belongs to another author")
    return own[0]


def _belongs_to_another(group: Group, own_key: str | None) -> bool:
    inside = [e for e in group.element.elements() if group.first <= e.first and e.last <= group.last]
    for element in (*inside, *group.element.ancestors()):
        match = _AUTHOR_LINK.search(element.attributes.get("href") or "") if element.tag == "a" else None
        if match and match[1] != own_key:
            return True
    return False


def _read_metrics(group: Group, page: Page, problems: list[Problem]) -> Metrics:
    reading = labelled.read_group(group, page.texts)
    missing = [name for name in METRIC_NAMES if name not in reading.values]
    if missing and reading.unread:
        raise NotFoundOnPageError(
            "unread_number", f"no {missing[0]} found, but {reading.unread[0]!r} stands among the metrics"
        )
    values: dict[str, int | None] = {}
    for name, text in reading.values.items():
        try:
            if text.endswith("%") and name != "novelty_pct":
                raise ValueUnreadableError(text)
            values[name] = parse_pct(text) if name == "novelty_pct" else parse_count(text)
        except ValueRoundedError:
            problems.append(
                Problem("rounded_value", Severity.WARNING, f"{name} is shown as {text!r}: not stored as exact")
            )
        except ValueUnreadableError:
            raise NotFoundOnPageError("unreadable_value", f"{name} is shown as {text!r}") from None
    return Metrics(**values)


# -- the heading, the name, the field -----------------------------------------------------------------------------


def _headings(page: Page) -> list[tuple[Text, int]]:
    """Return the texts that could be the heading "N Papers", with their N."""
    found = []
    for text in page.texts:
        match = _HEADING.fullmatch(text.text)
        if match is None and text.number + 1 < len(page.texts):
            # "<h2><b>29</b> <i>Papers</i></h2>": the heading as a whole says it.
            whole = next((e for e in (text.element, *text.element.ancestors()) if e.tag in HEADINGS), None)
            if whole is not None and whole.first == text.number and whole.last - whole.first > 1:
                match = _HEADING.fullmatch(whole.text())
        if match:
            found.append((text, int((match[1] or match[2]).replace(",", ""))))
    return found


def _find_heading(page: Page, group: Group, metrics: Metrics) -> tuple[Text, int]:
    outside = [(text, n) for text, n in _headings(page) if not group.holds(text.number)]
    after = [(text, n) for text, n in outside if text.number >= group.last]
    agreeing = [(text, n) for text, n in after if n == metrics.paper_count]
    if agreeing:
        return agreeing[0]
    if after:
        return after[0]
    raise NotFoundOnPageError("heading_missing", "no heading 'N Papers' below the author's metrics")


def _find_name(page: Page, group: Group) -> Text:
    before = [t for t in page.texts[: group.first] if not _is_in(t, ("nav", "footer", "aside"))]
    inside = [t for t in page.texts[group.first : group.last] if _enclosing(t, HEADINGS)]
    headed = [t for t in before if _enclosing(t, HEADINGS)]
    for candidates in ([t for t in headed if _enclosing(t, ("h1",))], headed, inside):
        if candidates:
            return candidates[-1]
    plain = [t for t in before if not _is_code(t.text)]
    if not plain:
        raise NotFoundOnPageError("name_missing", "no author's name above the metrics")
    return plain[-1]


def _find_field(page: Page, name: Text, heading: Text) -> str | None:
    """Return the author's primary field: the one category code between the name and the listing."""
    codes = [
        t.text for t in page.texts[name.number + 1 : heading.number] if _is_code(t.text) and not _is_in(t, ("nav",))
    ]
    return maybe(codes, "the author's field")


def _is_code(text: str) -> bool:
    return is_known_code(text) or bool(re.fullmatch(r"[A-Z]{2,3}", text))


def _enclosing(text: Text, tags: Iterable[str]) -> Element | None:
    return next((e for e in (text.element, *text.element.ancestors()) if e.tag in tags), None)


def _is_in(text: Text, tags: Iterable[str]) -> bool:
    return _enclosing(text, tags) is not None


# -- the papers ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Reading:
    """A block as read, with the places its fields stood at, for comparison with its siblings."""

    paper: Paper
    title_path: str
    other_paths: tuple[str, ...]


def _read_papers(page: Page, heading: Text, announced: int, fetched_at: datetime) -> list[Paper]:
    anchors = [n for n in range(len(page.texts)) if _is_anchor(page.texts, n, fetched_at)]
    found = listing.find_blocks(
        page.texts, anchors, heading=heading, announced=announced, is_meta=lambda text: _is_line_part(text)
    )
    readings = [_read_block(page, block, position, fetched_at) for position, block in enumerate(found, start=1)]
    if readings:
        usual_title = Counter(r.title_path for r in readings).most_common(1)[0][0]
        usual_paths = {p for r in readings for p in r.other_paths if _is_usual(p, readings)}
        for reading in readings:
            strange = reading.title_path != usual_title or not usual_paths.issuperset(reading.other_paths)
            if strange:
                raise AmbiguousOnPageError(
                    "odd_block",
                    f"paper {reading.paper.position} ({reading.paper.title[:60]!r}) is built unlike the others",
                )
    return [reading.paper for reading in readings]


def _is_usual(path: str, readings: Sequence[_Reading]) -> bool:
    return sum(path in r.other_paths for r in readings) * 3 >= len(readings)


def _is_anchor(texts: Sequence[Text], number: int, fetched_at: datetime) -> bool:
    """Tell whether a text is a block's date: it stands with a category code, in one text or beside it."""
    text = texts[number].text
    if len(text) > 60:
        return False
    match = _META.fullmatch(text)
    if match is None or parse_date(match["date"], fetched_at) is None:
        return False
    if match["category"]:
        return _is_code(match["category"])
    before = texts[number - 1].text if number else ""
    after = texts[number + 1].text if number + 1 < len(texts) else ""
    return _is_code(before) or _is_code(after)


def _is_line_part(text: str) -> bool:
    return bool(_META.fullmatch(text) or _is_code(text) or _BADGE.fullmatch(text) or _RANK.fullmatch(text))


def _read_block(page: Page, block: Block, position: int, fetched_at: datetime) -> _Reading:
    line = _line_of(page.texts, block)
    anchor = _META.fullmatch(page.texts[block.anchor].text)
    assert anchor is not None  # noqa: S101 - it is what made the text an anchor
    codes = [page.texts[n].text for n in line if _is_code(page.texts[n].text)]
    category = anchor["category"] or one(codes, f"category of paper {position}", "category_missing")
    has_code = bool(anchor["badge"]) or any(_BADGE.fullmatch(page.texts[n].text) for n in line)
    found = listing.units(block, page.texts, lambda text: text.number in line or _is_furniture(text))
    if not found:
        raise NotFoundOnPageError("title_missing", f"paper {position} has a date and nothing else")
    title, rest = found[0], found[1:]
    authors, et_al, affiliation, abstract = _split_rest(rest, position)
    return _Reading(
        paper=Paper(
            position=position,
            title=title.text,
            category=category,
            published_on=parse_date(anchor["date"], fetched_at),
            has_code=has_code,
            authors=authors,
            et_al=et_al,
            affiliation=affiliation,
            abstract=" ".join(unit.text for unit in abstract) or None,
            arxiv_id=_arxiv_id(block, title),
        ),
        title_path=title.path,
        other_paths=tuple(dict.fromkeys(unit.path for unit in rest)),
    )


def _line_of(texts: Sequence[Text], block: Block) -> set[int]:
    """Return the numbers of the texts of the block's date line: the date and its neighbours of that kind."""
    line = {block.anchor}
    for step in (-1, 1):
        number = block.anchor + step
        while block.first <= number < block.last and (
            _is_line_part(texts[number].text) or texts[number].text.casefold() in _FURNITURE
        ):
            line.add(number)
            number += step
    return line


def _is_furniture(text: Text) -> bool:
    return text.text.rstrip(": ").casefold() in _FURNITURE or bool(_RANK.fullmatch(text.text))


def _split_rest(rest: Sequence[Unit], position: int) -> tuple[tuple[str, ...], bool, str | None, Sequence[Unit]]:
    """Split what follows the title into authors, "et al.", affiliation and the abstract's paragraphs."""
    if not rest or not _is_names(rest[0]):
        return (), False, None, rest
    authors, et_al, affiliation = _read_names(rest[0])
    abstract = list(rest[1:])
    if et_al and len(authors) != 3:
        raise AmbiguousOnPageError(
            "authors_unclear", f"paper {position} shows {len(authors)} names before 'et al.', expected 3"
        )
    if abstract and affiliation is None:
        tag = _AFFILIATION.fullmatch(abstract[0].text)
        if tag:
            affiliation = fold(tag["spaced"] or tag["tag"])
            abstract = abstract[1:]
    return authors, et_al, affiliation, abstract


def _is_names(unit: Unit) -> bool:
    text = unit.text
    if len(text) > 400:
        return False
    if _ET_AL.search(text):
        return True
    names = re.split(r"[·•|]", text)[0].split(",")
    return len(names) <= 5 and all(0 < len(n.strip()) <= _LONGEST_NAME for n in names) and len(text) <= 240


def _read_names(unit: Unit) -> tuple[tuple[str, ...], bool, str | None]:
    pieces = [piece for text in unit.texts for piece in _pieces(text)]
    names: list[str] = []
    et_al = False
    affiliation: str | None = None
    for whole, piece in pieces:
        text, *tags = re.split(r"\s?[·•|]\s?", piece, maxsplit=1)
        if _ET_AL.search(text):
            et_al = True
            text = _ET_AL.sub("", text)
        if text and not affiliation and (et_al or len(names) >= 1) and whole and _is_tag(text, names, et_al):
            affiliation = text
            continue
        names.extend([fold(text)] if whole and text else _names(text))
        if tags:
            affiliation = fold(tags[0]) or affiliation
    return tuple(names), et_al, affiliation


def _is_tag(text: str, names: list[str], et_al: bool) -> bool:
    return bool(re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)*", text)) and (et_al or len(names) > 0)


def _pieces(text: Text) -> list[tuple[bool, str]]:
    """Return a text's pieces as (whether it is one name, text): names in elements of their own are never split."""
    children = [fold(piece) for piece, is_child in text.parts if is_child]
    own = "".join(piece for piece, is_child in text.parts if not is_child)
    is_list = text.element.tag == "li" or text.element.is_inline
    if children and not re.sub(r"et\.? al\.?|and|[,;&·•|\s]", "", own):
        pieces: list[tuple[bool, str]] = []
        after_dot = False
        for piece, is_child in text.parts:
            folded = fold(piece)
            if is_child and folded:
                pieces.append((not after_dot and not _ET_AL.search(folded), f"· {folded}" if after_dot else folded))
                after_dot = False
            elif _ET_AL.search(folded):
                pieces.append((False, "et al."))
            after_dot = after_dot or (not is_child and "·" in folded)
        return pieces
    return [(is_list and "," not in text.text and not _ET_AL.search(text.text), text.text)]


def _names(text: str) -> list[str]:
    names: list[str] = []
    for piece in text.split(","):
        name = fold(piece)
        if names and _NAME_SUFFIX.fullmatch(name):
            names[-1] = f"{names[-1]}, {name}"
        elif name:
            names.append(name)
    return names


def _arxiv_id(block: Block, title: Unit) -> str | None:
    """Return the arXiv id that the title links to, else the only one that the block links to."""
    around = [title.element, *title.element.elements()]
    for element in title.element.ancestors():
        if not (block.first <= element.first and element.last <= block.last):
            break
        around.append(element)
    ids = _linked_ids(around)
    if not ids and block.is_boxed:
        ids = _linked_ids(block.edge.elements())
    return ids.pop() if len(ids) == 1 else None


def _linked_ids(elements: Iterable[Element]) -> set[str]:
    ids = set()
    for element in elements:
        if element.tag == "a":
            match = _ARXIV_LINK.fullmatch(urlsplit(element.attributes.get("href") or "").path)
            if match:
                ids.add(match["id"])
    return ids
