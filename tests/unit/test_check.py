"""The rules that a page must keep: each is breached by one profile and kept by the sound one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scholar_etl.check import RULES, Rule, _is_plain, check
from scholar_etl.model import Metrics, Paper, Profile, Severity

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
SOUND = Profile(
    name="Ada Lovelace",
    field="CL",
    metrics=Metrics(h_index=2, paper_count=2, citation_count=9, novelty_pct=40, ai_score=0),
    papers=(
        Paper(
            1,
            "On engines",
            "CL",
            date(2020, 1, 1),
            authors=("Ada Lovelace",),
            abstract="Words.",
            paper_id="arxiv:2001.00001",
        ),
        Paper(2, "On notes", "CL", date(2026, 11, 23), authors=("C. Babbage",), paper_id="title:1"),
    ),
    heading_count=2,
    listing_complete=True,
)


def metrics(**changes: int | None) -> Profile:
    """Return the sound profile with other metrics."""
    return replace(SOUND, metrics=replace(SOUND.metrics, **changes))


def first(**changes: object) -> Profile:
    """Return the sound profile with another first paper."""
    changed: Callable[..., Paper] = replace
    return replace(SOUND, papers=(changed(SOUND.papers[0], **changes), SOUND.papers[1]))


def both(**changes: object) -> Profile:
    """Return the sound profile with both papers changed."""
    changed: Callable[..., Paper] = replace
    return replace(SOUND, papers=tuple(changed(paper, **changes) for paper in SOUND.papers))


NO_NAMES = (
    "7",
    "Ada LovelaceAda Lovelace",
    "Ada LovelaceC. Babbage",
    "Zofia GuoJean-Baptiste Lefèvre",
    "87%Ada Lovelace",
    "김도윤김도윤",
    "Loading…",
    "{{ name }}",
    "[object Object]",
    "null Ada Lovelace",
    "Code",
    "CodeAda Lovelace",
    "Privacy",
    "Scholar Feed",
    "Ada Lovelaceet al.",
    "Ada Lovelace1",
    "99Ada Lovelace",
    "Ada Lovelace*",
    "Ada Lovelace†",
    "Ada Lovelace (you)",
    "Ada Lovelace (eth-zurich)",
    "Ada Lovelace — eth-zurich",
    "eth-zurich",
    "AL Ada Lovelace",
    "Ada Lovelace and 5 more",
    "Ada Lovelace +2",
    "Ada Lovelace & co",
    "Ada Lovelace und andere",
    "Ada Lovelace and Mary Somerville",
    "Ada Lovelace ...",
    "Ada Lovelace et al. (uva)",
    "Ada Lovelace u. a.",
    "Ada Lovelace и др.",
    "Ada Lovelace eth-zurich",
    "Ada Lovelace--Mary Somerville",
    "Ada Lovelace○○Mary Somerville",
    "Ada Lov [more]",
    "Ada O&#x27;Neil",
    "of 100Ada Lovelace",
    "Ada LovelaceErroruva",
    "Ada Lovelace#",
    "ptsAda Lovelace",
    "Updated Nov 21",
    "Thị NguyễnZoë Lovelace",
    "Ada Lovelace—",
)
NAMES = (
    "Harold Brandt, Jr.",
    "José Ortega y Gasset",
    "Tomás de la Cruz y Ríos",
    "Ronald McDonald Smith",
    "Ian MacDonald Smith",
    "Zhang Wei (张伟)",
    "Renée O'Hara-Smith",
    "김도윤",
    "bell hooks",
    "vanDyke Jones",
    "Martin Luther King jr.",
    "Kim min-jun Lee",
    "J. K. Simmons",
    "DeepSeek-AI",
    "Team Seedance",
    "01. AI",
    "SÃO PAULO GROUP",
    "The CMS and TOTEM Collaborations",
    "阿兰·图灵",
    "Núria Gal·la",
)

BREACHES: dict[str, list[Profile]] = {
    "name_form": [replace(SOUND, name="0"), replace(SOUND, name="12, 2015")],
    "field_unknown": [replace(SOUND, field="US")],
    "author_form": [first(authors=("C. Babbage", name)) for name in NO_NAMES],
    "affiliation_form": [
        first(affiliation=tag)
        for tag in (
            "31",
            "a" * 101,
            "citations",
            "uva We try it at work.",
            "C. Babbage, Mary Somerville",
            "Bob · Cy et al.",
            "eth-zu… Read more",
            "Updated Nov 214paradigm",
        )
    ],
    "placeholder": [
        first(title="undefined"),
        first(affiliation="Loading…"),
        first(abstract="N/A"),
        first(abstract="Abstract not available."),
        first(title="Coming soon"),
        first(title="{{ title }}"),
    ],
    "text_garbled": [
        replace(SOUND, name="Ada LÃ¶velace"),
        first(authors=("Ingrid Ã kesson",)),
        first(authors=("LucÃa Berg",)),  # the other half was a soft hyphen
        first(abstract="Wordsâ€™ end."),
        first(title="On \ufffdngines"),
    ],
    "text_cut": [
        first(abstract="We show that…"),
        first(title="On the engines that ..."),
        first(title="On the engines that… Read more"),
        first(abstract="We show [more]"),
        both(abstract="We show how engines turn, and count. " * 3 + "When all the wh"),
    ],
    "title_repeated": [both(title="Untranslated")],
    "category_unknown": [first(category="NEW")],
    "text_escaped": [both(title="Engines &amp; notes"), first(title="Engine&#x27;s notes", abstract="It is &lt; 3.")],
    "title_numbered": [replace(SOUND, papers=(replace(SOUND.papers[0], title="1. On engines"),))],
    "abstract_form": [first(abstract=", Jakub Okafor Systems"), first(abstract="· eth-zurich Words.")],
    "block_bare": [first(authors=(), abstract=None)],
    "name_missing": [replace(SOUND, name=""), replace(SOUND, name="A" * 301)],
    "paper_count_missing": [replace(metrics(paper_count=None), heading_count=None)],
    "out_of_range": [metrics(h_index=1_001), metrics(novelty_pct=101), metrics(ai_score=101), metrics(h_index=-1)],
    "counts_disagree": [metrics(paper_count=3), replace(metrics(paper_count=1), heading_count=1)],
    "listing_unread": [replace(SOUND, papers=(), listing_complete=False)],
    "date_out_of_range": [
        first(published_on=None),
        first(published_on=date(2026, 11, 24)),
        first(published_on=date(1989, 12, 31)),
    ],
    "title_length": [first(title=""), first(title="A" * 1_001)],
    "abstract_length": [first(abstract="A" * 20_001)],
    "paper_listed_twice": [first(paper_id="title:1")],
    "listing_incomplete": [replace(SOUND, papers=SOUND.papers[:1], listing_complete=False)],
    "value_missing": [metrics(novelty_pct=None)],
    "owner_not_named": [first(authors=("Charles Babbage",), et_al=False), replace(SOUND, name="A. Lovelace")],
    "h_index_above_papers": [metrics(h_index=3)],
    "h_index_above_citations": [metrics(h_index=2, citation_count=3)],
}


def test_a_sound_profile_keeps_every_rule() -> None:
    """Zeros are values, tomorrow has begun in other zones, an abstract may be missing: no problem is found."""
    assert check(SOUND, NOON) == []


@pytest.mark.parametrize("name", NAMES)
def test_names_of_every_kind_are_names(name: str) -> None:
    """Particles, suffixes, scripts, initials and groups break no rule."""
    assert check(first(authors=("Ada Lovelace", name)), NOON) == []


@pytest.mark.parametrize("text", ["Schrödinger’s naïve café…or not", "Ångström “scales”", "Über É”", "雪 — ‘Yuki’"])
def test_texts_in_other_letters_are_not_garbled(text: str) -> None:
    """Accents, typographic quotes and other scripts break no rule."""
    assert check(first(title=text, abstract=f"{text}."), NOON) == []


@given(st.lists(st.sampled_from(["Ada", "Lovelace", "ada", "O'Neil", "MacKay", "J.", "Bob-Lee", "Ångström", "A", ""])))
def test_a_quick_look_at_names_says_what_the_long_one_says(words: list[str]) -> None:
    """A name that is plain at once is words with capitals."""
    name = " ".join(words)
    is_plain = " " in name and all(word.isalpha() and word.istitle() for word in name.split(" "))
    assert _is_plain(name) == is_plain


@pytest.mark.parametrize(
    "profile",
    [
        both(abstract="What the paper on engines says"),  # short texts may be of one length by chance
        first(title="On R&amp;D"),  # one text is as its author wrote it
        replace(first(title="AT&amp;T", abstract="At &lt;3."), name="Ada & Co"),
        both(category="XQ"),
        replace(first(category="XQ"), field="XQ"),
        first(title="Less is more", abstract="How to read more."),
        both(abstract="We show how engines turn when all the wheels do."),
        first(category="astro-ph"),
    ],
)
def test_what_a_page_may_well_say_is_sound(profile: Profile) -> None:
    """One escaped character, a code said twice, an old archive, the word "more" and one short length break no rule."""
    assert not [problem for problem in check(profile, NOON) if problem.severity is Severity.ERROR]


def test_an_author_without_papers_is_sound() -> None:
    """Zero papers under a heading of zero are a complete listing."""
    none = replace(SOUND, metrics=Metrics(0, 0, 0, 0, 0), papers=(), heading_count=0)
    assert check(none, NOON) == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_each_rule_finds_its_breach(rule: Rule) -> None:
    """Each breach is reported under its rule with the rule's severity and a detail, and rules state their reason."""
    assert rule.reason
    for profile in BREACHES[rule.name]:
        problems = [problem for problem in check(profile, NOON) if problem.rule == rule.name]
        assert problems
        assert all(problem.severity is rule.severity and problem.detail for problem in problems)


def test_hard_rules_come_first() -> None:
    """Whoever shows one problem shows the one that refused the page."""
    both = metrics(novelty_pct=None, ai_score=400)
    assert [problem.severity for problem in check(both, NOON)] == [Severity.ERROR, Severity.WARNING]
