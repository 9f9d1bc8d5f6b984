"""Markups nobody wrote the extractor for, with traps: a page is read exactly or held back, and never read wrongly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache

import pytest
from designs_for_tests import MISLEADING, NAMES
from frameworks_for_tests import EVERY_MARKUP
from markups_for_tests import Figure, compose, places
from traps_for_tests import ADDITIONS, FACTS, KEY

from scholar_etl.demo import markups as bundled
from scholar_etl.demo.story import profile_on
from scholar_etl.extract import extract_page
from scholar_etl.model import Extraction, Metrics, Outcome, Profile
from scholar_etl.normalise import normalise_profile

TODAY = date(2026, 11, 22)
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
URL = f"https://www.scholarfeed.org/author/{KEY}"

# What a page without boxes, or with an advertisement among the papers, leaves open even to a careful reader. Everything
# else must be read.
HELD = {
    # An ad or another list at the very end or beginning of a listing that has no element of its own falls into a block.
    *((markup, "ad_first_in_list") for markup in ("bootstrap", "details", "labelled_lines", "lines", "flat_list")),
    *((markup, "ad_in_list") for markup in ("bootstrap", "details", "labelled_lines")),
    *((markup, "trending_in_list") for markup in ("bootstrap", "details", "flat_list", "labelled_lines", "lines")),
    # With no boxes, nothing tells what stands before the first title or behind the last abstract.
    *(
        ("flat_title_first", trap)
        for trap in (
            "abstract_ends_with_date_line",
            "abstract_has_date_line",
            "ad_before_list",
            "ad_first_in_list",
            "most_cited",
            "most_cited_unheaded",
            "similar_before_list",
            "sort_box",
            "text_after",
            "trending_before_list",
            "trending_behind_list",
            "trending_in_list",
            "trending_unheaded",
        )
    ),
    # A title "Code" right behind a date looks like the badge, where title and badge are built alike.
    ("commented", "title_is_code"),
    ("spans", "title_is_code"),
    ("spans", "title_like_code"),
    # The owner's name in the title's place, with nothing that marks it as a title, is taken for a line of authors.
    ("spans", "title_is_name"),
    # One word in small letters behind a name, in a list item like the names': an author or an affiliation.
    ("own_elements", "lower_case_names"),
    # Blocks side by side with the heading, in no element of their own; and a `<header>` that holds others' cards too.
    *(("header_list", trap) for trap in ("ad_first_in_list", "ad_in_list", "trending_in_list", "similar_beside")),
    # A figure beside the metrics, of which one is missing: its label may have changed.
    *(
        (markup, trap)
        for markup in ("row_spans", "terms", "code_behind", "tabs")
        for trap in ("no_papers", "no_scores")
    ),
    # A title that looks like the badge or a code, where nothing marks titles.
    *((markup, "title_is_code") for markup in ("row_spans", "aria_grid", "unlike_headings")),
    *((markup, "title_like_code") for markup in ("row_spans", "aria_grid")),
}
HELD_BUNDLED = {("links", "title_is_code"), ("links", "title_like_code"), ("links", "title_is_name")}


@cache
def _profile() -> Profile:
    profile = profile_on(KEY, 0, TODAY)
    assert profile is not None
    return profile


def _verdict(extraction: Extraction, truth: Profile) -> str:
    if extraction.profile is None:
        assert extraction.outcome is Outcome.QUARANTINED
        assert extraction.problems
        return "held"
    return "exact" if extraction.profile == normalise_profile(truth) else "wrong"


def _extract(page: bytes) -> Extraction:
    return extract_page(page, url=URL, fetched_at=NOON)


@pytest.mark.parametrize("name", EVERY_MARKUP)
def test_hard_facts_are_read_exactly_or_held(name: str) -> None:
    """Whatever the names, titles and abstracts say, no page yields a wrong fact, and only the known ones are held."""
    verdicts = {}
    for trap, change in FACTS.items():
        truth = change(_profile())
        verdicts[name, trap] = _verdict(
            _extract(compose(places(truth, EVERY_MARKUP[name], TODAY), EVERY_MARKUP[name])), truth
        )
    assert {case for case, verdict in verdicts.items() if verdict == "wrong"} == set()
    assert {case for case, verdict in verdicts.items() if verdict == "held"} == HELD & verdicts.keys()


@pytest.mark.parametrize("name", EVERY_MARKUP)
def test_what_belongs_to_others_is_not_read(name: str) -> None:
    """Other authors' figures, other lists, ads, stale copies and idle numbers change nothing, or hold the page."""
    verdicts = {}
    for trap, add in ADDITIONS.items():
        parts = places(_profile(), EVERY_MARKUP[name], TODAY)
        add(parts, _profile(), EVERY_MARKUP[name], TODAY)
        verdicts[name, trap] = _verdict(_extract(compose(parts, EVERY_MARKUP[name])), _profile())
    assert {case for case, verdict in verdicts.items() if verdict == "wrong"} == set()
    assert {case for case, verdict in verdicts.items() if verdict == "held"} == HELD & verdicts.keys()


@pytest.mark.parametrize("name", bundled.MARKUPS)
def test_hard_facts_in_the_bundled_markups(name: str) -> None:
    """The bundled site's markups hold to the same: no wrong fact, and only the known pages held."""
    verdicts = {}
    for trap, change in FACTS.items():
        truth = change(_profile())
        page = bundled.render(truth, key=KEY, today=TODAY, markup=name)
        verdicts[name, trap] = _verdict(_extract(page), truth)
    assert {case for case, verdict in verdicts.items() if verdict == "wrong"} == set()
    assert {case for case, verdict in verdicts.items() if verdict == "held"} == HELD_BUNDLED & verdicts.keys()


@pytest.mark.parametrize("name", MISLEADING)
def test_designs_that_mislead_are_held(name: str) -> None:
    """Where a fact cannot be told from something else, or is not shown as text, the page is held with a reason."""
    extraction = _extract(compose(places(_profile(), MISLEADING[name], TODAY), MISLEADING[name]))
    assert extraction.outcome is not Outcome.ACCEPTED
    assert any(problem.severity == "error" and problem.detail for problem in extraction.problems)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("title", ["Author profile", "Scholar Feed", "Papers by many"])
def test_what_stands_in_the_name_s_place_is_held(title: str, name: str) -> None:
    """A heading that no paper names, nor the page's title, is not taken for a name, nor capitals for a field."""
    markup = replace(EVERY_MARKUP["bootstrap"], name=lambda own, field: NAMES[name].format(name=own, field=field))
    parts = places(_profile(), markup, TODAY)
    parts.title = title
    assert _extract(compose(parts, markup)).outcome is Outcome.QUARANTINED


def _metric_row(row: str) -> Extraction:
    """Return what is read of a page whose metrics are given as HTML."""
    markup = replace(EVERY_MARKUP["bootstrap"], metrics=lambda _: row)
    return _extract(compose(places(_profile(), markup, TODAY), markup))


WORDINGS = {
    "hyphen": "<p>h‑index 27</p><p>29 papers</p><p>6,209 citations</p><p>Novelty 54%</p><p>AI Score 55</p>",
    "colon": "<p>H-Index: 27</p><p>Papers: 29</p><p>Citations: 6,209</p><p>Novelty: 54 %</p><p>AI score: 55</p>",
    "lines": (
        "<p>h index<br>27</p><p>PAPERS<br>29</p><p>Citations<br>6209</p><p>novelty<br>54</p><p>AI-Score<br>55</p>"
    ),
    "one text": "h-index 27 · 29 papers · 6,209 citations · Novelty 54% · AI Score 55",
    "small": (
        "<ul><li>27<small>h-index</small><li>29<small>papers</small><li>6,209<small>citations</small>"
        "<li>54%<small>Novelty</small><li>55<small>AI Score</small></ul>"
    ),
    "rows": (
        "<table><tr><td>h-index<td>papers<td>citations<td>Novelty<td>AI Score"
        "<tr><td>27<td>29<td>6,209<td>54%<td>55</table>"
    ),
    "two rows": (
        "<div><div><b>27</b> h-index</div><div><b>29</b> papers</div></div><div><div><b>6,209</b> citations</div>"
        "<div>Novelty <b>54%</b></div><div>AI Score <b>55</b></div></div>"
    ),
    "side by side, as on the site": (
        "<div><i>h-index</i><b>27</b><b>29</b><i>papers</i><b>6,209</b><i>citations</i>"
        "<i>Novelty</i><b>54%</b><i>AI Score</i><b>55</b></div>"
    ),
    "no-break space": (
        "<p>27 h-index</p><p>29 papers</p><p>6&nbsp;209 citations</p><p>Novelty 54%</p><p>AI Score 55</p>"
    ),
    "thin space": (
        "<p>27 <b>h-index</b></p><p>29 <b>papers</b></p><p>6&thinsp;209 <b>citations</b></p><p>54 % <b>Novelty</b></p>"
        "<p>55 <b>AI Score</b></p>"
    ),
    "of 100": (
        "<p>27 <b>h-index</b></p><p>29 <b>papers</b></p><p>6\u202f209 <b>citations</b></p>"
        "<div><p>54<small>%</small></p><b>Novelty</b></div><div><p>55<small> / 100</small></p><b>AI Score</b></div>"
    ),
    "commas": "<p>h-index 27, 29 papers, 6,209 citations; Novelty 54%, AI Score 55/100</p>",
    "slashes": "<p>h-index 27 / 29 papers / 6,209 citations / Novelty 54% / AI Score 55</p>",
    "totals": (
        "<p>27 h-index</p><p>29 total papers</p><p>Total citations: 6,209</p><p>Novelty 54%</p><p>AI Score 55</p>"
    ),
    "other figures": (
        "<div><div><b>27</b><i>h-index</i></div><div><b>14</b><i>i10-index</i></div><div><b>29</b><i>papers</i></div>"
        "<div><b>6,209</b><i>citations</i></div><div><b>54%</b><i>Novelty</i></div><div><b>55</b><i>AI Score</i></div>"
        "<div><b>1,204</b><i>Followers</i></div></div>"
    ),
    "scores apart": (
        "<div><p>27 h-index</p><p>29 papers</p><p>6,209 citations</p></div>"
        "<section><p>Novelty 54%</p><p>AI Score 55</p></section>"
    ),
}


@pytest.mark.parametrize("wording", WORDINGS)
def test_labels_in_many_wordings(wording: str) -> None:
    """Hyphens of any kind, capitals, colons, one text or two, in any order: the metrics are the same."""
    extraction = _metric_row(WORDINGS[wording])
    assert extraction.profile is not None
    assert extraction.profile.metrics == Metrics(27, 29, 6209, 54, 55)


@pytest.mark.parametrize("shown", ["6.2K", "6.2k", "1.2M", "6,000+"])
def test_a_rounded_value_is_not_stored_as_exact(shown: str) -> None:
    """A magnitude such as 6.2K leaves the value empty and is flagged."""
    extraction = _metric_row(f"<p>27 h-index</p><p>29 papers</p><p>{shown} citations</p>")
    assert extraction.profile is not None
    assert extraction.profile.metrics == Metrics(27, 29, None)
    assert "rounded_value" in {problem.rule for problem in extraction.problems}


@pytest.mark.parametrize("name", EVERY_MARKUP)
def test_a_rounded_value_is_rounded_in_every_markup(name: str) -> None:
    """However it is built: citations shown as 1.2K are no number, and everything else is read."""
    markup, truth = EVERY_MARKUP[name], _profile()

    def rounded(shown: Sequence[Figure]) -> str:
        return markup.metrics([replace(f, value="1.2K") if f.label == "citations" else f for f in shown])

    extraction = _extract(compose(places(truth, replace(markup, metrics=rounded), TODAY), markup))
    without = replace(truth, metrics=replace(truth.metrics, citation_count=None))
    assert extraction.profile == normalise_profile(without)
    assert "rounded_value" in {problem.rule for problem in extraction.problems}


@pytest.mark.parametrize(
    "row",
    [
        "<p>27 h-index</p><p>30 papers</p><p>6,209 citations</p>",
        # Side by side in mixed order, one label and another's value gone: no pair is certain.
        "<i>h-index</i><b>29</b><b>6,209</b><i>citations</i><i>Novelty</i><b>54%</b><i>AI Score</i><b>55</b>",
        "<p>27 h-index</p><p>29 papers</p><p>6,209 citations</p><p>6,210 citations</p>",
        "<p>27 h-index</p><p>29 papers</p><p>6.209.1 citations</p>",
        "<p>27% h-index</p><p>29 papers</p><p>6,209 citations</p>",
        "<p>27 h-index</p><p>29 papers</p><p>6,209 citations</p><p>Neuheit 54%</p>",
        "<p>27 28 h-index papers</p><p>6,209 citations</p>",
        "<p>27 h-index</p><p>29 papers</p><p>citations</p>",
        "<p>29 papers</p><p>6,209 citations</p>",
        "<p>27 h-index</p><p>29 papers</p><p>6 209 citations</p>",
        "<p>27/100 h-index</p><p>29 papers</p><p>6,209 citations</p>",
        # A figure of another kind may be the missing one under another name, and what is missing one of another kind.
        "<div><p>27 h-index</p><p>29 papers</p><p>6,209 citations</p><p><b>54%</b> <u>Neuheit</u></p></div>",
        "<div><p>27 h-index</p><p>29 papers</p><p>6,209 citations</p><p><b>7</b><i>Novelty</i><u>NaN</u></p></div>",
        "<p>27 h-index</p><p>29 papers</p><p>6,209 citations</p><div><b>54%</b><i>Novelty</i>of his work.</div>",
        "<p>27 h-index</p><p>29 papers</p><p>6,209 citations</p><p>Novelty 540%</p>",
    ],
)
def test_doubtful_metrics_are_held(row: str) -> None:
    """Counts that disagree, two values for one label, a value of no known form, a label without value: held."""
    extraction = _metric_row(row)
    assert extraction.outcome is Outcome.QUARANTINED
    assert any(problem.severity == "error" and problem.detail for problem in extraction.problems)


@pytest.mark.parametrize("markup", bundled.MARKUPS)
def test_an_owner_under_another_spelling_is_read(markup: str) -> None:
    """Who is named nowhere on a whole listing, since the papers spell the name otherwise, is flagged and read."""
    profile = profile_on(KEY, 0, TODAY)
    assert profile is not None
    other = replace(profile, papers=tuple(replace(p, authors=("A. N. Other",), et_al=False) for p in profile.papers))
    extraction = extract_page(bundled.render(other, key=KEY, today=TODAY, markup=markup), url=URL, fetched_at=NOON)
    assert extraction.profile == normalise_profile(other)
    assert "owner_not_named" in {problem.rule for problem in extraction.problems}


@pytest.mark.parametrize("markup", bundled.MARKUPS)
def test_a_paper_without_an_abstract_is_read(markup: str) -> None:
    """A line of names stays authors where no abstract follows, on one paper and on all of them."""
    profile = profile_on(KEY, 0, TODAY)
    assert profile is not None
    named = tuple(replace(p, authors=("Ana Silva", "Wei Zhang"), et_al=False) for p in profile.papers)
    for bare in ({3}, set(range(len(named)))):
        papers = tuple(replace(p, abstract=None if n in bare else p.abstract) for n, p in enumerate(named))
        page = bundled.render(replace(profile, papers=papers), key=KEY, today=TODAY, markup=markup)
        assert extract_page(page, url=URL, fetched_at=NOON).profile == normalise_profile(
            replace(profile, papers=papers)
        )
