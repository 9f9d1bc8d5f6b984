"""What makes the papers of a listing doubtful, once they are read: each function raises where a page is to be held."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import takewhile

from scholar_etl.sources.blocks import LONGEST_AD, Cell, Heading, is_surely_whole
from scholar_etl.sources.dom import Text
from scholar_etl.sources.header import LABELS
from scholar_etl.sources.names import is_surely_names, may_be_names, read_plain_names
from scholar_etl.sources.row import Row
from scholar_etl.sources.selectors import AmbiguousOnPageError
from scholar_etl.sources.values import is_date
from scholar_etl.sources.wording import DATE_LINE, is_code, is_furniture, is_label, is_telling, label_ahead, read_date
from scholar_etl.text import fold, is_placeholder

_PERCENTAGE = re.compile(r"\d[\d,.]*\s?%")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_LONGEST_LINE = 200  # of names
_ET_AL = re.compile(r"\bet al\b")
_LONGEST_STRAY = 60
_LONGEST_NOTE = 100
_BEGINNING = re.compile(r"[^\W\d][^:.]{1,20}:(?=\s)")  # of a paragraph, as a label
_MORE = re.compile(r"[\[(…. ]*(?:(?:read|show|see|view|expand) )?(?:more|less|all|full)\b.{0,12}", re.IGNORECASE)
_FEW = 2  # papers, of which nothing can be told to be unusual
_SENTENCE_END = re.compile(r"[.!?:;…。！？；：।؟$)\]}\"”’»]$")
_SHORTEST_TWICE = 16
_LONGEST_SYMBOL = 2
_SENTENCE_MARKS = frozenset(".!?")
LONGEST_TITLE = 350
_LONGEST_LONE_TITLE = 200  # of a block without abstract


def stand_apart(rows: Sequence[Row], heading: Heading, texts: Sequence[Text]) -> bool:
    """Tell whether another heading stands between the blocks and the one that announces them."""
    return any(text.element.is_heading for text in texts[heading.last : rows[0].block.first])


def refuse_list_of_another(rows: Sequence[Row], heading: Heading, texts: Sequence[Text], owner: str) -> None:
    """Raise when the papers may be another's: a part of a listing, or one away from its heading, without its owner.

    A whole listing may name its owner nowhere: behind "et al.", or under another spelling. A part of one that does, or
    one with prose behind it, is more likely another list that stands where this one should; and a paper in a part whose
    authors are all named, and have no name in common with the owner, belongs to another list that follows.
    """
    is_whole = len(rows) >= heading.count and not stand_apart(rows, heading, texts)
    if is_whole and not rows[-1].block.is_followed:
        return
    listed = f"{len(rows)} of {heading.count} papers are listed, and {owner!r}"
    if not any(row.names and owner in row.names.authors for row in rows):
        raise AmbiguousOnPageError("listing_of_another", f"{listed} is named as an author of none")
    if is_whole:
        return
    own = set(owner.casefold().split())
    for row in rows:
        if row.names and not row.names.et_al and own.isdisjoint(" ".join(row.names.authors).casefold().split()):
            raise row.unclear("listing_of_another", f"{listed} is none of its authors")


def refuse_lone_block(rows: Sequence[Row], heading: Heading) -> None:
    """Raise when one paper is found of several, and may have taken up what stands where the others should.

    It has not where its end is certain, and all that stands in it is what a paper has.
    """
    row = rows[0]
    is_plain = is_surely_whole(row.block) and row.names is not None and len(row.abstract) == 1
    if len(rows) == 1 < heading.count and not is_plain:
        raise AmbiguousOnPageError(
            "ambiguous_listing", f"{heading.count} papers are announced and one is found: nothing tells where it ends"
        )


def refuse_names_aside(rows: Sequence[Row], texts: Sequence[Text], owner: str) -> None:
    """Raise when authors stand in the footer of a block, where only buttons and links should."""
    for text in texts[rows[0].block.first : rows[-1].block.last]:
        if text.element.aside == "footer" and is_surely_names(Cell(text.element, (text,), ""), owner):
            raise AmbiguousOnPageError("authors_unclear", f"{text.text[:60]!r} stands in the footer of a paper")


def refuse_lost_fields(rows: Sequence[Row]) -> None:
    """Raise when a block lacks what all others have, and what is left of it, or stands behind it, may be just that."""
    for row in rows:
        if row.names and row.abstract:
            continue
        others = [other for other in rows if other is not row]
        is_bare = not row.names and not row.abstract
        if is_bare and not row.is_marked and (not others or any(other.is_marked for other in others)):
            raise row.unclear("title_unclear", "it is neither linked nor a heading, and nothing stands below it")
        if not row.names and not row.is_marked and others and all(other.is_marked for other in others):
            raise row.unclear(
                "title_unclear", "it is neither linked nor a heading, unlike the others, and has no authors"
            )
        if is_bare and not others and row.block.is_followed:
            raise row.unclear("odd_block", "nothing stands in it but a title, and something behind it")
        for name in ("names", "abstract") if row.block.is_followed and others else ():
            if not getattr(row, name) and all(getattr(other, name) for other in others):
                raise row.unclear("odd_block", f"it has no {name}, unlike the others, and something stands behind it")


def refuse_lost_end(rows: Sequence[Row], texts: Sequence[Text], owner: str) -> None:
    """Raise when the last block lacks what stands somewhere behind the listing."""
    *others, last = rows
    behind = [text for text in texts[last.block.last :] if not text.element.aside]
    if last.names is None and any(is_surely_names(Cell(text.element, (text,), ""), owner) for text in behind):
        raise last.unclear("authors_unclear", "it has no authors, and a line of authors stands behind the papers")
    lacks_abstract = not last.abstract and all(row.abstract for row in others)
    for text in takewhile(lambda text: not text.element.is_heading, behind) if lacks_abstract else ():
        if len(text.text) > LONGEST_AD:
            raise last.unclear("unread_text", f"it has no abstract, and {text.text[:60]!r} stands behind the papers")


def check_title_links(linked: Sequence[str | None], row: Row) -> None:
    """Raise when the links in a title lead to the paper and to something else; `linked` are the arXiv ids, or None."""
    if len(linked) > 1 and any(linked) and len(set(linked)) > 1:
        raise row.unclear("title_unclear", "a link to something else stands in the title")


def check_title(row: Row, owner: str) -> None:
    """Raise when what stands in the title's place is another field, because the title is missing."""
    title = row.title
    assert title is not None  # noqa: S101 - it was read before
    is_names = is_surely_names(title, owner) or (row.names is None and "," in title.text and may_be_names(title))
    is_names = is_names and not (row.names and row.is_marked)
    if is_names or (row.names is None and owner in title.text) or _is_line_of(title, owner):
        raise row.unclear("title_unclear", "a line of authors stands where the title should")
    if glued := next(filter(None, map(_glued, title.texts)), None):
        raise row.unclear("title_unclear", f"does {glued!r} belong to it?")
    # A code on each side of the date: the one of them that is the title must be marked as such.
    if is_date(title.text) or _PERCENTAGE.fullmatch(title.text) or (is_code(title.text) and not row.is_marked):
        raise row.unclear("title_unclear", f"{title.text!r} stands where the title should")
    is_alone = not row.rest and "abstract" not in row.labelled
    if len(title.text) > (_LONGEST_LONE_TITLE if is_alone else LONGEST_TITLE) or _is_said_twice(title.text):
        raise row.unclear("title_unclear", f"{len(title.text)} characters stand where the title should")


def _is_line_of(title: Cell, owner: str) -> bool:
    """Tell whether a title is a line of authors, with the page's own and others; one may be called after a person."""
    line = read_plain_names(title) if owner in title.text else None
    return line is not None and owner in line.authors and (len(line.authors) > 1 or line.affiliation is not None)


def _glued(text: Text) -> str | None:
    """Return what is glued to the beginning or the end of a text in an element of its own: a badge, or a tooltip."""
    if len(text.parts) == 1:
        return None
    parts = [part for part in text.parts if not part[0].isspace()]
    ends = ((parts[0], parts[1][0][:1]), (parts[-1], parts[-2][0][-1:])) if len(parts) > 1 else ()
    for (part, is_child), beside in ends:
        is_glued = beside.isalnum() or beside in _SENTENCE_MARKS
        if is_child and is_glued and len(part) > _LONGEST_SYMBOL and (part[0].isupper() or read_date(part)):
            return part
    return None


def passes_for_title(text: str, owner: str) -> bool:
    """Tell whether `check_title` surely lets a text pass that does not end like names.

    Below it stand names and an abstract. Whatever is added there is needed here.
    """
    return not (
        owner in text
        or is_date(text)
        or _PERCENTAGE.fullmatch(text)
        or is_code(text)
        or len(text) > LONGEST_TITLE
        or _is_said_twice(text)
    )


def _is_said_twice(text: str) -> bool:
    half, odd = divmod(len(text), 2)
    return len(text) >= _SHORTEST_TWICE and text[:half] == text[half + odd :] and (not odd or text[half].isspace())


def refuse_strays(row: Row, owner: str) -> None:
    """Raise when an abstract holds something else: authors, a date, a label, a piece that is no paragraph."""
    line = row.abstract[0].text[:_LONGEST_LINE] if row.names is None and row.abstract else ""
    if owner in line or _ET_AL.search(line):
        raise row.unclear("authors_unclear", f"a line of authors stands in the abstract: {line[:60]!r}")
    texts = [text for cell in row.abstract for text in cell.texts]
    # A line with a date is quoted, unless it comes first.
    strays = (
        text.text for n, text in enumerate(texts) if _is_stray(text) and not (n and DATE_LINE.fullmatch(text.text))
    )
    stray = next(strays, None) if len(texts) > 1 else None
    stray = (
        stray
        or next((text.text for text in texts if len(text.text) <= _LONGEST_STRAY and is_date(text.text)), None)
        or next((text.text for text in texts if len(texts) == 1 and _is_no_prose(text.text)), None)
        or _label_inside(row)
    )
    if stray is not None:
        raise row.unclear("unread_text", f"{stray!r} stands in the abstract")


def refuse_unknown_label(rows: Sequence[Row]) -> None:
    """Raise when every abstract begins with the same word in an element of its own, with a mark behind it: a label."""
    labels = set()
    for row in rows:
        if row.rest:
            part, is_child = next(part for part in row.rest[0].texts[0].parts if not part[0].isspace())
            labels.add(fold(part) if is_child else "")
    label = labels.pop() if len(labels) == 1 else ""
    if label.endswith(":") or (label.endswith((".", "—", "–")) and label_ahead(f"{label} ") is None):
        raise AmbiguousOnPageError("unread_text", f"{label!r} stands before every abstract")


def refuse_unlike_abstracts(rows: Sequence[Row]) -> None:
    """Raise when a paragraph of an abstract is more likely something else that stands in a block.

    It says the same in several blocks, or begins with the same label; each block has a short one at the same place;
    only one block has another paragraph, and that is short; it is the title, or stands twice, from two moments.
    """
    paragraphs = [[text.text for cell in row.abstract for text in cell.texts] for row in rows]
    several = [(row, said) for row, said in zip(rows, paragraphs, strict=True) if len(said) > 1]
    if len(several) == 1 and len(rows) > _FEW and len(short := min(several[0][1], key=len)) <= _LONGEST_STRAY:
        raise several[0][0].unclear("unread_text", f"{short!r} is a paragraph of this abstract alone")
    sayings: Counter[str] = Counter()
    for own in {frozenset(said) for _, said in several}:  # two versions of one paper have one abstract
        sayings.update(own | {label[0] for text in own if (label := _BEGINNING.match(text))})
    for saying, count in sayings.most_common(1):
        if count > 1:
            raise several[0][0].unclear("unread_text", f"{saying[:60]!r} stands in {count} abstracts")
    if len(several) == len(rows) > _FEW and len({len(said) for said in paragraphs}) == 1:
        for same in zip(*paragraphs, strict=True):
            if max(map(len, same)) <= _LONGEST_NOTE:
                raise several[0][0].unclear("unread_text", f"each abstract has a short paragraph, as {same[0][:60]!r}")
    for row, said in several:
        if row.title and row.title.text in said:
            raise row.unclear("unread_text", "its title stands in the abstract once more")
        if len({_NUMBER.sub("", text) for text in said}) < len(said):
            raise row.unclear("unread_text", "its abstract says one paragraph twice, but for the numbers")


def refuse_run_in_abstracts(rows: Sequence[Row]) -> None:
    """Raise when an abstract begins or ends in something else that stands in its element: a badge or a button."""
    for row in rows:
        if row.abstract and (glued := _glued(row.abstract[-1].texts[-1])):
            raise row.unclear("unread_text", f"does {glued!r} belong to the abstract?")
        last, is_child = row.abstract[-1].texts[-1].parts[-1] if row.abstract else ("", False)
        last = fold(last)
        if is_child and (_MORE.fullmatch(last) or (last[:1].isalpha() and is_furniture(last))):
            raise row.unclear("unread_text", f"the abstract ends in {last!r}: something is left out, or belongs to it")


def _label_inside(row: Row) -> str | None:
    """Return a label that stands in the middle of an abstract, in an element of its own: something came before it."""
    parts = [part for cell in row.abstract for text in cell.texts for part in text.parts]
    inside = (fold(part) for part, is_child in parts[1:] if is_child and ":" in part[-2:])
    return next((label for label in inside if label.endswith(":") and is_label(label)), None)


def _is_no_prose(text: str) -> bool:
    """Tell whether all of an abstract is a badge, a button, a word, or one before a date: `Updated Nov 21`."""
    return is_telling(text) or text.removesuffix(":").isalnum() or is_date(text.partition(" ")[2])


def _is_stray(text: Text) -> bool:
    """Tell whether a piece of an abstract is no paragraph: short, without the end of a sentence, or some metrics."""
    piece = text.text
    is_short = len(piece) <= _LONGEST_STRAY
    return (is_short and (_SENTENCE_END.search(piece) is None or is_placeholder(piece))) or bool(
        LABELS.mentions([text])
    )
