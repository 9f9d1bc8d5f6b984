"""What has fallen out of a block, or into it: small damages, each of which a rule holds."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from scholar_etl.extract import extract_page
from scholar_etl.model import Extraction, Outcome

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
URL = "https://www.scholarfeed.org/author/1"
PROSE = "We try an engine on {n} tables of numbers, and find that it counts each of them as a person would, but faster."
FURTHER = (
    "<div>Of {n} of them a person would not have said so. This is what we look at in the rest of this paper, and in its"
    " appendix.</div>"
)
METRICS = (
    "<dl><div><dt>h-index</dt><dd>1</dd></div><div><dt>papers</dt><dd>3</dd></div><div><dt>citations</dt><dd>4</dd></div>"
    "<div><dt>Novelty</dt><dd>40%</dd></div><div><dt>AI Score</dt><dd>50</dd></div></dl>"
)


def _block(n: int) -> str:
    return (
        f'<article><p><i>CL</i> <time>May {n}, 2022</time></p><h3><a href="/paper/2205.0000{n}">Study {n}</a></h3>'
        f"<p>Ada Lovelace, Bob Noyce</p><div>{PROSE.format(n=n)}</div>{FURTHER.format(n=n) if n < 3 else ''}</article>"
    )


def _page(blocks: str, *, metrics: str = METRICS, count: int = 3) -> bytes:
    return (
        "<!doctype html><html><head><title>Ada Lovelace</title></head><body><main><h1>Ada Lovelace</h1>"
        f"{metrics}<h2>{count} Papers</h2><section>{blocks}</section></main></body></html>"
    ).encode()


def _extract(blocks: str, *, metrics: str = METRICS, count: int = 3) -> Extraction:
    return extract_page(_page(blocks, metrics=metrics, count=count), url=URL, fetched_at=NOON)


BLOCKS = "".join(map(_block, (1, 2, 3)))
NAMES = "<p>Ada Lovelace, Bob Noyce</p>"
ABSTRACT = f"<div>{PROSE.format(n=3)}</div>"
SECOND, THIRD = _block(2), _block(3)
# What is replaced, and by what.
DAMAGES = {
    "authors behind their block": (SECOND, SECOND.replace(NAMES, "") + NAMES),
    "authors behind the papers": (f"{NAMES}{ABSTRACT}</article>", f"{ABSTRACT}</article></section>{NAMES}<section>"),
    "authors in the footer": (f"{NAMES}{ABSTRACT}", f"{ABSTRACT}<footer>{NAMES}</footer>"),
    "abstract as bare text behind the last block": (f"{ABSTRACT}</article>", "</article>It counts."),
    "badge between blocks": (SECOND, f"{SECOND}<small>Code</small>"),
    "paragraph above the authors": (f"{NAMES}{ABSTRACT}", f"<div>{PROSE.format(n=9)}</div>{NAMES}{ABSTRACT}"),
    "date at the end of the abstract": (ABSTRACT, f"{ABSTRACT}<div>May 9, 2020</div>"),
    "date before the abstract's label": (
        ABSTRACT,
        ABSTRACT.replace("<div>", "<div><i>May 9, 2020</i><b>Abstract:</b> "),
    ),
    "abstract said twice, with another number": (ABSTRACT, ABSTRACT + ABSTRACT.replace("3", "7")),
    "abstract said twice, with a longer number": (ABSTRACT, ABSTRACT + ABSTRACT.replace("3", "7,045")),
    "metrics in the abstract": (
        ABSTRACT,
        f"<div>h-index 5 • 1 papers • 1,413 citations • Novelty 49% • AI Score 66</div>{ABSTRACT}",
    ),
    "an abstract doubled in the title's place": (
        THIRD,
        f"<article><p><i>CL</i> <time>May 3, 2022</time></p>{ABSTRACT}{ABSTRACT}</article>",
    ),
    "placeholder in the abstract": (ABSTRACT, f"<div>Loading…</div>{ABSTRACT}"),
    "nothing but an abstract": (f'<h3><a href="/paper/2205.00003">Study 3</a></h3>{NAMES}', ""),
    "title in the abstract's place": (
        f'<h3><a href="/paper/2205.00003">Study 3</a></h3>{NAMES}{ABSTRACT}',
        f'<h3>{PROSE}</h3>{NAMES}<div><a href="/paper/2205.00003">Study 3</a></div>',
    ),
    "link to another paper": (
        f'<a href="/paper/2205.00003">Study 3</a></h3>{NAMES}',
        f'Study 3</h3>{NAMES}<nav><a href="/paper/1503.01287">PDF</a></nav>',
    ),
    "badge at the end of the title": ("Study 3</a>", "Study 3<b>New</b></a>"),
    "badge at the end of the abstract": (ABSTRACT, ABSTRACT.replace("</div>", "<b>Beta</b></div>")),
    "badge in the abstract's place": (ABSTRACT, "<div>Code</div>"),
    "date at the end of the title": ("Study 3</a>", "Study 3<i>May 9, 2020</i></a>"),
    "a word in the abstract's place": (ABSTRACT, "<div>availableCode:</div>"),
    "a note in the abstract's place": (ABSTRACT, "<div>Updated Nov 21</div>"),
    "a placeholder between two names": (NAMES, "<p><a>Ada Lovelace</a>-<a>Bob Noyce</a></p>"),
    "title below the abstract": (ABSTRACT, f"{ABSTRACT}<div>Study 3</div>"),
    "badge on a line before the title": ("Study 3</a>", "\n<i>Beta</i>Study 3</a>"),
    "tooltip before the title": ("Study 3</a>", "<i>Updated weekly</i>Study 3</a>"),
    "affiliation run into a name": (NAMES, "<p>Ada Lovelace, Bob Noyce · uva<i>Cy Dee</i></p>"),
    "affiliation without a separator": (NAMES, "<p>Ada Lovelace, Bob Noyce <i>uva</i></p>"),
    "placeholder for the authors' label": (NAMES, NAMES.replace("<p>", "<p><b>Coming</b> ")),
    "title and authors in each other's place": (
        f"Study 3</a></h3>{NAMES}",
        "Ada Lovelace, Bob Noyce</a></h3><p>Study of Engines</p>",
    ),
    "block without its date": ("<time>May 3, 2022</time>", ""),
}


def test_the_whole_listing_is_read() -> None:
    """The listing that is damaged here is read when it is whole, and without its last block as incomplete."""
    assert _extract(BLOCKS).outcome is Outcome.ACCEPTED
    part = _extract(_block(1) + _block(2)).profile
    assert part is not None
    assert not part.listing_complete


@pytest.mark.parametrize("name", DAMAGES)
def test_a_loss_is_not_taken_for_an_absence(name: str) -> None:
    """A block that has lost something, or has been given something, is held with a reason."""
    old, new = DAMAGES[name]
    assert BLOCKS.count(old) > 0
    at = BLOCKS.rindex(old)
    extraction = _extract(BLOCKS[:at] + new + BLOCKS[at + len(old) :])
    assert extraction.outcome is Outcome.QUARANTINED
    assert extraction.problems[0].detail


def test_a_page_that_is_cut_within_its_last_block_is_held() -> None:
    """Wherever a page ends within the last abstract, nothing behind it tells that it is whole."""
    page = _page(BLOCKS)
    end = page.rindex(b"</div></article>")
    for at in range(end - 20, end + 1):
        assert extract_page(page[:at], url=URL, fetched_at=NOON).outcome is Outcome.QUARANTINED


def test_a_paper_of_others_beside_the_author_s_own_is_held() -> None:
    """The block of a paper without the owner is not the one announced, where a text behind it may be that."""
    others = _block(2).replace("Ada Lovelace", "Cy Dee")
    metrics = METRICS.replace("<dd>3<", "<dd>1<")
    own = f"<h3>Study 1</h3><p>Ada Lovelace</p><div>{PROSE}</div>"
    assert _extract(others + own, metrics=metrics, count=1).outcome is Outcome.QUARANTINED
    assert _extract(others, metrics=metrics, count=1).outcome is Outcome.ACCEPTED


def test_metrics_that_are_named_and_not_read_are_held() -> None:
    """Where a second table has fallen apart, or has no values yet, nothing tells which of the two is the author's."""
    fallen = _extract(BLOCKS, metrics=f"{METRICS}<p>h-indexpaperscitations2739</p>")
    assert fallen.outcome is Outcome.QUARANTINED
    waiting = "".join(f"<p><b>{label}</b><i>null</i></p>" for label in ("h-index", "papers", "citations"))
    assert _extract(BLOCKS, metrics=f"<div>{waiting}</div>{METRICS}").outcome is Outcome.QUARANTINED
    assert _extract(BLOCKS, metrics=f"{METRICS}<p>Papers and citations of 2022</p>").outcome is Outcome.ACCEPTED


def test_one_block_of_several_is_held() -> None:
    """Where several papers are announced and one is found, nothing tells where it ends."""
    assert _extract(_block(1)).outcome is Outcome.QUARANTINED
    assert _extract(_block(1), metrics=METRICS.replace("<dd>3<", "<dd>1<"), count=1).outcome is Outcome.ACCEPTED


def test_a_short_paragraph_in_one_abstract_is_held() -> None:
    """Where no other abstract has paragraphs, a few words are more likely something else."""
    blocks = BLOCKS.replace(FURTHER.format(n=1), "").replace(FURTHER.format(n=2), "")
    assert _extract(blocks).outcome is Outcome.ACCEPTED
    assert _extract(blocks.replace(ABSTRACT, f"<div>Made for readers.</div>{ABSTRACT}")).outcome is Outcome.QUARANTINED


@pytest.mark.parametrize(
    ("old", "new"),
    [
        # It has lost its value, and another number has come near.
        ("<dd>50</dd></div>", "</div><p>7</p>"),
        # With another label gone, a number without its unit may be that one's.
        ("<dd>40%</dd></div><div><dt>AI Score</dt><dd>50</dd>", "<dd>50</dd></div><div><dt>KI-Wert</dt>"),
        ("<div><dt>citations", '<a href="/author/7">Cy Twombly</a><div><dt>citations'),
    ],
)
def test_a_value_is_not_taken_from_elsewhere(old: str, new: str) -> None:
    """A metric whose value is gone, or may be another's, holds the page."""
    assert old in METRICS
    assert _extract(BLOCKS).outcome is Outcome.ACCEPTED
    assert _extract(BLOCKS, metrics=METRICS.replace(old, new)).outcome is Outcome.QUARANTINED


def test_a_namesake_among_the_similar_authors_is_another() -> None:
    """Where the author's own metrics cannot be read, those of a linked namesake with as many papers are not taken."""
    namesake = METRICS.replace("<dd>4<", "<dd>99<")
    card = f'<div><a href="/author/7">Ada Lovelace</a>{namesake}</div>'
    extraction = _extract(BLOCKS, metrics=METRICS.replace("<dd>4</dd>", "") + card)
    assert extraction.outcome is Outcome.QUARANTINED
    assert _extract(BLOCKS, metrics=METRICS + card).outcome is Outcome.ACCEPTED


def _with_label(block: str, label: str) -> str:
    return block.replace("<div>We try", f"<div><b>{label}</b> We try")


@pytest.mark.parametrize("label", ["Abstract.", "Abstract —", "Summary."])
def test_a_label_ahead_of_every_abstract_is_taken_off(label: str) -> None:
    """What every abstract begins with, in bold, is a label whatever ends it; where one lacks it, the page is held."""
    whole = _extract("".join(map(_block, (1, 2, 3))))
    assert whole.profile is not None
    assert _extract("".join(_with_label(_block(n), label) for n in (1, 2, 3))).profile == whole.profile
    assert _extract(_block(1) + _with_label(_block(2), label) + _block(3)).outcome is Outcome.QUARANTINED


@pytest.mark.parametrize("label", ["Zusammenfassung.", "概要 —", "TL;DR:"])
def test_an_unknown_label_ahead_of_every_abstract_holds_the_page(label: str) -> None:
    """What every abstract begins with in an element of its own is no word of theirs."""
    assert _extract("".join(_with_label(_block(n), label) for n in (1, 2, 3))).outcome is Outcome.QUARANTINED


def test_a_grid_with_a_lost_date_is_held() -> None:
    """The title of a block that cannot be read is no break behind which another list begins."""
    rows = [f"<div>{_block(1)}{_block(2)}</div>", f"<div>{_block(3)}{_block(4)}</div>"]
    grid = "".join(rows)
    assert _extract(grid, metrics=METRICS.replace("<dd>3<", "<dd>4<"), count=4).profile is not None
    lost = grid.replace("May 3, 2022", "3 days ago")
    assert _extract(lost, metrics=METRICS.replace("<dd>3<", "<dd>4<"), count=4).outcome is Outcome.QUARANTINED


def test_an_author_s_page_without_metrics_is_held() -> None:
    """A page that lists papers of whom its title names is that author's, and held; a list of others is no profile."""
    unread = "<p>Impact: 4 by 3</p>"
    (problem,) = _extract(BLOCKS, metrics=unread).problems
    assert problem.rule == "metrics_missing"
    other = _extract(BLOCKS.replace("Ada Lovelace", "Grace Hopper"), metrics=unread)
    assert other.outcome is Outcome.NOT_A_PROFILE
