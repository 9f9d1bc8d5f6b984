"""Markups as the front-end frameworks of today write them: what a template becomes once it has been rendered.

Classes are hashed or utilities, comments stand where a framework finds its places again, texts are split by them, data
lies beside the page in scripts, and much is there for screen readers or search engines alone.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape as esc

from designs_for_tests import DESIGNS
from markups_for_tests import MARKUPS, Figure, Markup, Shown, boxed, each, linked, tiles, wrap

_HASH = "jsx-2871293847"
_VUE = "data-v-7ba5bd90"
_SVELTE = "svelte-1tky8bj"


def _broken(text: str) -> str:
    """Return a text with `<wbr>` after its hyphens, as long words are allowed to break."""
    return text.replace("-", "-<wbr>")


def _twice(text: str) -> str:
    """Return a text as eyes see it, and again for screen readers."""
    return f'<span aria-hidden="true">{text}</span><span class="sr-only">{text}</span>'


# -- Next.js: React's comments between texts, CSS modules, the data of the last visit in a script ------------------


def _next(p: Shown) -> str:
    names = "<!-- -->, ".join(f"<span>{name}</span>" for name in p.names)
    return (
        f'<li class="PaperCard_root__h7Gx2"><div class="PaperCard_rank__o0pQa">#<!-- -->{p.position}</div>'
        f'<div class="PaperCard_meta__Zk1l9"><span>{p.category}</span>'
        + (f'<time dateTime="">{p.date}</time>' if p.date else "")
        + (f'<span class="Badge_code__x9">{_twice(p.code)}</span>' if p.code else "")
        + f'</div><h3 class="PaperCard_title__qQ2">{linked(p, p.title)}</h3>'
        + wrap(
            "p",
            names
            + p.more.replace(" ", "<!-- --> ", 1)
            + (f"<!-- --> · <!-- -->{p.affiliation}" if p.affiliation else ""),
        )
        + "".join(f'<p class="PaperCard_abstract__m3">{text}</p>' for text in p.paragraphs)
        + '<div class="PaperCard_actions__b"><button type="button">Save<!-- --> (<!-- -->3<!-- -->)</button></div></li>'
    )


def _next_metrics(shown: Sequence[Figure]) -> str:
    stale = json.dumps({"props": {"hIndex": 99, "label": "h-index 99", "papers": "1 papers"}})
    return (
        '<ul class="Stats_row__u1">'
        + "".join(
            f'<li><span class="Stats_value__a">{_twice(f.value)}</span><!-- --> <!-- -->'
            f'<span class="Stats_label__b">{f.label}</span></li>'
            for f in shown
        )
        + f'</ul><script id="__NEXT_DATA__" type="application/json">{stale}</script>'
    )


# -- Vue: scoped attributes, an empty comment for what v-if left out, brackets around v-for ------------------------


def _vue(p: Shown) -> str:
    return (
        f"<article {_VUE} class='paper'><p {_VUE}><span {_VUE}>{p.category}</span><!----><span {_VUE}>{p.date}</span>"
        + (f"<span {_VUE} class='tag'>{p.code}</span>" if p.code else "<!--v-if-->")
        + f"</p><h3 {_VUE}>{linked(p, _broken(p.title))}</h3>"
        + (
            f"<p {_VUE}><!--[-->{p.each('span', p.names, '<!---->, ')}<!--]-->{p.more}<!---->"
            + (f"<span {_VUE}> · {p.affiliation}</span>" if p.affiliation else "<!--v-if-->")
            + "</p>"
            if p.names
            else "<!--v-if-->"
        )
        + f"<div {_VUE}><!--[-->{''.join(f'<p {_VUE}>{text}</p>' for text in p.paragraphs)}<!--]--></div></article>"
    )


def _vue_metrics(shown: Sequence[Figure]) -> str:
    cells = (
        f"<div {_VUE} class='stat'><span {_VUE}>{f.label}</span><!----><strong {_VUE}>{f.value}</strong></div>"
        for f in shown
    )
    return f"<section {_VUE}><!--[-->{''.join(cells)}<!--]--><!--v-if--></section>"


# -- Svelte: one hashed class, hydration marks around each expression, no white space ------------------------------


def _svelte(p: Shown) -> str:
    facts = "".join(f'<span class="{_SVELTE}"><!---->{fact}<!----></span>' for fact in p.facts)
    return (
        f'<!--[--><div class="card {_SVELTE}"><div class="row {_SVELTE}">{facts}<!--]--></div>'
        f'<div class="title {_SVELTE}" role="heading" aria-level="3"><!---->{linked(p, p.title)}<!----></div>'
        + (f'<div class="by {_SVELTE}"><!--[-->{p.by()}<!--]--></div>' if p.names else "<!---->")
        + "".join(f'<div class="text {_SVELTE}">{text}</div>' for text in p.paragraphs)
        + "</div><!--]-->"
    )


# -- a grid of utility classes: nothing but <div>, and <a> where something is linked -------------------------------


def _grid(p: Shown) -> str:
    facts = "".join(f'<div class="text-xs text-zinc-500">{fact}</div>' for fact in p.facts)
    return (
        '<div class="rounded-xl border p-4 hover:shadow dark:border-zinc-800">'
        f'<div class="flex items-center gap-2">{facts}</div>'
        f'<div class="mt-1 text-lg font-medium leading-6">{linked(p, p.title)}</div>'
        + wrap("div", p.by(), 'class="truncate text-sm"')
        + "".join(f'<div class="mt-2 line-clamp-4 text-sm">{text}</div>' for text in p.paragraphs)
        + "</div>"
    )


# -- a definition list in the page's header, and one a paper -------------------------------------------------------


def _header_list(p: Shown) -> str:
    facts = [("Field", p.category), ("Published", p.date), ("Code", p.code)]
    pairs = "".join(f"<div><dt>{label}</dt><dd>{value}</dd></div>" for label, value in facts if value)
    return (
        f"<article><header><h3>{linked(p, p.title)}</h3>"
        + wrap("p", p.by())
        + f"</header><dl>{pairs}</dl>"
        + "".join(wrap("p", text) for text in p.paragraphs)
        + "</article>"
    )


# -- web components: the facts in slots, and a shadow root whose template is no part of the page -------------------


def _component(p: Shown) -> str:
    shadow = (
        '<template shadowrootmode="open"><style>:host{display:block}</style><slot name="meta"></slot>'
        '<h3><slot name="title">29 Papers</slot></h3><p>h-index 99, 7 papers, May 30, 2022</p><slot></slot></template>'
    )
    facts = "".join(f"<x-fact>{fact}</x-fact>" for fact in p.facts)
    return (
        f'<x-paper>{shadow}<div slot="meta">{facts}</div><div slot="title">{linked(p, p.title)}</div>'
        + wrap("div", p.by(), 'slot="by"')
        + "".join(f'<div slot="abstract">{text}</div>' for text in p.paragraphs)
        + "</x-paper>"
    )


def _component_metrics(shown: Sequence[Figure]) -> str:
    shadow = '<template shadowrootmode="open"><b><slot name="value">0</slot></b> <slot></slot></template>'
    return wrap("x-stats", "".join(f'<x-stat>{shadow}<b slot="value">{f.value}</b>{f.label}</x-stat>' for f in shown))


# -- microdata: what search engines read lies in attributes and <meta>, what people read in the text ---------------


def _microdata(p: Shown) -> str:
    person = 'itemprop="author" itemscope itemtype="https://schema.org/Person"'
    names = ", ".join(f'<span {person}><span itemprop="name">{name}</span></span>' for name in p.names)
    return (
        '<section itemscope itemtype="https://schema.org/ScholarlyArticle"><meta itemprop="position" content="99">'
        '<meta itemprop="datePublished" content="1999-01-01"><p>'
        + " ".join(
            part
            for part in (
                f'<span itemprop="articleSection">{p.category}</span>' if p.category else "",
                f'<time itemprop="datePublished" datetime="1999-01-01">{p.date}</time>' if p.date else "",
                f"<mark>{p.code}</mark>" if p.code else "",
            )
            if part
        )
        + f'</p><h4 itemprop="headline">{linked(p, p.title)}</h4>'
        + (
            f"<p>{names}{p.more}"
            + (f' · <span itemprop="affiliation">{p.affiliation}</span>' if p.affiliation else "")
            + "</p>"
            if p.names
            else ""
        )
        + "".join(f'<p itemprop="abstract">{text}</p>' for text in p.paragraphs)
        + "</section>"
    )


def _microdata_name(name: str, field: str) -> str:
    return (
        f'<div itemscope itemtype="https://schema.org/Person"><h1 itemprop="name">{name}</h1>'
        f'<meta itemprop="identifier" content="{esc(field)}"><p itemprop="knowsAbout">{field}</p></div>'
    )


FRAMEWORKS: dict[str, Markup] = {
    "next": Markup(
        _next_metrics,
        boxed(_next, "ol"),
        heading=lambda text: f"<h2>{text.split()[0]}<!-- --> <!-- -->{text.split()[1]}</h2>",
        opening='<div id="__next"><main class="Page_main__k2">',
        closing="</main></div>",
    ),
    "vue": Markup(
        _vue_metrics,
        boxed(_vue),
        opening=f'<div id="app" data-v-app><main {_VUE}><!--[-->',
        closing="<!--]--></main></div>",
    ),
    "svelte": Markup(
        tiles(f'<div class="{_SVELTE}"><!---->{{value}}<!----> <small class="{_SVELTE}">{{label}}</small></div>'),
        boxed(_svelte),
        opening='<div style="display: contents"><!--[--><!--[-->',
        closing="<!--]--><!--]--></div>",
    ),
    "grid": Markup(
        tiles(
            '<div class="text-center"><div class="text-2xl">{value}</div><div hidden>{value}9</div>'
            '<div class="text-xs">{label}</div></div>'
        ),
        boxed(_grid),
        name=lambda name, field: (
            f'<div class="flex"><div class="text-3xl font-bold">{name}</div><div class="badge">{field}</div></div>'
        ),
        heading=lambda text: f'<div class="mt-8 text-xl">{text}</div>',
        opening='<div class="mx-auto max-w-5xl">',
        closing="</div>",
    ),
    "header_list": Markup(
        tiles("<div><dt>{label}</dt><dd>{value}</dd></div>", "<dl>{}</dl></header>"),
        each(_header_list),
        name=lambda name, field: f"<header><h1>{name}</h1><p>{field}</p>",
    ),
    "components": Markup(
        _component_metrics,
        boxed(_component, "x-list"),
        name=lambda name, field: f"<x-author><h1>{name}</h1><x-field>{field}</x-field></x-author>",
    ),
    "microdata": Markup(
        tiles('<p><data value="99">{value}</data> {label}</p>'), boxed(_microdata), name=_microdata_name
    ),
}

EVERY_MARKUP = {**MARKUPS, **FRAMEWORKS, **DESIGNS}
