"""Markups that the extractor was not written for: each shows the same facts, built in another way.

A markup is three functions: one metric row, one heading, one listing. A page is put together of named places, so that
a trap (`traps_for_tests.py`) can put something in any of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from html import escape as esc

from scholar_etl.demo.markups import shown_date
from scholar_etl.model import Metrics, Paper, Profile

PARAGRAPH = "\n\n"
"""Parts the paragraphs of an abstract in the facts that a page is made of."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One metric as shown: `h-index` and `27`."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A paper as a page shows it: every text escaped, None or empty where the page shows nothing."""

    position: int
    category: str
    date: str
    code: str
    title: str
    names: Sequence[str]
    more: str
    affiliation: str | None
    paragraphs: Sequence[str]
    href: str
    published_on: date | None

    @property
    def facts(self) -> list[str]:
        """The parts of the first line."""
        return [part for part in (self.category, self.date, self.code) if part]

    def by(self, dot: str = " · ", comma: str = ", ") -> str:
        """Return the authors' line; a name with a comma has an element of its own."""
        apart = any("," in name for name in self.names)
        names = comma.join(f"<span>{name}</span>" if apart else name for name in self.names)
        return names + self.more + (f"{dot}{self.affiliation}" if self.affiliation else "")

    def each(self, tag: str, names: Sequence[str], between: str = "") -> str:
        """Return every name in an element of its own."""
        return between.join(f"<{tag}>{name}</{tag}>" for name in names)


def show(paper: Paper, today: date) -> Shown:
    """Return a paper as the site would show it on that day."""
    return Shown(
        position=paper.position,
        category=esc(paper.category or ""),
        date=shown_date(paper.published_on, today) if paper.published_on else "",
        code="Code" if paper.has_code else "",
        title=esc(paper.title),
        names=[esc(name) for name in paper.authors],
        more=" et al." if paper.et_al else "",
        affiliation=esc(paper.affiliation) if paper.affiliation else None,
        paragraphs=[esc(text) for text in paper.abstract.split(PARAGRAPH)] if paper.abstract else [],
        href=f"/paper/{paper.arxiv_id}" if paper.arxiv_id else "",
        published_on=paper.published_on,
    )


def figures(metrics: Metrics) -> list[Figure]:
    """Return the metrics that have a value, in the page's order."""
    shown = (
        ("h-index", metrics.h_index, "{:,}"),
        ("papers", metrics.paper_count, "{:,}"),
        ("citations", metrics.citation_count, "{:,}"),
        ("Novelty", metrics.novelty_pct, "{}%"),
        ("AI Score", metrics.ai_score, "{}"),
    )
    return [Figure(label, form.format(value)) for label, value, form in shown if value is not None]


@dataclass(frozen=True, slots=True)
class Markup:
    """How a page is built. `opening` and `closing` enclose the whole of it."""

    metrics: Callable[[Sequence[Figure]], str]
    listing: Callable[[Sequence[Shown]], str]
    heading: Callable[[str], str] = lambda text: f"<h2>{text}</h2>"
    name: Callable[[str, str], str] = lambda name, field: f"<h1>{name}</h1><p>{field}</p>"
    opening: str = "<main>"
    closing: str = "</main>"


@dataclass(slots=True)
class Places:
    """A page in parts, from top to bottom."""

    title: str
    above: str
    name: str
    beside: str
    metrics: str
    between: str
    heading: str
    before: str
    listing: str
    after: str
    below: str


def places(profile: Profile, markup: Markup, today: date) -> Places:
    """Return the parts of an author's page; a trap changes them before `compose`."""
    papers = [show(paper, today) for paper in profile.papers]
    heading = "" if profile.heading_count is None else markup.heading(f"{profile.heading_count:,} Papers")
    return Places(
        title=esc(profile.name),
        above='<nav><a href="/">Scholar Feed</a> <a href="/papers">Papers</a> <a href="/login">Sign in</a></nav>',
        name=markup.name(esc(profile.name), esc(profile.field or "")),
        beside="",
        metrics=markup.metrics(figures(profile.metrics)),
        between="",
        heading=heading,
        before="",
        listing=markup.listing(papers) if papers else "",
        after="",
        below="<footer><p>Made for readers.</p></footer>",
    )


def compose(parts: Places, markup: Markup) -> bytes:
    """Return the page that the parts make."""
    page = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{parts.title} | Scholar Feed</title></head>'
        f"<body>{parts.above}{markup.opening}{parts.name}{parts.beside}{parts.metrics}{parts.between}{parts.heading}"
        f"{parts.before}{parts.listing}{parts.after}{markup.closing}{parts.below}</body></html>"
    )
    return page.encode()


# -- building bricks ----------------------------------------------------------------------------------------------


def wrap(tag: str, content: str, attributes: str = "") -> str:
    """Return an element; nothing when there is no content."""
    return f"<{tag}{' ' if attributes else ''}{attributes}>{content}</{tag}>" if content else ""


def linked(paper: Shown, text: str) -> str:
    """Return a text linked to the paper's page, where it has one."""
    return wrap("a", text, f'href="{paper.href}"') if paper.href else text


def ps(paper: Shown) -> str:
    """Return the abstract's paragraphs."""
    return "".join(wrap("p", text) for text in paper.paragraphs)


def each(template: Callable[[Shown], str]) -> Callable[[Sequence[Shown]], str]:
    """Return a listing that is nothing but its blocks, one after the other."""
    return lambda papers: "\n".join(template(paper) for paper in papers)


def boxed(template: Callable[[Shown], str], tag: str = "div") -> Callable[[Sequence[Shown]], str]:
    """Return a listing in an element of its own."""
    return lambda papers: wrap(tag, each(template)(papers))


def tiles(template: str, around: str = "<div>{}</div>") -> Callable[[Sequence[Figure]], str]:
    """Return a metric row made of one template a metric."""
    return lambda shown: around.format("".join(template.format(label=f.label, value=f.value) for f in shown))


# -- the markups --------------------------------------------------------------------------------------------------


def _tailwind(p: Shown) -> str:
    names = p.each("span", p.names, "<!-- -->, ")
    tag = wrap("span", p.affiliation or "", 'class="rounded-full px-2"')
    return (
        '<div class="css-1x9f0a group relative"><span class="sr-only">Paper</span>'
        f'<span class="text-xs">#{p.position}</span><div class="flex gap-2">'
        + "".join(wrap("div", wrap("span", fact)) for fact in p.facts)
        + f'</div><div class="font-semibold">{linked(p, p.title)}</div>'
        + wrap("div", names + wrap("span", p.more) + (f'<span aria-hidden="true"> · </span>{tag}' if tag else ""))
        + "".join(wrap("div", text, 'class="line-clamp-3"') for text in p.paragraphs)
        + "<div><button>Save</button><button>Cite 12</button><a href='/share'>Share</a></div></div>"
    )


def _labelled(p: Shown) -> str:
    rows = [("Category", p.category), ("Published", p.date), ("Code", "Code" if p.code else "")]
    rows += [("Title", linked(p, p.title)), ("Authors", p.by(dot="|", comma=", ").split("|")[0])]
    rows += [("Affiliation", p.affiliation or ""), ("Abstract", ps(p))]
    return wrap("dl", "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in rows if value))


def _flat_list(p: Shown) -> str:
    return (
        f"<dt>{' · '.join(p.facts)}</dt><dd><cite>{linked(p, p.title)}</cite></dd>"
        + wrap("dd", p.by())
        + "".join(wrap("dd", text) for text in p.paragraphs)
    )


def _bootstrap(p: Shown) -> str:
    return (
        '<div class="row mb-3"><div class="col-md-2"><span class="badge">'
        f'{p.category}</span> <small class="text-muted">{p.date}</small>'
        + (f' <span class="badge">{p.code}</span>' if p.code else "")
        + f'</div><div class="col-md-10"><h5 class="card-title">{linked(p, p.title)}</h5>'
        + wrap("h6", p.by(), 'class="text-muted"')
        + wrap("div", ps(p), 'class="card-text"')
        + "</div></div>"
    )


def _custom(p: Shown) -> str:
    return (
        f"<paper-card><paper-meta>{p.category}<time>{p.date}</time>{p.code}</paper-meta>"
        f"<paper-title>{linked(p, p.title)}</paper-title>"
        + wrap("paper-authors", p.by())
        + wrap("paper-abstract", "<br><br>".join(p.paragraphs))
        + "</paper-card>"
    )


def _nested_tables(p: Shown) -> str:
    return (
        f"<tr><td valign=top>{p.position}.</td><td><table><tr><td>{' | '.join(p.facts)}</td></tr>"
        f"<tr><td><b>{linked(p, p.title)}</b></td></tr>"
        + (f"<tr><td><i>{p.by()}</i></td></tr>" if p.names else "")
        + (f"<tr><td><font size=2>{'<br>'.join(p.paragraphs)}</font></td></tr>" if p.paragraphs else "")
        + "</table></td></tr>"
    )


def _title_first(p: Shown) -> str:
    return (
        f"<li><h3>{linked(p, p.title)}</h3>"
        + wrap("div", p.by())
        + f"<div>{' · '.join(p.facts)}</div>"
        + wrap("div", ps(p))
        + "</li>"
    )


def _flat_title_first(p: Shown) -> str:
    return f"<h4>{linked(p, p.title)}</h4><p>{' · '.join(p.facts)}</p>" + wrap("p", p.by()) + ps(p)


def _lines(p: Shown) -> str:
    lines = [" · ".join(p.facts), f"<b>{linked(p, p.title)}</b>", p.by(), *p.paragraphs]
    return wrap("p", "<br>\n".join(filter(None, lines)))


def _spans(p: Shown) -> str:
    return (
        f'<a href="{p.href or "/search"}">'
        + "".join(wrap("span", fact) for fact in p.facts)
        + f"<span>{p.title}</span>"
        + wrap("span", p.each("span", p.names, ", ") + p.more + (f" · {p.affiliation}" if p.affiliation else ""))
        + "".join(wrap("span", text) for text in p.paragraphs)
        + "</a>"
    )


def _own_elements(p: Shown) -> str:
    return (
        f"<section><ul><li>{p.category}</li><li>{p.date}</li>"
        + (f"<li>{p.code}</li>" if p.code else "")
        + f"</ul><h3>{linked(p, p.title)}</h3>"
        + (f"<ul>{p.each('li', p.names)}{wrap('li', p.more.strip())}</ul>" if p.names else "")
        + wrap("address", p.affiliation or "")
        + wrap("blockquote", ps(p))
        + "</section>"
    )


def _columns(papers: Sequence[Shown]) -> str:
    head = "".join(f"<th>{name}</th>" for name in ("Title", "Authors", "Affiliation", "Field", "Date", "", "Abstract"))
    rows = "".join(
        f"<tr><td>{linked(p, p.title)}</td><td>{p.by(dot='|').split('|')[0]}</td><td>{p.affiliation or ''}</td>"
        f"<td>{p.category}</td><td>{p.date}</td><td>{p.code}</td><td>{'<br>'.join(p.paragraphs)}</td></tr>"
        for p in papers
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _details(p: Shown) -> str:
    return (
        f"<article><header>{' '.join(wrap('small', fact) for fact in p.facts)}<h3>{linked(p, p.title)}</h3></header>"
        + wrap("p", p.by())
        + (f"<details><summary>Abstract</summary>{ps(p)}</details>" if p.paragraphs else "")
        + "<footer><a href='/cite'>Cite</a> <a href='/pdf'>PDF</a></footer></article>"
    )


def _commented(p: Shown) -> str:
    return (
        f"<div><p><!--[-->{p.category}<!----><span>{p.date}</span><!--]-->{wrap('span', p.code)}<!----></p>"
        f"<p><a href='{p.href or '#'}'><!--t-->{' <!--x-->'.join(p.title.partition(' ')[::2])}<wbr></a></p>"
        + wrap("p", p.by(dot="<!-- --> · <!-- -->"))
        + "".join(f"<p><!--[-->{text}<!--]--></p>" for text in p.paragraphs)
        + "</div>"
    )


def _labelled_lines(p: Shown) -> str:
    return (
        f"<div><h3>{linked(p, p.title)}</h3>"
        + (f"<div><b>Authors:</b> {p.by(dot='|').split('|')[0]}</div>" if p.names else "")
        + (f"<div><b>Affiliation:</b> {p.affiliation}</div>" if p.affiliation else "")
        + f"<div><b>Category:</b> <span>{p.category}</span></div><div><b>Date:</b> <span>{p.date}</span></div>"
        + wrap("div", p.code)
        + (f"<div><b>Abstract:</b> {'<br>'.join(p.paragraphs)}</div>" if p.paragraphs else "")
        + "</div>"
    )


_pairs_flat: Callable[[Sequence[Figure]], str] = tiles("<span>{value}</span><span>{label}</span>")

MARKUPS: dict[str, Markup] = {
    "tailwind": Markup(
        tiles('<div class="css-8a1"><p class="css-8a2">{value}</p><p class="css-8a3">{label}</p></div>'),
        boxed(_tailwind),
        heading=lambda text: f'<div role="heading"><span>{text.split()[0]}</span> <span>{text.split()[1]}</span></div>',
        name=lambda name, field: f"<div><h1><span>{name}</span></h1><div>{field}</div></div>",
    ),
    "labelled": Markup(tiles("<dt>{label}:</dt><dd>{value}</dd>", "<dl>{}</dl>"), boxed(_labelled)),
    "flat_list": Markup(tiles("<li><b>{value}</b> {label}</li>", "<ul>{}</ul>"), boxed(_flat_list, "dl")),
    "bootstrap": Markup(
        tiles(
            '<div class="col"><div class="h4">{value}</div><small>{label}</small></div>', '<div class="row">{}</div>'
        ),
        each(_bootstrap),
    ),
    "custom": Markup(
        tiles("<stat-tile><stat-label>{label}</stat-label><stat-value>{value}</stat-value></stat-tile>"),
        boxed(_custom, "paper-list"),
        name=lambda name, field: f"<author-name>{name}</author-name><author-field>{field}</author-field>",
        heading=lambda text: f"<list-heading>{text}</list-heading>",
    ),
    "nested_tables": Markup(
        lambda shown: (
            f"<table><tr>{''.join(f'<td align=center>{f.value}<br>{f.label}</td>' for f in shown)}</tr></table>"
        ),
        boxed(_nested_tables, "table"),
    ),
    "title_first": Markup(tiles("<p>{value} {label}</p>"), boxed(_title_first, "ol")),
    "flat_title_first": Markup(tiles("<p>{label}: {value}</p>"), each(_flat_title_first)),
    "lines": Markup(
        lambda shown: wrap("p", " | ".join(f"<b>{f.label}</b> {f.value}" for f in shown)),
        each(_lines),
    ),
    "spans": Markup(_pairs_flat, boxed(_spans)),
    "own_elements": Markup(tiles("<div>{label}<strong>{value}</strong></div>"), boxed(_own_elements)),
    "columns": Markup(tiles("<tr><th>{label}</th><td>{value}</td></tr>", "<table>{}</table>"), _columns),
    "details": Markup(
        tiles("<figure><figcaption>{label}</figcaption>{value}</figure>"),
        each(_details),
        heading=lambda text: f"<h2>Papers ({text.split()[0]})</h2>",
    ),
    "commented": Markup(tiles("<div>{label}<!-- -->{value}</div>"), boxed(_commented)),
    "labelled_lines": Markup(tiles("<div><label>{label}</label><output>{value}</output></div>"), each(_labelled_lines)),
    "form": Markup(
        lambda shown: (
            f"<div><div>{''.join(wrap('div', f.label) for f in shown)}</div>"
            f"<div>{''.join(wrap('div', f.value) for f in shown)}</div></div>"
        ),
        boxed(_title_first, "ul"),
        opening="<form action='/x'><input type=hidden value=1>",
        closing="</form>",
    ),
}
