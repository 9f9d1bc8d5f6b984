"""Pages from a fuzzer: bytes, markup of the site's own words in any order, and real pages cut, spliced and spoilt."""

from __future__ import annotations

from datetime import date
from functools import cache
from html import escape

from frameworks_for_tests import EVERY_MARKUP
from hypothesis import strategies as st
from markups_for_tests import compose, places
from traps_for_tests import KEY

from scholar_etl.demo import facts
from scholar_etl.demo import markups as bundled

_TODAY = date(2026, 11, 22)
_ENCODINGS = ("utf-8", "utf-16", "utf-16-le", "utf-32", "latin-1", "shift_jis", "gb18030", "koi8-r", "utf-7")
_DECLARED = (*_ENCODINGS, "x-user")
_TAGS = (
    "a", "article", "aside", "b", "body", "br", "button", "dd", "div", "dl", "dt", "footer", "form", "frameset", "h1",
    "h2", "h3", "head", "header", "html", "li", "main", "math", "nav", "noscript", "ol", "p", "script", "section",
    "select", "span", "style", "svg", "table", "tbody", "td", "template", "textarea", "th", "title", "tr", "ul", "wbr",
    "x-card",
)  # fmt: skip
_WORDS = (
    "h-index", "27", "h-index 27", "29 papers", "1 papers", "2 Papers", "papers", "6,209 citations", "citations",
    "1.2K", "Novelty", "54%", "AI Score", "55", "—", "CL", "AS", "AS · May 30, 2022 · Code", "May 30, 2022", "Apr 15",
    "Feb 29", "Code", "A Title of Some Length", "29 Papers", "Ada Lovelace, Bob Lee et al. · mit", "Ada Lovelace",
    "We show that it works, in part. " * 9, "Authors:", "Abstract", "Similar authors", "Sign in", "404", "\x00",
    "·", "\u200b", "\u202e", "\ufeff", "\ud83d", "é", "e\u0301", "漢字", "שלום", "99999999999999999999", "9" * 5_000,
    "0" * 400 + "1", "et al.",
)  # fmt: skip
_RAW = (
    "<!--", "-->", "<![CDATA[", "]]>", "<!doctype html>", "<?xml?>", "&#0;", "&#xD800;", "&#99999999;", "&amp", "<",
    ">", "</", "</p>", "</div>", "</table>", "</body>", "</html>", "</script>", "<script>", "<style>", "<plaintext>",
    "<a href='http://['>", "<meta charset=utf-16>", "<meta charset=x>", "<base href=//>", "<div hidden>", "\r\n",
)  # fmt: skip
_ATTRIBUTES = st.lists(
    st.tuples(
        st.sampled_from(("class", "id", "href", "hidden", "style", "role", "lang", "data-x", "aria-hidden")),
        st.sampled_from(
            (
                "",
                "sr-only",
                "display:none",
                "heading",
                "/paper/2205.14807v2",
                "/author/1001",
                "/author/7",
                "http://[",
                "\x00",
            )
        ),
    ),
    max_size=3,
)


@cache
def _real_pages() -> list[bytes]:
    """Return a page in every markup."""
    profile = facts.first_profile(KEY)
    pages = [bundled.render(profile, key=KEY, today=_TODAY, markup=name) for name in bundled.MARKUPS]
    return pages + [compose(places(profile, markup, _TODAY), markup) for markup in EVERY_MARKUP.values()]


def _element(tag: str, attributes: list[tuple[str, str]], children: list[str]) -> str:
    shown = "".join(f' {name}="{escape(value)}"' for name, value in attributes)
    return f"<{tag}{shown}>{''.join(children)}</{tag}>"


_texts = st.sampled_from(_WORDS) | st.text(max_size=20)
_trees = st.recursive(
    _texts,
    lambda children: st.builds(_element, st.sampled_from(_TAGS), _ATTRIBUTES, st.lists(children, max_size=6)),
    max_leaves=60,
)
_soup = st.lists(st.sampled_from((*_WORDS, *_RAW, *(f"<{tag}>" for tag in _TAGS))), max_size=80).map("".join)
_markup = st.lists(_trees, max_size=8).map("".join) | _soup


def _encode(markup: str, encoding: str, declared: str) -> bytes:
    head = f"<meta charset={declared}>" if declared else ""
    return f"{head}{markup}".encode(encoding, errors="replace")


_encoded = st.builds(_encode, _markup, st.sampled_from(_ENCODINGS), st.sampled_from(("", *_DECLARED)))
_noise = st.binary(max_size=12) | st.sampled_from(
    (b"\x00", b"\xff\xfe", b"\xed\xa0\x80", b"\xf8\x88\x80\x80\x80", b"\xc0\xaf")
)


@st.composite
def _spoilt(draw: st.DrawFn) -> bytes:
    """Draw a real page: cut, with noise or markup put in, another page spliced to it."""
    page = draw(st.sampled_from(_real_pages()))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(page)))
        match draw(st.sampled_from(("cut", "drop", "noise", "markup", "splice", "repeat"))):
            case "cut":
                page = page[:at]
            case "drop":
                page = page[:at] + page[at + draw(st.integers(1, 2_000)) :]
            case "noise":
                page = page[:at] + draw(_noise) + page[at:]
            case "markup":
                page = page[:at] + draw(_encoded) + page[at:]
            case "splice":
                other = draw(st.sampled_from(_real_pages()))
                page = page[:at] + other[draw(st.integers(0, len(other))) :]
            case "repeat":
                page = page[:at] + page[at : at + draw(st.integers(1, 3_000))] * draw(st.integers(2, 40)) + page[at:]
    return page


@st.composite
def _extreme(draw: st.DrawFn) -> bytes:
    """Draw one thing a great many times, within a page that is read: depth, attributes, labels, dates."""
    piece = draw(st.sampled_from((*(f"<{tag}>" for tag in _TAGS), *_RAW, *(f"<p>{word[:40]}</p>" for word in _WORDS))))
    many = piece * draw(st.integers(1, 20_000))
    names = " ".join(f"a{number}" for number in range(draw(st.integers(0, 3_000))))
    huge = f"<p class='{'x ' * draw(st.integers(0, 100_000))}' {names}>"
    page = draw(st.sampled_from(_real_pages()))
    at = draw(st.integers(0, len(page)))
    return page[:at] + draw(st.sampled_from((many, huge))).encode(errors="replace") + page[at:]


PAGES = st.one_of(st.binary(max_size=2_000), _encoded, _spoilt(), _extreme())
