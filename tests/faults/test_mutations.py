"""Damaged pages: whatever breaks, no crash, and an accepted page says nothing that the whole page did not say.

300 pages in CI; by hand as many as you like, with the table of docs/reliability.md at the end:

    SCHOLAR_ETL_MUTATIONS=10000 pytest -n 0 -s tests/faults/test_mutations.py
"""

from __future__ import annotations

import os
from collections import Counter
from datetime import UTC, date, datetime
from random import Random

import pytest
from damage import ANOTHER_AUTHOR, KINDS, NUMBER, REMOVED, STALE_COPY, damage
from frameworks_for_tests import EVERY_MARKUP
from markups_for_tests import compose, places
from traps_for_tests import ADDITIONS, KEY
from verdict import Judgement, Verdict, judge

from scholar_etl.demo import markups as bundled
from scholar_etl.demo.story import profile_on
from scholar_etl.extract import extract_page
from scholar_etl.model import Profile
from scholar_etl.normalise import normalise_profile

IN_CI = 300
MUTATIONS = int(os.environ.get("SCHOLAR_ETL_MUTATIONS", IN_CI))
TODAY = date(2026, 11, 22)
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
AUTHORS = (1, 2, 3, 12, 13, 15, 17, 21, 24)
ANOTHER = KEY + 3
TRAPS = (None, None, "similar_between", "similar_below", "trending_below", "stale_hidden")
ALONE = (ANOTHER_AUTHOR, STALE_COPY)
NAMES = (*bundled.MARKUPS, *EVERY_MARKUP)


def _page(truth: Profile, key: int, markup: str, trap: str | None = None) -> bytes:
    if markup in bundled.MARKUPS:
        return bundled.render(truth, key=key, today=TODAY, markup=markup)
    parts = places(truth, EVERY_MARKUP[markup], TODAY)
    if trap is not None:
        ADDITIONS[trap](parts, truth, EVERY_MARKUP[markup], TODAY)
    return compose(parts, EVERY_MARKUP[markup])


def _whole(draw: Random, markup: str) -> tuple[bytes, Profile]:
    """Return an undamaged page of a random author, and its facts."""
    truth = None
    while truth is None:
        truth = profile_on(KEY + draw.choice(AUTHORS) - 1, draw.randrange(4), TODAY)
    return _page(truth, KEY, markup, draw.choice(TRAPS)), normalise_profile(truth)


def _kinds(seed: int, draw: Random) -> list[str]:
    """Return one to three kinds of damage; the first ones come in turn.

    Another author's block and a stale copy come alone, and a number beside no loss: where one is put in and the page's
    own is gone, no reader could tell.
    """
    names = list(KINDS)
    first = names[seed % len(names)]
    if first in ALONE:
        return [first]
    apart = {NUMBER: REMOVED, REMOVED: NUMBER}.get(first)
    others = [name for name in names if name not in (*ALONE, apart)]
    kinds = [first, *draw.choices(others, k=draw.choice((0, 0, 0, 1, 2)))]
    return [kind for kind in kinds if kind == first or kind != NUMBER or REMOVED not in kinds]


def _judged(seed: int, kinds: list[str], draw: Random) -> Judgement:
    # Every kind meets every markup: the turns of the one are as long as a round of the other.
    markup = NAMES[seed // len(KINDS) % len(NAMES)]
    whole, truth = _whole(draw, markup)
    another = profile_on(ANOTHER, 0, TODAY)
    assert another is not None
    damaged = damage(whole.decode(), _page(another, ANOTHER, markup).decode(), kinds, draw).encode()
    extraction = extract_page(damaged, url=f"https://www.scholarfeed.org/author/{KEY}", fetched_at=NOON)
    return judge(extraction, truth, whole, damaged, links_hold="attribute values swapped" not in kinds)


def test_a_damaged_page_says_nothing_new() -> None:
    """Every damaged page is held, or read as the whole one but for what the damage itself took, moved or doubled."""
    counts: dict[str, Counter[Verdict]] = {name: Counter() for name in KINDS}
    faults: dict[int, str] = {}
    for seed in range(MUTATIONS):
        draw = Random(seed)  # noqa: S311
        kinds = _kinds(seed, draw)
        judgement = _judged(seed, kinds, draw)
        counts[kinds[0]][judgement.verdict] += 1
        if judgement.verdict is Verdict.WRONG:
            faults[seed] = f"{' + '.join(kinds)}: {'; '.join(judgement.faults)}"
    print(_table(counts), *(f"{seed}, {said}" for seed, said in faults.items()), sep="\n")
    # Of many thousands a few are known to be read wrongly (docs/reliability.md); of those of CI none is.
    assert not [seed for seed in faults if seed < IN_CI]


def _table(counts: dict[str, Counter[Verdict]]) -> str:
    rows = [f"| first damage | {' | '.join(Verdict)} | all |", f"|---|{'---:|' * (len(Verdict) + 1)}"]
    for name, found in [*counts.items(), ("all", sum(counts.values(), Counter[Verdict]()))]:
        rows.append(f"| {name} | {' | '.join(f'{found[verdict]:,}' for verdict in Verdict)} | {found.total():,} |")
    return "\n" + "\n".join(rows)


@pytest.mark.parametrize("markup", NAMES)
def test_the_campaign_starts_from_pages_that_are_read(markup: str) -> None:
    """Undamaged, the pages of the campaign are read exactly: so it is the damage that is tried."""
    for seed in range(3):
        whole, truth = _whole(Random(seed), markup)  # noqa: S311
        extraction = extract_page(whole, url=f"https://www.scholarfeed.org/author/{KEY}", fetched_at=NOON)
        assert extraction.profile == truth
