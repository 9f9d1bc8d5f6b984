"""The collapse rule: what counts as a fall, when it is believed, and that the order of arrival decides nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scholar_etl.collapse import CONFIRMED_AFTER, Candidate, Past, judge
from scholar_etl.model import METRIC_NAMES, Metrics
from scholar_etl.normalise import paper_key

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
TITLES = ("On engines", "On notes", "On looms", "On numbers", "On cards", "On tides")


def listing(*titles: str) -> dict[str, str]:
    """Return papers without links, title by id."""
    return {paper_key(title, None): title for title in titles}


def page(
    minutes: int = 0,
    papers: Mapping[str, str] | None = None,
    *,
    complete: bool = True,
    capture: str = "",
    is_settled: bool = False,
    **metrics: int | None,
) -> Candidate:
    """Return a candidate some minutes after noon: a good page, but for what is given."""
    values = {"h_index": 27, "paper_count": 6, "citation_count": 6209, "novelty_pct": 54, "ai_score": 55} | metrics
    return Candidate(
        capture or f"{minutes:08}",
        NOON + timedelta(minutes=minutes),
        Metrics(**values),
        listing(*TITLES) if papers is None else papers,
        complete,
        is_settled,
    )


def verdicts(*candidates: Candidate) -> list[bool]:
    """Return of each candidate whether it is accepted."""
    judged = judge(candidates)
    return [judged[candidate.observed_at] is None for candidate in candidates]


def test_the_first_page_has_no_past() -> None:
    """An author who begins with zeros and no papers is accepted: nothing has fallen."""
    assert verdicts(page(0, {}, h_index=0, paper_count=0, citation_count=0)) == [True]


@pytest.mark.parametrize("name", METRIC_NAMES)
def test_a_metric_that_falls_to_zero_is_held(name: str) -> None:
    """Each metric, from any value above zero; the detail says from what. One that is smaller, or not shown, is not."""
    held = judge([page(0), page(90, **{name: 0})])[NOON + timedelta(minutes=90)]
    assert held is not None
    assert held.detail == (
        f"{name} fell from {getattr(page().metrics, name):,} to 0; "
        "held until a second page at least an hour later says the same"
    )
    assert verdicts(page(0, **{name: 1}), page(90, **{name: 0})) == [True, False]
    assert verdicts(page(0), page(90, **{name: 1}), page(180, **{name: None})) == [True, True, True]
    assert verdicts(page(0, **{name: 0}), page(90, **{name: 0})) == [True, True]


def test_a_metric_that_was_not_shown_for_a_while_has_its_past() -> None:
    """What is compared with is the newest value that a page showed."""
    assert verdicts(page(0), page(90, ai_score=None), page(180, ai_score=0)) == [True, True, False]


@pytest.mark.parametrize(
    ("before", "after", "accepted"), [(6, 4, True), (6, 3, False), (5, 3, True), (5, 2, False), (4, 2, False)]
)
def test_half_of_a_complete_listing_is_held(before: int, after: int, accepted: bool) -> None:
    """Half or more of the papers known gone, however many new ones have come."""
    new = listing("On something else", "On much else", "On all else")
    pages = page(0, listing(*TITLES[:before])), page(90, listing(*TITLES[:after]) | new)
    assert verdicts(*pages) == [True, accepted]


def test_the_detail_counts_the_papers() -> None:
    """All that has fallen is named in one line."""
    held = judge([page(0), page(90, listing(*TITLES[:2]), citation_count=0)])[NOON + timedelta(minutes=90)]
    assert held is not None
    assert held.detail.startswith("citation_count fell from 6,209 to 0, 4 of 6 papers are gone; held until")


def test_a_small_listing_may_lose_half() -> None:
    """Of three papers two may go: no collapse."""
    assert verdicts(page(0, listing(*TITLES[:3])), page(90, listing(TITLES[0]))) == [True, True]


def test_an_incomplete_listing_is_no_collapse() -> None:
    """Absence means nothing there; and what it lists is added to what is known."""
    pages = [
        page(0, listing(*TITLES[:4])),
        page(90, listing(*TITLES[4:]), complete=False),
        page(180, listing(*TITLES[:3])),
    ]
    assert verdicts(*pages) == [True, True, False]


def test_a_paper_is_the_same_by_its_id_or_by_its_title() -> None:
    """Links that appear take no paper away, and neither do new titles under the same links."""
    linked = {f"arxiv:{n}": title.upper() for n, title in enumerate(TITLES)}
    retitled = {f"arxiv:{n}": f"{title}, revised" for n, title in enumerate(TITLES)}
    assert verdicts(page(0), page(90, linked), page(180, retitled)) == [True, True, True]


ZERO = {"citation_count": 0}


@pytest.mark.parametrize(
    ("pages", "accepted"),
    [
        ([page(0), page(60, **ZERO), page(70)], [1, 0, 1]),
        ([page(0), page(60, **ZERO), page(119, **ZERO)], [1, 0, 0]),
        ([page(0), page(60, **ZERO), page(120, **ZERO)], [1, 1, 1]),
        ([page(0), page(60, **ZERO), page(90, **ZERO), page(120, **ZERO)], [1, 1, 1, 1]),
        # Something else fell as well: what is the same is believed, the rest waits.
        ([page(0), page(60, **ZERO), page(120, **ZERO, h_index=0)], [1, 1, 0]),
        ([page(0), page(60, **ZERO), page(120, **ZERO, h_index=0), page(180, **ZERO, h_index=0)], [1, 1, 1, 1]),
        # Less fell: the first one said too much.
        ([page(0), page(60, **ZERO, h_index=0), page(120, **ZERO), page(180, **ZERO)], [1, 0, 1, 1]),
        # A good page in between: the first zero was a glitch, the second one begins anew.
        ([page(0), page(60, **ZERO), page(90), page(120, **ZERO), page(150, **ZERO)], [1, 0, 1, 0, 0]),
        # Papers: the same ones must be gone.
        ([page(0), page(60, listing(*TITLES[:3])), page(120, listing(*TITLES[:2]))], [1, 1, 1]),
        ([page(0), page(60, listing(*TITLES[:3])), page(120, listing(*TITLES[3:]))], [1, 0, 0]),
        ([page(0), page(60, listing(*TITLES[:3])), page(120, listing(TITLES[0]), complete=False)], [1, 0, 1]),
    ],
)
def test_a_fall_is_believed_when_it_lasts(pages: Sequence[Candidate], accepted: Sequence[int]) -> None:
    """It takes a second page an hour later; then the first one is accepted too, and all between that say the same."""
    assert verdicts(*pages) == [bool(value) for value in accepted]


def test_of_one_moment_the_smallest_id_speaks() -> None:
    """Its verdict holds for every other capture of that moment."""
    pages = [page(0), page(60, capture="b"), page(60, capture="a", **ZERO)]
    assert judge(pages)[NOON + timedelta(minutes=60)] is not None


def test_what_has_no_capture_is_never_held() -> None:
    """An observation that history was given as such stands, and is what the next page is compared with."""
    assert verdicts(page(0), page(60, **ZERO, is_settled=True), page(90, **ZERO)) == [True, True, True]


metric = st.sampled_from([0, 0, 3, None])
candidates = st.lists(
    st.builds(
        lambda slot, kept, complete, h_index, citation_count: page(
            30 * slot, listing(*kept), complete=complete, h_index=h_index, citation_count=citation_count
        ),
        st.integers(0, 12),
        st.sampled_from([TITLES, TITLES, TITLES[:3], TITLES[:2], TITLES[3:], ()]),
        st.sampled_from([True, True, True, False]),
        metric,
        metric,
    ),
    max_size=9,
    unique_by=lambda candidate: candidate.observed_at,
)


def lost(page: Candidate, accepted: Sequence[Candidate]) -> set[str]:
    """Return what a page has lost against those accepted before it, from their own words."""
    fallen = set()
    for name in METRIC_NAMES:
        shown = [value for before in accepted if (value := getattr(before.metrics, name)) is not None]
        if shown and shown[-1] > 0 and getattr(page.metrics, name) == 0:
            fallen.add(name)
    known: set[str] = set()
    for before in accepted:
        known = set(before.papers) if before.listing_complete else known | set(before.papers)
    gone = known - set(page.papers)
    return fallen | (gone if page.listing_complete and len(known) >= 4 and 2 * len(gone) >= len(known) else set())


State = tuple[list[Candidate], list[Candidate]]


def followed(accepted: list[Candidate], waiting: list[Candidate], page: Candidate) -> State:
    """Return what is accepted and what waits after one more page: the rule, in so many words."""
    fallen = lost(page, accepted)
    if not fallen:
        return [*accepted, page], []
    for place, earlier in enumerate(waiting):
        is_old_enough = earlier.observed_at + CONFIRMED_AFTER <= page.observed_at
        if is_old_enough and lost(earlier, accepted) <= fallen:
            state: State = ([*accepted, earlier], [])
            for again in [*waiting[place + 1 :], page]:
                state = followed(*state, again)
            return state
    return accepted, [*waiting, page]


@given(pages=candidates)
def test_the_rule_is_its_definition(pages: list[Candidate]) -> None:
    """The fold says of each page what the definition says that knows everything that was accepted before it."""
    state: State = ([], [])
    for candidate in sorted(pages, key=lambda candidate: candidate.observed_at):
        state = followed(*state, candidate)
    judged = judge(pages)
    assert {moment for moment, fall in judged.items() if fall is None} == {c.observed_at for c in state[0]}


@given(pages=candidates)
def test_the_newest_state_is_all_that_a_later_page_needs(pages: list[Candidate]) -> None:
    """Judged with what accepted pages left known, and what was held since then, a page fares as if all were judged."""
    ordered = sorted(pages, key=lambda candidate: candidate.observed_at)
    for count in range(len(ordered)):
        before = judge(ordered[:count])
        past, waiting = Past(), list[Candidate]()
        for candidate in ordered[:count]:
            if before[candidate.observed_at] is None:
                past, waiting = past.followed_by(candidate), []
            else:
                waiting.append(candidate)
        judged = before | judge([*waiting, ordered[count]], past)
        assert judged == judge(ordered[: count + 1])
