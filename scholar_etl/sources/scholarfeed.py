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
from bisect import bisect_left
from collections.abc import Sequence, Set
from datetime import datetime
from operator import itemgetter

from scholar_etl.model import METRIC_NAMES, Metrics, Outcome, Paper, Problem, Profile, Severity
from scholar_etl.sources.blocks import Heading
from scholar_etl.sources.dom import Element, Page, Text, parse_page
from scholar_etl.sources.header import (
    LABEL_FIRST,
    LABELS,
    LONGEST_HEADING,
    announced_count,
    field_code,
    is_generic,
    parse_metric,
    title_parts,
)
from scholar_etl.sources.judge import judge_page
from scholar_etl.sources.labelled import (
    Group,
    Mention,
    Reading,
    find_groups,
    is_value,
    read_group,
    value_beside,
    widened,
)
from scholar_etl.sources.learning import Found
from scholar_etl.sources.papers import papers_of, read_rows
from scholar_etl.sources.row import Row
from scholar_etl.sources.seen import Layouts
from scholar_etl.sources.selectors import AmbiguousOnPageError, NotFoundOnPageError, many, maybe, one
from scholar_etl.sources.unshown import find_unshown
from scholar_etl.sources.values import ValueRoundedError, ValueUnreadableError
from scholar_etl.sources.wording import is_code, linked_id, read_date

EXTRACTOR_VERSION = 1

_CORE = ("h_index", "citation_count", "paper_count")
_NEAR = 4  # texts
_DIGIT = re.compile(r"\d")
_AUTHOR_LINK = re.compile(r"/author/(\d+)")
_NOT_CONTENT = ("nav", "footer", "aside")

_layouts = Layouts()


def forget_layouts() -> None:
    """Forget every layout met so far. It changes no result: the next page of each takes longer."""
    global _layouts
    _layouts = Layouts()


def read_page(body: bytes, url: str | None, fetched_at: datetime) -> tuple[Outcome, Profile | None, list[Problem]]:
    """Read one author page. The profile's texts are as printed; `fetched_at` resolves dates without a year.

    A page that is built as one before was is read by what was learnt from that one, which gives the same.
    """
    layouts = _layouts
    seen = layouts.read(body, fetched_at)
    if seen is not None:
        unshown = find_unshown(body, seen)
        return (Outcome.QUARANTINED, None, unshown) if unshown else (Outcome.ACCEPTED, seen, [])
    page = parse_page(body)
    if page.is_too_deep:
        why = "elements nest deeper, or have more attributes, than on any page that people make"
        return Outcome.QUARANTINED, None, [Problem("too_deep", Severity.ERROR, why)]
    mentions = LABELS.mentions(page.texts)
    names = {mention.name for mention in mentions}
    if names <= {"paper_count"} or (len(names) < 2 and not _headings(page, ())):
        outcome, why = judge_page(page)
        if outcome is Outcome.NOT_A_PROFILE and _is_plainly_an_authors(page):
            why = "the page lists an author's papers, and shows no metrics that can be read"
            return Outcome.QUARANTINED, None, [Problem("metrics_missing", Severity.ERROR, why)]
        return outcome, None, [Problem(outcome.value, Severity.ERROR, why)]
    problems: list[Problem] = []
    try:
        found = _read_profile(page, mentions, url, fetched_at, problems)
    except NotFoundOnPageError as error:
        problems.append(Problem(error.rule, Severity.ERROR, error.detail))
        return Outcome.QUARANTINED, None, problems
    if unshown := find_unshown(body, found.profile):
        return Outcome.QUARANTINED, None, unshown
    if not problems:
        layouts.learn(body, page, found)
    return Outcome.ACCEPTED, found.profile, problems


def _read_profile(
    page: Page, mentions: Sequence[Mention], url: str | None, fetched_at: datetime, problems: list[Problem]
) -> Found:
    groups = _groups(mentions, page)
    headings = many(_headings(page, groups), "headings 'N Papers'", "heading_missing")
    scopes = [_scope(group, groups) for group in groups]
    titles = title_parts(page.title)
    linked = _AUTHOR_LINK.search(url or "")
    own_key = linked[1] if linked else None
    named = (t for t in page.texts if t.text in titles and not _leads_to_another(t.element, own_key))
    marks = [*(h.first for h in headings), *(text.number for text in named)]
    own = [
        group for group, scope in zip(groups, scopes, strict=True) if not _is_of_another(group, scope, marks, own_key)
    ]
    group = _own_group(own, headings, page)
    others = [scope for other, scope in zip(groups, scopes, strict=True) if other is not group]
    heading = _find_heading(headings, group, groups, mentions, page)
    name = _find_name(page, group, heading, others, titles)
    is_above = group.first < heading.first
    head = range(name.number + 1, heading.first) if is_above else range(heading.last, len(page.texts))
    marks = [name.number, heading.first, group.first]
    cards = _card_links(page)
    links = [number for number, key in cards if key is None or key != own_key]
    apart = [m for m in mentions if m.number in head and not _is_beside_a_link(m.element, marks, links)]
    group = _with_the_rest(group, groups, apart, page)
    has_links = _check_links(group, own_key)
    reading = read_group(group, page.texts, LABEL_FIRST)
    _check_strays(reading, mentions, others, page)
    _refuse_unread_metrics(page, head, mentions, groups, others)
    metrics = _read_metrics(reading, group, groups, page, head, problems)
    rows = read_rows(page.texts, heading, name.text, fetched_at)
    _refuse_metrics_of_a_paper(group, rows)
    papers = papers_of(rows)
    _check_end(page, heading, rows, papers)
    _check_name(name.text, page, titles, papers, problems)
    field = _find_field(page, name, heading, others, marks, links)
    profile = Profile(
        name=name.text,
        field=field_code(field.text) if field else None,
        metrics=metrics,
        papers=papers,
        heading_count=heading.count,
        listing_complete=len(papers) == heading.count,
        layout=_layout(page, name, group, heading, rows),
    )
    # Where the figures stand with the name or the heading, it does not matter where links among them lead.
    is_lone = (
        is_above and len(groups) == len(headings) == 1 and any(scopes[0].holds(n) for n in (name.number, heading.first))
    )
    has_links = has_links or any(_leads_to_another(t.element, None) for t in page.texts[name.number + 1 : group.first])
    has_links = has_links or _has_cards(page.texts[name.number + 1 : heading.first], marks, [n for n, _ in cards])
    is_lone = is_lone and not has_links and not any(row.block.is_followed for row in rows)
    return Found(profile, name, field, group, reading.places, heading, rows, is_lone=is_lone)


def _groups(mentions: Sequence[Mention], page: Page) -> list[Group]:
    """Return the groups of metrics that could be an author's, at least one."""
    groups = find_groups(mentions, page.texts, _CORE)
    if not groups:
        missing = [name for name in _CORE if name not in {m.name for m in mentions}]
        raise NotFoundOnPageError(
            "metrics_missing", f"no {', '.join(missing) or 'group of metrics'} among the author's metrics"
        )
    return groups


def _is_plainly_an_authors(page: Page) -> bool:
    """Tell whether a page without metrics is an author's: it lists papers, which name whom its title names."""
    titles = title_parts(page.title)
    names = {text.text for text in page.texts if text.text in titles}
    listed = [text for heading in _headings(page, ()) for text in page.texts[heading.last :]]
    return any(map(read_date, (text.text for text in listed))) and any(n in text.text for text in listed for n in names)


def _layout(page: Page, name: Text, group: Group, heading: Heading, rows: Sequence[Row]) -> dict[str, str]:
    """Return the tags down to the name, the first required metric, the heading and the first paper's date."""
    metric = next(mention for mention in group.mentions if mention.name == _CORE[0])
    places = {"name": name.element, "metrics": metric.element, "heading": heading.element}
    if rows:
        places["date"] = page.texts[rows[0].block.anchor].element
    return {part: element.tag_path() for part, element in places.items()}


def _check_end(page: Page, heading: Heading, rows: Sequence[Row], papers: Sequence[Paper]) -> None:
    """Raise when the page ends within its listing; the end may have been closed by a server that had no more."""
    is_short = len(papers) != heading.count
    is_within = bool(rows) and rows[-1].block.last == len(page.texts)
    if (page.is_cut and (is_short or is_within)) or ((page.is_cut or is_short) and _ends_early(papers)):
        raise NotFoundOnPageError("cut_short", f"the page ends within its listing, after {len(papers)} papers")


def _check_name(name: str, page: Page, titles: Set[str], papers: Sequence[Paper], problems: list[Problem]) -> None:
    """Raise when neither the page's title nor any paper confirms the author's name: headings may greet, too."""
    if name not in page.title and not any(name in paper.authors for paper in papers):
        raise NotFoundOnPageError(
            "name_missing", f"no paper names {name!r}, nor does the page's title: is it the name?"
        )
    if page.title and name not in titles:
        problems.append(Problem("name_not_in_title", Severity.WARNING, f"{name!r} is not in {page.title!r}"))


def _ends_early(papers: Sequence[Paper]) -> bool:
    """Tell whether the last paper lacks what every other has."""
    return bool(papers) and any(
        not getattr(papers[-1], name) and all(getattr(paper, name) for paper in papers[:-1])
        for name in ("authors", "abstract")
    )


# -- the metrics --------------------------------------------------------------------------------------------------


def _refuse_metrics_of_a_paper(group: Group, rows: Sequence[Row]) -> None:
    """Raise when the metrics stand in a block: it has no end of its own, or they are a paper's."""
    for row in rows:
        if row.block.first <= group.first < row.block.last:
            raise row.unclear("odd_block", "the author's metrics stand in it")


def _is_of_another(group: Group, scope: Element, marks: Sequence[int], own_key: str | None) -> bool:
    """Tell whether a group is a card of another author: it links to one, nearer than any mark of the page's own."""
    for element in (group.element, *group.element.ancestors()):
        if any(element.holds(number) and not group.holds(number) for number in marks):
            return False
        above = (e for e in element.elements() if e.tag == "a" and (e.first <= group.first or element is scope))
        if any(_leads_to_another(link, own_key) for link in above):
            return True
        if element is scope:
            break
    return _leads_to_another(scope, own_key)


def _card_links(page: Page) -> list[tuple[int, str | None]]:
    """Return the links to papers and to authors: the number of the text with which each begins, in page order.

    Beside it stands the key of the author that it leads to, None where that is a paper.
    """
    root = [page.texts[0].element, *page.texts[0].element.ancestors()][-1]
    links: list[tuple[int, str | None]] = []
    for element in root.elements():
        if element.tag == "a" and element.first < element.last:
            key = _linked_author(element)
            if linked_id(element.attributes.get("href") or ""):
                links.append((element.first, None))
            elif key is not None:
                links.append((element.first, key))
    return sorted(links, key=itemgetter(0))


def _is_beside_a_link(element: Element, marks: Sequence[int], links: Sequence[int]) -> bool:
    """Tell whether one of some links stands with an element, nearer than any mark of the page's own."""
    for around in (element, *element.ancestors()):
        if any(around.holds(number) for number in marks):
            return False
        at = bisect_left(links, around.first)
        if at < len(links) and around.holds(links[at]):
            return True
    return False


def _has_cards(texts: Sequence[Text], marks: Sequence[int], links: Sequence[int]) -> bool:
    """Tell whether it depends on where links lead if a label or a code among some texts is the author's own."""
    telling = (t for t in texts if LABELS.may_be_in(t.text) or field_code(t.text) is not None)
    return any(_is_beside_a_link(text.element, marks, links) for text in telling)


def _leads_to_another(element: Element, own_key: str | None) -> bool:
    """Tell whether an element stands in a link to another author, who may have the same name."""
    keys = map(_linked_author, (element, *element.ancestors()))
    return any(key is not None and key != own_key for key in keys)


def _linked_author(element: Element) -> str | None:
    """Return the key of the author that an element links to; None when it is no such link."""
    link = _AUTHOR_LINK.search(element.attributes.get("href") or "") if element.tag == "a" else None
    return link[1] if link else None


def _scope(group: Group, groups: Sequence[Group]) -> Element:
    """Return the largest element around a group that holds no other: its card."""
    scope = group.element
    if (scope.first, scope.last) != (group.first, group.last):
        return scope
    for element in group.element.ancestors():
        if any(element.holds(other.first) for other in groups if other is not group):
            break
        scope = element
    return scope


def _own_group(candidates: list[Group], headings: Sequence[Heading], page: Page) -> Group:
    """Return the group of metrics that is the author's own: by its number of papers, if several could be."""
    if not candidates:
        raise NotFoundOnPageError("metrics_missing", "every group of metrics on the page belongs to another author")
    if len(candidates) == 1:
        return candidates[0]
    announced = {f"{h.count:,}" for h in headings} | {str(h.count) for h in headings}
    readings = [read_group(group, page.texts, LABEL_FIRST).values for group in candidates]
    agreeing = [n for n, values in enumerate(readings) if values["paper_count"] in announced] or range(len(readings))
    one((tuple(sorted(readings[n].items())) for n in agreeing), "the author's metrics", "metrics_missing")
    return candidates[agreeing[0]]


def _with_the_rest(group: Group, groups: Sequence[Group], mentions: Sequence[Mention], page: Page) -> Group:
    """Return the group with the metrics that stand apart from it, among the mentions in the head of the page.

    Raises `AmbiguousOnPageError` when a metric of the group has another value there.
    """
    values = read_group(group, page.texts, LABEL_FIRST).values
    strays = [m for m in mentions if not any(g.holds(m.number) for g in groups) and m.element.aside not in _NOT_CONTENT]
    for mention in strays:
        value = mention.value or value_beside(mention, page.texts)
        if mention.name in values and value not in (None, values[mention.name]):
            raise AmbiguousOnPageError("ambiguous", f"{mention.name} is both {values[mention.name]!r} and {value!r}")
    more = [mention for mention in strays if mention.name not in values]
    if not more:
        return group
    whole = widened(group, more, page.texts)
    if any(whole.holds(other.first) for other in groups if other is not group):
        raise AmbiguousOnPageError("ambiguous", f"{more[0].name} stands apart from the author's other metrics")
    return whole


def _check_strays(reading: Reading, mentions: Sequence[Mention], others: Sequence[Element], page: Page) -> None:
    """Raise when a metric that the group lacks stands elsewhere on the page, with a value, and is nobody else's."""
    for mention in mentions:
        if mention.name in reading.values:
            continue
        value = mention.value or value_beside(mention, page.texts)
        if value is not None and _DIGIT.search(value) and not any(scope.holds(mention.number) for scope in others):
            raise AmbiguousOnPageError("ambiguous", f"{mention.name} {value} stands apart from the other metrics")


def _refuse_unread_metrics(
    page: Page, head: range, mentions: Sequence[Mention], groups: Sequence[Group], others: Sequence[Element]
) -> None:
    """Raise when the head names all core metrics once more, without values or run together: these may be the author's.

    A table has fallen apart there, or waits for its values, and the ones that are shown are another's.
    """

    def is_open(number: int) -> bool:
        return number in head and not any(g.holds(number) for g in groups)

    if {m.name for m in mentions if m.value is None and is_open(m.number)}.issuperset(_CORE):
        raise AmbiguousOnPageError("ambiguous", "the metrics are named a second time, and have no values there")
    for text in page.texts[head.start : head.stop]:
        if LABELS.may_be_in(text.text) and is_open(text.number) and not any(s.holds(text.number) for s in others):
            is_read = any(mention.number == text.number for mention in mentions)
            if not is_read and all(LABELS.is_named_in(name, text.text) for name in _CORE):
                raise AmbiguousOnPageError("ambiguous", f"other metrics may be run together in {text.text[:60]!r}")


def _check_links(group: Group, own_key: str | None) -> bool:
    """Tell whether links among the metrics lead to authors; raise when one leads to another than the page's own.

    Where `own_key` is not known, None, the one that all lead to is taken for it.
    """
    inside = (e for e in group.element.elements() if group.first <= e.first and e.last <= group.last)
    keys = {key for key in map(_linked_author, inside) if key is not None}
    if len(keys) > 1 or (own_key and keys - {own_key}):
        raise AmbiguousOnPageError("ambiguous", f"links to authors ({', '.join(sorted(keys))}) stand among the metrics")
    return bool(keys)


def _read_metrics(
    reading: Reading, group: Group, groups: Sequence[Group], page: Page, head: range, problems: list[Problem]
) -> Metrics:
    """Return the metrics of the group. A number that nothing explains may be a metric whose label has changed."""
    missing = [name for name in METRIC_NAMES if name not in reading.values]
    beside = [page.texts[n] for n in (group.first - 1, group.last) if n in head and not any(g.holds(n) for g in groups)]
    alone = [*reading.alone, *(text.text for text in beside if is_value(text) and _DIGIT.search(text.text))]
    if alone:
        which = f", and no {missing[0]} is found" if missing else ""
        raise NotFoundOnPageError("unread_number", f"{alone[0]!r} stands among the metrics, without a label{which}")
    around = range(max(group.first - _NEAR, head.start), min(group.last + _NEAR, head.stop))
    nearby = (page.texts[n].text for n in around if not group.holds(n))
    for text in (*reading.unread, *(text for text in nearby if len(text) <= LONGEST_HEADING)) if missing else ():
        if _DIGIT.search(text):
            raise NotFoundOnPageError("unread_number", f"no {missing[0]} found, but {text!r} stands by the metrics")
    for text in (text.text for text in page.texts[group.first : group.last]):
        for name in missing:
            if _DIGIT.search(text) and LABELS.is_named_in(name, text):
                raise NotFoundOnPageError("unread_number", f"{name} is named within {text[:60]!r}, and not found alone")
    novelty = reading.values.get("novelty_pct", "%")
    if missing and novelty[0].isdigit() and not novelty.endswith("%"):
        raise NotFoundOnPageError(
            "unread_number", f"no {missing[0]} found, and novelty_pct has no %: is {novelty!r} it?"
        )
    values: dict[str, int | None] = {}
    for name, text in reading.values.items():
        try:
            values[name] = parse_metric(name, text)
        except ValueRoundedError:
            problems.append(
                Problem("rounded_value", Severity.WARNING, f"{name} is shown as {text!r}: not stored as exact")
            )
        except ValueUnreadableError:
            raise NotFoundOnPageError("unreadable_value", f"{name} is shown as {text!r}") from None
    return Metrics(**values)


# -- the heading, the name, the field -----------------------------------------------------------------------------


def _headings(page: Page, groups: Sequence[Group]) -> list[Heading]:
    """Return what could be the heading "N Papers", outside of the groups."""
    found = []
    for text in page.texts:
        said = text.text
        if not (said[0].isdigit() or said[0] in "pP") or len(said) > LONGEST_HEADING:
            continue
        if any(group.holds(text.number) for group in groups):
            continue
        last = text.number + 1
        count = announced_count(said)
        if count is None:
            # "<h2><b>29</b> <i>Papers</i></h2>": an element as a whole says it.
            around = next((e for e in text.element.ancestors() if e.last > last), None)
            if around is not None and around.first == text.number and around.last == last + 1:
                count = announced_count(f"{said} {page.texts[last].text}")
                last += 1
        if count is not None:
            found.append(Heading(count, text.number, last, text.element))
    return found


def _find_heading(
    headings: Sequence[Heading], group: Group, groups: Sequence[Group], mentions: Sequence[Mention], page: Page
) -> Heading:
    """Return the listing's heading: the first below the metrics that agrees with them, else the first at all."""
    after = [heading for heading in headings if heading.first >= group.last]
    if not after:
        return _heading_above(headings, groups, mentions, page)
    shown = read_group(group, page.texts, LABEL_FIRST).values["paper_count"].replace(",", "")
    found = next((heading for heading in after if str(heading.count) == shown), after[0])
    same = (heading for heading in headings if heading.first < group.first and heading.count == found.count)
    if any(read_date(text.text) for heading in same for text in page.texts[heading.last : group.first]):
        raise AmbiguousOnPageError("ambiguous_listing", f"{found.count} papers are listed above the metrics, and below")
    return found


def _heading_above(
    headings: Sequence[Heading], groups: Sequence[Group], mentions: Sequence[Mention], page: Page
) -> Heading:
    """Return the only heading, where the only metrics of the page stand below it, or beside the papers.

    Raises `NotFoundOnPageError` where others may be the author's: no metric may have a value above the heading.
    """
    heading = one(headings, "headings 'N Papers' beside the author's metrics", "heading_missing")
    above = (m for m in mentions if m.number < heading.first)
    if len(groups) > 1 or any(mention.value or value_beside(mention, page.texts) for mention in above):
        raise NotFoundOnPageError("heading_missing", "no heading 'N Papers' stands below the author's metrics")
    return heading


def _find_name(page: Page, group: Group, heading: Heading, others: Sequence[Element], titles: Set[str]) -> Text:
    """Return the author's name: what stands above the metrics and in the page's title, else the one heading there.

    `others` are the cards of other authors, `titles` the parts of the page's title.
    """
    figures = {mention.number for mention in group.mentions}
    above = [
        text
        for text in page.texts[: min(group.last, heading.first)]
        if text.number not in figures
        and not is_generic(text.text)
        and text.element.aside not in _NOT_CONTENT
        and not any(scope.holds(text.number) for scope in others)
    ]
    titled = [text for text in above if text.text in titles and not is_code(text.text)]
    if titled:
        return titled[-1]
    headed = [text for text in above if text.element.is_heading]
    first = [text for text in headed if _is_within_h1(text.element)]
    for candidates in (first, headed, [t for t in above if t.number < group.first and not is_code(t.text)]):
        said = {text.text for text in candidates}
        if len(said) == 1 and not any(part in min(said) for part in titles):
            return candidates[-1]
    raise NotFoundOnPageError("name_missing", "nothing above the metrics is known to be the author's name")


def _is_within_h1(element: Element) -> bool:
    return element.tag == "h1" or any(e.tag == "h1" for e in element.ancestors())


def _find_field(
    page: Page, name: Text, heading: Heading, others: Sequence[Element], marks: Sequence[int], links: Sequence[int]
) -> Text | None:
    """Return the author's primary field: the one category code between the name and the listing.

    Of several, those of papers that are shown there do not count: they stand beside links.
    """
    found = [
        text
        for text in page.texts[name.number + 1 : heading.first]
        if field_code(text.text) is not None
        and text.element.aside != "nav"
        and not any(scope.holds(text.number) for scope in others)
    ]
    if len(found) > 1:
        found = [text for text in found if not _is_beside_a_link(text.element, marks, links)] or found
    maybe((field_code(text.text) for text in found), "the author's field")
    return found[-1] if found else None
