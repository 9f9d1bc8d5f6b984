"""The rules that a page must keep before its facts may become history. Rules are data: one place, each with its reason.

A hard rule refuses the page, a soft rule accepts and flags it. All of them judge one page alone; the one that needs the
author's past is `collapse.py`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from scholar_etl.arxiv import is_known_code
from scholar_etl.model import METRIC_NAMES, Problem, Profile, Severity
from scholar_etl.text import LONGEST_PLACEHOLDER, is_group, is_placeholder

_LONGEST_AFFILIATION = 100
_SHORTEST_TWICE = 6
_LABELS = frozenset(("h-index", "papers", "citations", "novelty", "ai score", "abstract", "code", "et al."))
# fmt: off
_OF_THE_PAGE = _LABELS | frozenset((
    "about", "authors", "cite", "pdf", "privacy", "save", "scholar feed", "share", "sign in", "terms",
))
# fmt: on
_PLAIN_NAME = re.compile(r"[A-Z][a-z]+(?: [A-Z][a-z]+)+")
_PLAIN_NAMES = re.compile(rf"(?:{_PLAIN_NAME.pattern}\n)*{_PLAIN_NAME.pattern}")
# What no name holds: a footnote's mark, an affiliation, what follows the last name of a line.
_NO_NAME = re.compile(
    r"^(?:null|undefined|nan|n/a|loading\W+)\b|^(?-i:Code[A-Z])|^\d+[^\W\d_]|^(?-i:[a-z]+(?:-[a-z]+)+)$"
    r"|[*†‡§¶@%|•…;#~=<>\[\]\u2190-\u2bff]|\d(?-i:[A-Z])|[?—–-]$"
    r"|\s·|·\s|\.\.|--|\s[—–-]\s|[^\W\d_]\s?\d+$|\([ -~]*\)$|\bet al\b|et al\.?$"
    r"|^(?-i:[A-Z]).*\s(?-i:[a-z]+(?:-[a-z]+)+)$|\s(?!(?:jr|sr)\.)(?-i:[a-zа-я]+)\.$|\s等$"
    r"|^(?!del|der|des|dos|van|von)(?-i:[a-z]{3,}[A-Z])"
    r"|(?:\b(?:and|und|et|y|og|och)\s|&|\+)\s?(?-i:[a-z\d])",
    re.IGNORECASE,
)
_PAIR = re.compile(r"\s(?:and|&)\s", re.IGNORECASE)
# Two names glued: `Ada LovelaceBob Noyce`.
_JOINS = ("Mac", "Van", "Von", "Abu", "Ben", "Del", "Der", "Des", "Dos", "Fitz")  # capitals follow them within a name
_RANK = re.compile(r"#?(\d{1,3})[.):]? ")
_INITIALS = re.compile(r"([A-Z]{2,3}) ((?:\S+ ?)+)")  # of an author's picture, before the name
_PLAIN_TAG = re.compile(r"[a-z][a-z-]{1,60}")
_NO_TAG = re.compile(r"[·•|…\[\]]|\s\S*\d[^\W\d_]|\bet al\b|[a-z]{3}\.$")
# The replacement character, control characters, and halves of what `_is_recoded` finds, whose others were folded away.
_GARBLED = re.compile("[\ufffd\x80-\x9f]|[ÂÃ](?![^\\W\\d_])|(?<=[a-z])[ÂÃ]|â€")
_MAY_BE_RECODED = re.compile("[Â-ô][\x80-¿€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]")
_CUT = re.compile(
    r"(?:(?:…|\.\.\.)\W*(?:(?:(?:read|see|show|view) )?more)?|[\[(](?:(?:read|see|show) )?more)[\])]?$", re.IGNORECASE
)
_ENDS_OF_CUTS = ("…", "...", "]", ")", "more", "More", "MORE")
_SHORTEST_CUT = 100  # shorter texts may be of one length by chance
_ESCAPED = re.compile(r"&(?:amp|lt|gt|quot|apos|#x?[\da-fA-F]+);")
_FIRST_DAY = date(1990, 1, 1)  # arXiv opened in 1991


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `find` yields a detail for each breach of it."""

    name: str
    severity: Severity
    reason: str
    find: Callable[[Profile, datetime], Iterator[str]]


def check(profile: Profile, fetched_at: datetime) -> list[Problem]:
    """Return every breach of every rule, hard ones first. `fetched_at` is the capture's moment, aware, in UTC."""
    problems = [
        Problem(rule.name, rule.severity, detail) for rule in RULES for detail in rule.find(profile, fetched_at)
    ]
    return sorted(problems, key=lambda problem: problem.severity is not Severity.ERROR)


def _name(profile: Profile, _: datetime) -> Iterator[str]:
    if not profile.name or len(profile.name) > 300:
        yield f"the author's name is {profile.name[:40]!r}"


def _has_letters(text: str) -> bool:
    return any(map(str.isalpha, text))


def _name_form(profile: Profile, _: datetime) -> Iterator[str]:
    if profile.name and not _has_letters(profile.name):
        yield f"the author's name is {profile.name[:40]!r}"


def _field_codes(profile: Profile, _: datetime) -> Iterator[str]:
    field = profile.field
    if field and not is_known_code(field) and all(paper.category != field for paper in profile.papers):
        yield f"the author's field is {field!r}, which is no category of arXiv's, nor of any paper"


def _core_metrics(profile: Profile, _: datetime) -> Iterator[str]:
    if profile.metrics.paper_count is None and profile.heading_count is None:
        yield "neither the metrics nor the heading say how many papers there are"


def _ranges(profile: Profile, _: datetime) -> Iterator[str]:
    limits = {
        "h_index": 1_000,
        "paper_count": 20_000,
        "citation_count": 20_000_000,
        "novelty_pct": 100,
        "ai_score": 100,
    }
    for name, limit in limits.items():
        value = getattr(profile.metrics, name)
        if value is not None and not 0 <= value <= limit:
            yield f"{name} is {value}, expected 0 to {limit}"


def _counts(profile: Profile, _: datetime) -> Iterator[str]:
    shown, announced, listed = profile.metrics.paper_count, profile.heading_count, len(profile.papers)
    if shown is not None and announced is not None and shown != announced:
        yield f"the metrics say {shown} papers, the heading says {announced}"
    if announced is not None and listed > announced:
        yield f"{listed} papers are listed under a heading that announces {announced}"


def _listing_read(profile: Profile, _: datetime) -> Iterator[str]:
    if profile.heading_count and not profile.papers:
        yield f"the heading announces {profile.heading_count} papers and none was found below it"


def _dates(profile: Profile, fetched_at: datetime) -> Iterator[str]:
    # A page may be rendered in a zone ahead of UTC, where tomorrow has begun.
    latest = fetched_at.date() + timedelta(days=1)
    for paper in profile.papers:
        if paper.published_on is None:
            yield f"paper {paper.position} has no date"
        elif not _FIRST_DAY <= paper.published_on <= latest:
            yield f"paper {paper.position} is dated {paper.published_on}, expected {_FIRST_DAY} to {latest}"


def _titles(profile: Profile, _: datetime) -> Iterator[str]:
    for paper in profile.papers:
        if not paper.title or len(paper.title) > 1_000:
            yield f"the title of paper {paper.position} has {len(paper.title)} characters"


def _author_forms(profile: Profile, _: datetime) -> Iterator[str]:
    places = {name: paper.position for paper in profile.papers for name in paper.authors}
    together = "\n".join(places)
    # One look at all, for most names are plain.
    are_plain = _PLAIN_NAMES.fullmatch(together) is not None
    if are_plain and _OF_THE_PAGE.isdisjoint(together.casefold().split("\n")):
        return
    tags = {paper.affiliation for paper in profile.papers}
    for name, position in places.items():
        is_other = not _is_plain(name) and (not tags.isdisjoint((name, name.rpartition(" ")[2])) or _is_no_name(name))
        if name.casefold() in _OF_THE_PAGE or is_other:
            yield f"an author of paper {position} is {name[:60]!r}"


def _is_plain(name: str) -> bool:
    """Tell whether a name is words with capitals, of which no rule says anything: most are, and to look takes time."""
    if _PLAIN_NAME.fullmatch(name):
        return True
    return " " in name and all(word.isalpha() and word.istitle() for word in name.split(" "))


def _is_no_name(name: str) -> bool:
    is_twice = len(name) >= _SHORTEST_TWICE and name == name[: len(name) // 2] * 2
    is_pair = _PAIR.search(name) is not None and not is_group(name)
    if is_twice or is_pair or is_placeholder(name) or not _has_letters(name):
        return True
    return bool(_NO_NAME.search(name)) or _is_glued(name) or _begins_with_initials(name)


def _is_glued(name: str) -> bool:
    """Tell whether two names, or a name and a word, run into each other: `Ada LovelaceBob Noyce`."""
    words = name.split(" ")
    for place, word in enumerate(words[1:], 2):
        # The last word may be a group's, as `DeepSeek`.
        before, behind = (2, 0) if place < len(words) else (4, 3)
        if word[1:].islower() or word.startswith(_JOINS):
            continue
        for n in range(before, len(word) - behind):
            around = word[n - before : n] + word[n + 1 : n + 1 + behind]
            if word[n].isupper() and around.isalpha() and around.islower():
                return True
    return False


def _begins_with_initials(name: str) -> bool:
    match = _INITIALS.fullmatch(name)
    words = match[2].split() if match else []
    return match is not None and match[1] == "".join([words[0][0], *(word[0] for word in words[1:][-1:])])


def _affiliation_forms(profile: Profile, _: datetime) -> Iterator[str]:
    places = {paper.affiliation: paper.position for paper in reversed(profile.papers) if paper.affiliation is not None}
    people = {profile.name, *(name for paper in profile.papers for name in paper.authors)} if places else set()
    # Most tags are plain, of which no other rule says anything.
    may_be_plain = people.isdisjoint(places) and _LABELS.isdisjoint(places)
    for tag, position in places.items():
        if may_be_plain and _PLAIN_TAG.fullmatch(tag):
            continue
        is_other = len(tag) > _LONGEST_AFFILIATION or _NO_TAG.search(tag) or not people.isdisjoint(tag.split(", "))
        if is_other or not _has_letters(tag) or tag.casefold() in _LABELS:
            yield f"the affiliation of paper {position} is {tag[:60]!r}"


def _abstract_beginnings(profile: Profile, _: datetime) -> Iterator[str]:
    for paper in profile.papers:
        if paper.abstract and paper.abstract[0] in ",;·|•)–—…":
            yield f"the abstract of paper {paper.position} begins with {paper.abstract[:40]!r}"


def _bare_titles(profile: Profile, _: datetime) -> Iterator[str]:
    is_usual = len(profile.papers) > 1 and not any(paper.authors or paper.abstract for paper in profile.papers)
    for paper in () if is_usual else profile.papers:
        if not paper.authors and not paper.abstract:
            yield f"paper {paper.position} has neither authors nor an abstract"


def _abstracts(profile: Profile, _: datetime) -> Iterator[str]:
    for paper in profile.papers:
        if paper.abstract is not None and len(paper.abstract) > 20_000:
            yield f"the abstract of paper {paper.position} has {len(paper.abstract)} characters"


def _cut_texts(profile: Profile, _: datetime) -> Iterator[str]:
    abstracts = [paper.abstract for paper in profile.papers if paper.abstract]
    for what, texts in (("title", [paper.title for paper in profile.papers]), ("abstract", abstracts)):
        cut = [text for text in texts if text.endswith(_ENDS_OF_CUTS) and _CUT.search(text)]
        if len(cut) > 1 or (cut and len(cut[0]) == max(map(len, texts))):
            yield f"{len(cut)} of {len(texts)} {what}s end in an ellipsis, as {cut[0][-40:]!r}"
    longest = max(map(len, abstracts), default=0)
    # A space at the cut is folded away.
    same = [text for text in abstracts if len(text) >= longest - 1 and text[-1].isalnum()]
    if len(same) > 1 and longest >= _SHORTEST_CUT:
        yield f"{len(same)} abstracts end within a sentence at the same length, as {same[0][-40:]!r}"


def _numbered_titles(profile: Profile, _: datetime) -> Iterator[str]:
    numbered = [p for p in profile.papers if (rank := _RANK.match(p.title)) and int(rank[1]) == p.position]
    if numbered and len(numbered) == len(profile.papers):
        yield f"every title begins with its place in the listing, as {numbered[0].title[:40]!r}"


def _repeated_titles(profile: Profile, _: datetime) -> Iterator[str]:
    titles = {paper.title for paper in profile.papers}
    if 0 < len(titles) * 2 <= len(profile.papers):
        yield f"{len(profile.papers)} papers have {len(titles)} titles, as {profile.papers[0].title[:40]!r}"


def _lone_categories(profile: Profile, _: datetime) -> Iterator[str]:
    counts = Counter([paper.category for paper in profile.papers])
    unknown = {code for code in counts if code is not None and code != profile.field and not is_known_code(code)}
    for paper in profile.papers if unknown and len(counts) > 1 else ():
        if paper.category in unknown and counts[paper.category] == 1:
            yield f"the category of paper {paper.position} is {paper.category!r}, none of arXiv's, and no other has it"


def _placeholders(profile: Profile, _: datetime) -> Iterator[str]:
    for paper in profile.papers:
        for text in (paper.title, paper.affiliation, paper.abstract):
            if text and len(text) <= LONGEST_PLACEHOLDER and is_placeholder(text):
                yield f"paper {paper.position} says {text!r}"


def _garbled(profile: Profile, _: datetime) -> Iterator[str]:
    texts = [(profile.name, "the name")]
    for paper in profile.papers:
        own = (paper.title, *paper.authors, paper.affiliation or "", paper.abstract or "")
        if not all(map(str.isascii, own)):
            texts += [(text, f"paper {paper.position}") for text in own]
    for text, where in texts:
        if not text.isascii() and (_GARBLED.search(text) or (_MAY_BE_RECODED.search(text) and _is_recoded(text))):
            yield f"{where} says {text[:60]!r}"


def _twice_escaped(profile: Profile, _: datetime) -> Iterator[str]:
    texts = [text for paper in profile.papers for text in (paper.title, paper.abstract) if text and "&" in text]
    people = (profile.name, *(name for paper in profile.papers for name in paper.authors)) if texts else ()
    texts += [name for name in people if "&" in name]
    if len(texts) > 1 and all(map(_ESCAPED.search, texts)):
        yield f"{len(texts)} texts say such as {_ESCAPED.findall(texts[0])[0]!r}, as {texts[0][:60]!r}"


def _is_recoded(text: str) -> bool:
    """Tell whether a text is UTF-8 that was taken for an encoding of a byte a character: `MÃ¼ller`."""
    try:
        text.encode("cp1252").decode()
    except UnicodeError:
        return False
    return True


def _repeats(profile: Profile, _: datetime) -> Iterator[str]:
    seen: dict[str, int] = {}
    for paper in profile.papers:
        first = seen.setdefault(paper.paper_id, paper.position)
        if first != paper.position:
            yield f"papers {first} and {paper.position} are the same ({paper.paper_id})"


def _incomplete(profile: Profile, _: datetime) -> Iterator[str]:
    if profile.papers and not profile.listing_complete:
        yield f"{len(profile.papers)} of {profile.heading_count} papers are listed: absence means nothing here"


def _missing(profile: Profile, _: datetime) -> Iterator[str]:
    for name in METRIC_NAMES:
        if getattr(profile.metrics, name) is None:
            yield f"the page shows no {name}"


def _h_index_papers(profile: Profile, _: datetime) -> Iterator[str]:
    h_index, papers = profile.metrics.h_index, profile.metrics.paper_count
    if h_index is not None and papers is not None and h_index > papers:
        yield f"h-index {h_index} exceeds the {papers} papers that the site knows"


def _h_index_citations(profile: Profile, _: datetime) -> Iterator[str]:
    h_index, citations = profile.metrics.h_index, profile.metrics.citation_count
    if h_index is not None and citations is not None and h_index * h_index > citations:
        yield f"h-index {h_index} needs {h_index * h_index} citations, the page shows {citations}"


def _owner_named(profile: Profile, _: datetime) -> Iterator[str]:
    if profile.papers and not any(profile.name in paper.authors for paper in profile.papers):
        yield f"{profile.name!r} is named as an author of none of the {len(profile.papers)} papers"


_HARD, _SOFT = Severity.ERROR, Severity.WARNING

RULES: tuple[Rule, ...] = (
    Rule("name_missing", _HARD, "Without a name nobody can tell whose page it is.", _name),
    Rule("name_form", _HARD, "A name has letters.", _name_form),
    Rule("field_unknown", _HARD, "A language, a country or a badge has the form of a category too.", _field_codes),
    Rule("paper_count_missing", _HARD, "A profile says how many papers it has.", _core_metrics),
    Rule("out_of_range", _HARD, "No researcher reaches these: something else was read.", _ranges),
    Rule(
        "counts_disagree",
        _HARD,
        "The page says the number of papers twice; one of the two was misread.",
        _counts,
    ),
    Rule(
        "listing_unread",
        _HARD,
        "Papers are announced, so their blocks have a form we do not know.",
        _listing_read,
    ),
    Rule("date_out_of_range", _HARD, "A paper of the future, or from before arXiv: misread.", _dates),
    Rule("title_length", _HARD, "A title is a line: something else was read.", _titles),
    Rule("abstract_length", _HARD, "An abstract is a page at most: blocks ran together.", _abstracts),
    Rule("author_form", _HARD, "A name has letters, and is said once.", _author_forms),
    Rule("affiliation_form", _HARD, "A tag has letters and is short: something else was read.", _affiliation_forms),
    Rule("abstract_form", _HARD, "A line was cut in two, and the rest taken for prose.", _abstract_beginnings),
    Rule("text_cut", _HARD, "The page shows only how titles or abstracts begin.", _cut_texts),
    Rule("title_numbered", _HARD, "A rank was taken for a part of the title.", _numbered_titles),
    Rule("placeholder", _HARD, "What a page shows until, or because, the value is missing.", _placeholders),
    Rule("title_repeated", _HARD, "What many papers are called is no title.", _repeated_titles),
    Rule("category_unknown", _HARD, "A badge has the form of a category too.", _lone_categories),
    Rule(
        "text_escaped", _HARD, "Markup was escaped twice: no text shows what its characters stand for.", _twice_escaped
    ),
    Rule("text_garbled", _HARD, "Its bytes were read in another encoding on the way.", _garbled),
    Rule("block_bare", _SOFT, "Perhaps the rest of the block has fallen out of it.", _bare_titles),
    Rule("paper_listed_twice", _HARD, "One paper has one place in a listing.", _repeats),
    Rule(
        "listing_incomplete",
        _SOFT,
        "A part of the listing was sent: it adds papers and removes none.",
        _incomplete,
    ),
    Rule("value_missing", _SOFT, "The site has no value for some authors.", _missing),
    Rule("owner_not_named", _SOFT, "Behind 'et al.', or under another spelling; else a list of another.", _owner_named),
    Rule("h_index_above_papers", _SOFT, "The site knows only a part of an author's work.", _h_index_papers),
    Rule(
        "h_index_above_citations",
        _SOFT,
        "h papers with h citations each make at least h*h.",
        _h_index_citations,
    ),
)
