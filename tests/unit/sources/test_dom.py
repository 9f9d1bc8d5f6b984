"""What a reader sees of a page: visible texts, and the borders between them."""

from __future__ import annotations

import pytest

from scholar_etl.sources.dom import parse_page


def texts(html: str) -> list[str]:
    """Return a page's texts."""
    return [text.text for text in parse_page(html.encode()).texts]


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<span>27</span><span>h-index</span>", ["27", "h-index"]),
        ("<p>6,209<!-- --> <!-- -->citations</p>", ["6,209 citations"]),
        ("<p>in <i>vivo</i> learning</p>", ["in vivo learning"]),
        ("<p>Long<wbr>Word</p>", ["LongWord"]),
        ("<p>27<br>h-index</p>", ["27", "h-index"]),
        ("<p>a<div>b</div>c", ["a", "b", "c"]),
        ("<a href=x><div>a</div><div>b</div></a>", ["a", "b"]),
        ("<p>a&nbsp;\n b\u200bc</p>", ["a bc"]),
        ("<p>&lt;script&gt; &amp;amp;</p>", ["<script> &amp;"]),
        ("<p>x<math><mi>α</mi><mn>2</mn></math></p>", ["xα2"]),
        ("<x-card>a<x-b>b</x-b></x-card>", ["a", "b"]),
        ("<details><summary>More</summary>text</details>", ["More", "text"]),
        ("<form><p>a</p></form>", ["a"]),
    ],
)
def test_borders(html: str, expected: list[str]) -> None:
    """Elements part texts; comments, `<wbr>` and inline elements within running text do not."""
    assert texts(html) == expected


@pytest.mark.parametrize(
    "html",
    [
        "<script>x</script>",
        "<style>x</style>",
        "<noscript>x</noscript>",
        "<template>x</template>",
        "<meter value=9 max=99>x</meter>",
        "<progress value=9 max=99>x</progress>",
        "<svg><title>x</title><text>x</text></svg>",
        "<button>x</button>",
        "<select><option>x</select>",
        "<p hidden>x</p>",
        "<p style='color:red; DISPLAY : none'>x</p>",
        "<p style='visibility:hidden'>x</p>",
        "<div class='a sr-only b'><p>x</p></div>",
        "<p class=visually-hidden>x</p>",
        "<!-- x -->",
        "<textarea>x</textarea>",
    ],
)
def test_what_nobody_sees_is_no_text(html: str) -> None:
    """Scripts, styles, controls and whatever is hidden leave no text, and do not part the texts around them."""
    assert texts(f"<p>a</p>{html}<p>b</p>") == ["a", "b"]


def test_the_charset_of_the_page_counts() -> None:
    """Bytes are read in the encoding that the page declares."""
    page = "<meta charset=iso-8859-1><p>Lefèvre</p>".encode("latin-1")
    assert [text.text for text in parse_page(page).texts] == ["Lefèvre"]


def test_elements_know_their_texts() -> None:
    """Every element's range holds exactly the texts inside it."""
    page = parse_page(b"<main><h1>A</h1><div><p>b <i>c</i></p><p>d</p></div><p>e</p></main>")
    box = page.texts[1].element.parent
    assert box is not None
    assert [box.holds(n) for n in range(4)] == [False, True, True, False]


def test_the_page_tells_its_title_and_whether_it_ends() -> None:
    """The title is folded; a body that opens and never closes is cut, a fragment is not."""
    page = parse_page(b"<html><head><title> Ada \n L </title></head><body><p>x</p></body></html>")
    assert (page.title, page.is_cut) == ("Ada L", False)
    assert parse_page(b"<html><body><p>x").is_cut
    assert not parse_page(b"<p>x").is_cut


@pytest.mark.parametrize("page", [b"<div>" * 4_000, b"<p " + b" ".join(b"a%d" % n for n in range(30_000)) + b">x"])
def test_a_page_that_stalls_the_parser_is_not_parsed(page: bytes) -> None:
    """Depth or attributes without end are told, and the page shows nothing."""
    parsed = parse_page(page + b"<i>" * 6_000)
    assert parsed.is_too_deep
    assert parsed.texts == []
