"""A layout that was met before: what its pages are made of, and how one is read by it.

Where a page's structure is one that was read before, to the last tag (`skeleton`), only its words can make a difference
to what is what. So a layout is used only for pages whose words make none: labels are the same to the letter, values
have the form of values, and no title, name or abstract could be taken for a label, a date, a code, a heading or
anything else that the full reading looks for. Whatever leaves a doubt raises, and the page is read in full.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter
from typing import Literal, TypeVar

from scholar_etl.model import Metrics, Profile
from scholar_etl.sources import blocks
from scholar_etl.sources.forms import Block, Fixed, Head, Tail, UnlikeError, said_by, text_of
from scholar_etl.sources.header import LABELS, announced_count, field_code, parse_metric, title_parts
from scholar_etl.sources.labelled import is_value
from scholar_etl.sources.listing import Place
from scholar_etl.sources.names import ends_like_names
from scholar_etl.sources.skeleton import Skeleton, Template
from scholar_etl.sources.usual import read_papers
from scholar_etl.sources.wording import BADGE, is_code

_MOST_FORMS = 64  # heads, blocks or tails of a layout
_DIGIT = re.compile(r"\d")

_Key = TypeVar("_Key")
_Form = TypeVar("_Form")


@dataclass(slots=True)
class Layout:
    """Heads, blocks and tails that go together, by their forms; a block's and a tail's with their opening.

    `joints` are the runs between them by their characters, each in two: what closes the one, what opens the other.
    `date_path` are the tags down to a block's date, `title_column` is the column of its title, `title_kind` tells what
    makes it one: that it is a heading, that its column is `own`, or the place, where it is `shared` with the date line;
    `ahead` is how many ranks and buttons stand before a title that is no heading.
    """

    date_path: str
    title_column: str
    title_kind: Literal["heading", "own", "shared"]
    ahead: int
    heads: dict[str, Head] = field(default_factory=dict)
    blocks: dict[tuple[str, str], Block] = field(default_factory=dict)
    tails: dict[tuple[str, str], Tail] = field(default_factory=dict)
    joints: dict[str, tuple[str, str]] = field(default_factory=dict)

    def is_like(self, other: Layout) -> bool:
        """Tell whether another layout has the same in the same places."""
        same = attrgetter("date_path", "title_column", "title_kind", "ahead")
        return bool(same(self) == same(other))

    def add(self, other: Layout) -> None:
        """Take over the forms of a layout that is like this one."""
        self.heads = _joined(self.heads, other.heads)
        self.blocks = _joined(self.blocks, other.blocks)
        self.tails = _joined(self.tails, other.tails)
        self.joints = _joined(self.joints, other.joints)

    def read(self, skeleton: Skeleton, fetched_at: datetime) -> Profile:
        """Return what a page says. Raises `UnlikeError`, or what reading a value raises, when there is any doubt."""
        form = skeleton.form
        for head in self.heads.values():
            if form.startswith(head.form):
                blocks, tail, end = self._blocks(form, head)
                if tail is not None and len(blocks) > 1:
                    return _read(skeleton, head, blocks, tail, end, fetched_at)
        raise UnlikeError

    def _blocks(self, form: str, head: Head) -> tuple[list[Place], Tail | None, int]:
        """Return the blocks behind a head, and the tail with the place of the run before it."""
        found: list[Place] = []
        at, closing = len(head.form), head.closing
        before, *pieces = re.split(f"([{''.join(self.joints)}])", form[at:])
        for symbol, inner in zip(pieces[::2], pieces[1::2], strict=True) if not before else ():
            closes, opening = self.joints[symbol]
            if closes != closing:
                break
            block = self.blocks.get((opening, inner))
            if block is None:
                return found, self.tails.get((opening, form[at + 1 :])), 2 * at
            found.append((block, 2 * at))
            at, closing = at + 1 + len(inner), block.closing
        return found, None, 2 * at


def _read(
    skeleton: Skeleton, head: Head, blocks: Sequence[Place], tail: Tail, end: int, fetched_at: datetime
) -> Profile:
    tokens = skeleton.tokens
    titles = title_parts(said_by(head.title, tokens, 0))
    name = said_by(head.name, tokens, 0)
    if name not in titles or is_code(name) or LABELS.may_be_in(name):
        raise UnlikeError
    _compare(head.fixed, tokens, 0, titles)
    _compare(tail.fixed, tokens, end, titles)
    count = announced_count(" ".join([said_by(template, tokens, 0) for template in head.heading]))
    metrics = Metrics(
        **{
            metric: parse_metric(metric, _value(metric, template, tokens, is_labelled))
            for metric, template, is_labelled in head.metrics
        }
    )
    if count != len(blocks) or count != metrics.paper_count:
        raise UnlikeError
    code = field_code(said_by(head.field, tokens, 0)) if head.field else None
    if head.field and code is None:
        raise UnlikeError
    papers = read_papers(blocks, tokens, name, fetched_at)
    return Profile(
        name,
        code,
        metrics,
        tuple(papers),
        heading_count=count,
        listing_complete=True,
        layout=head.paths,
    )


def _value(metric: str, template: Template, tokens: Sequence[str], is_labelled: bool) -> str:
    text = text_of(template, tokens, 0)
    mentions = LABELS.mentions([text])
    if not is_labelled:
        if mentions or not is_value(text):
            raise UnlikeError
        return text.text
    if len(mentions) != 1 or mentions[0].name != metric or mentions[0].value is None:
        raise UnlikeError
    return mentions[0].value


def _compare(fixed: Sequence[Fixed], tokens: Sequence[str], start: int, titles: set[str]) -> None:
    for one in fixed:
        said = said_by(one.template, tokens, start)
        if said in titles or (said != one.text and not (one.may_change and _is_idle(said))):
            raise UnlikeError


def _is_idle(said: str) -> bool:
    """Tell whether a text outside of the blocks is of no consequence: no figure or label, nothing of a paper."""
    is_of_a_paper = len(said) > blocks.LONGEST_AD or said == BADGE or is_code(said) or ends_like_names(said)
    return not is_of_a_paper and not _DIGIT.search(said) and not LABELS.may_be_in(said)


def _joined(own: dict[_Key, _Form], new: dict[_Key, _Form]) -> dict[_Key, _Form]:
    """Return both, the newest forms only where they are too many. A thread may be reading by the one there is."""
    both = own | new
    while len(both) > _MOST_FORMS:
        del both[next(iter(both))]
    return both
