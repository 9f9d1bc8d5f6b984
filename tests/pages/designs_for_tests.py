"""Author pages as other engineers would design them, and such as mislead.

`DESIGNS` show all facts, and are read exactly. Each of `MISLEADING` says something that nobody can read exactly, or
that looks like a fact and is none: it is held.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby

from markups_for_tests import Figure, Markup, Shown, boxed, linked, ps, tiles, wrap

Build = Callable[[Shown], str]


def _nothing(_: Shown) -> str:
    return ""


def _line(p: Shown) -> str:
    return f"<div>{' · '.join(p.facts)}</div>"


def _title(p: Shown) -> str:
    return f"<h3>{linked(p, p.title)}</h3>"


def _by(p: Shown) -> str:
    return wrap("p", p.by())


def _badge(p: Shown) -> str:
    return wrap("span", p.code)


_tiles = tiles("<div><b>{value}</b><span>{label}</span></div>")


def _articles(
    line: Build = _line, title: Build = _title, by: Build = _by, more: Build = _nothing, text: Build = ps
) -> Markup:
    """Return a plain design, some parts of whose blocks are other ones; `more` stands before the abstract."""
    return Markup(_tiles, boxed(lambda p: f"<article>{line(p)}{title(p)}{by(p)}{more(p)}{text(p)}</article>"))


def _metrics(show: Callable[[Sequence[Figure]], str]) -> Markup:
    """Return a plain design with another row of metrics."""
    return Markup(show, boxed(lambda p: f"<article>{_line(p)}{_title(p)}{_by(p)}{ps(p)}</article>"))


def _behind(text: str) -> Markup:
    """Return a plain design with something behind each value."""
    return _metrics(tiles(f"<div><div>{{label}}</div><div>{{value}}</div>{text}</div>"))


# -- designs that are read ----------------------------------------------------------------------------------------


def _spanned(p: Shown) -> str:
    rows = [f"<td>{p.category}</td><td>{p.date}</td><td>{p.code}</td>", f"<td colspan=3>{linked(p, p.title)}</td>"]
    rows += [f"<td colspan=3>{text}</td>" for text in (p.by(), "<br>".join(p.paragraphs)) if text]
    rows[0] = f"<td rowspan={len(rows)}>{p.position}</td>{rows[0]}"
    return wrap("tbody", "".join(wrap("tr", row) for row in rows))


def _term(p: Shown) -> str:
    lines = (" · ".join(p.facts), p.by(), *p.paragraphs)
    return f"<div><dt>{linked(p, p.title)}</dt>{''.join(wrap('dd', line) for line in lines)}</div>"


def _grid_row(p: Shown) -> str:
    cells = (p.category, p.date, p.code, linked(p, p.title), p.by(), "<br>".join(p.paragraphs))
    return (
        f'<div role="row" aria-label="Paper {p.position}">{"".join(f"<div role=cell>{c}</div>" for c in cells)}</div>'
    )


def _day_first(p: Shown) -> str:
    day = f"{p.published_on.day} {p.published_on:%B %Y}" if p.published_on else ""
    return f"<div><span>{p.category}</span> <time>{day}</time> {_badge(p)}</div>"


def _iso(p: Shown) -> str:
    return f'<div><time datetime="1999-01-01">{p.published_on}</time><span>{p.category}</span>{_badge(p)}</div>'


def _folded(p: Shown) -> str:
    return f"<details><summary>{_line(p)}{_title(p)}</summary>{_by(p)}{ps(p)}</details>"


def _unlike_headings(p: Shown) -> str:
    rank = f"h{2 + p.position % 3}"
    return f"<article>{_line(p)}<{rank}>{linked(p, p.title)}</{rank}>{_by(p)}{ps(p)}</article>"


def _more_names(p: Shown) -> str:
    apart = any("," in name for name in p.names)
    names = ", ".join(f"<span>{name}</span>" if apart else name for name in p.names)
    return wrap("p", names + (" +5 more" if p.more else "") + (f" · {p.affiliation}" if p.affiliation else ""))


def _minified(p: Shown) -> str:
    facts = "".join(f"<span>{fact}</span>" for fact in p.facts)
    names = p.each("a", p.names, ",") + (f"<i>{p.more}</i>" if p.more else "")
    tag = f"<b> · {p.affiliation}</b>" if p.affiliation else ""
    return f"<div>{facts}{_title(p)}{wrap('p', names + tag)}{ps(p)}</div>"


def _button(p: Shown) -> str:
    return f"<button aria-expanded=true>Show abstract</button><div>{ps(p)}</div>" if p.paragraphs else ""


def _in_font(text: str) -> str:
    return f'<font style="vertical-align: inherit;"><font style="vertical-align: inherit;">{text}</font></font>'


def _translated(p: Shown) -> str:
    return (
        f"<div><p>{_in_font(' · '.join(p.facts))}</p><h3>{linked(p, _in_font(p.title))}</h3>"
        + (wrap("p", _in_font(p.by())) if p.names else "")
        + "".join(wrap("p", _in_font(text)) for text in p.paragraphs)
        + "</div>"
    )


_TABS = (
    '<div role="tablist"><a role="tab">Overview</a><a role="tab">Co-authors <span>12</span></a></div>'
    '<div role="tabpanel" hidden><h2>12 Co-authors</h2><p>h-index 9</p><p>9 papers</p><p>99 citations</p></div>'
)
_TOOLTIP = "<div role=tooltip>An h-index of 5 means 5 papers with 5 citations each.</div>"

DESIGNS: dict[str, Markup] = {
    "row_spans": Markup(
        tiles("<tr><td>{label}</td><td>{value}</td><td>top 5%</td></tr>", "<table>{}</table>"), boxed(_spanned, "table")
    ),
    "terms": Markup(
        tiles("<div><dt>{label}</dt><dd>{value}</dd><dd>+12 this week</dd></div>", "<dl>{}</dl>"), boxed(_term, "dl")
    ),
    "aria_grid": Markup(
        tiles(
            '<div role="listitem" aria-label="99"><data value="99">{value}</data> <abbr title="99">{label}</abbr></div>'
        ),
        lambda papers: f'<div role="table">{"".join(map(_grid_row, papers))}</div>',
    ),
    "day_first": Markup(
        lambda shown: _tiles([Figure(f.label, f.value.replace(",", "’")) for f in shown]), _articles(_day_first).listing
    ),
    "iso": Markup(
        tiles("<div><progress value=9 max=99></progress><output>{value}</output><label>{label}</label></div>"),
        _articles(_iso).listing,
    ),
    "code_behind": Markup(
        tiles("<div><div>{label}</div><div>{value}</div><div>#123 of 600,000</div></div>"),
        _articles(lambda p: f"<div>{' · '.join(part for part in (p.date, p.category, p.code) if part)}</div>").listing,
    ),
    "folded": Markup(tiles(f"<div><b>{{value}}</b><span>{{label}}</span>{_TOOLTIP}</div>"), boxed(_folded)),
    "unlike_headings": Markup(tiles("<p>{label}: {value}</p>"), boxed(_unlike_headings)),
    "more_names": _articles(by=_more_names),
    "minified": Markup(tiles("<div>{label}<b>{value}</b></div>"), boxed(_minified)),
    "tabs": Markup(lambda shown: _tiles(shown) + _TABS, _articles().listing),
    "abstract_button": _articles(text=_button),
    "right_to_left": Markup(
        tiles("<div><bdi>{value}</bdi> <span>{label}</span></div>"),
        _articles().listing,
        heading=lambda text: f"</main><main><h2>{text}</h2>",
        opening='<main dir="rtl">',
    ),
    "translated": Markup(
        lambda shown: _tiles([Figure(_in_font(f.label), _in_font(f.value)) for f in shown]),
        boxed(_translated),
        heading=lambda text: f"<h2>{_in_font(text)}</h2>",
        name=lambda name, field: f"<h1>{_in_font(name)}</h1><p>{_in_font(field)}</p>",
    ),
}

# -- designs that mislead -----------------------------------------------------------------------------------------


def _names(write: Callable[[Sequence[str]], str]) -> Markup:
    return _articles(by=lambda p: wrap("p", write(p.names) + p.more))


def _icon(html: str) -> Markup:
    """Return a design whose badge is something else than text."""
    return _articles(line=lambda p: f"<div>{p.category} · {p.date}{html if p.code else ''}</div>")


def _text(write: Callable[[str], str]) -> Markup:
    return _articles(text=lambda p: wrap("p", write(p.paragraphs[0])) if p.paragraphs else "")


def _date(form: str) -> Markup:
    return _articles(line=lambda p: f"<div>{p.category} <time>{p.published_on:{form}}</time> {_badge(p)}</div>")


def _two_columns(first: str, second: str, other: Callable[[Figure], str]) -> Markup:
    return _metrics(
        lambda shown: (
            f"<table><tr><th></th><th>{first}</th><th>{second}</th></tr>"
            + "".join(f"<tr><td>{f.label}</td><td>{f.value}</td><td>{other(f)}</td></tr>" for f in shown)
            + "</table>"
        )
    )


def _two_rows(first: str, second: str) -> Markup:
    def show(shown: Sequence[Figure]) -> str:
        rows = (
            ("", *(f.label for f in shown)),
            (first, *(f.value for f in shown)),
            (second, *(f.value[0] for f in shown)),
        )
        return f"<table>{''.join('<tr>' + ''.join(wrap('td', c) for c in row) + '</tr>' for row in rows)}</table>"

    return _metrics(show)


def _by_year(papers: Sequence[Shown]) -> str:
    listed = sorted(papers, key=lambda p: str(p.published_on), reverse=True)
    years = groupby(listed, key=lambda p: str(p.published_on)[:4])
    return "".join(
        f"<h3>{year}</h3><ul>{''.join(f'<li>{_line(p)}{_by(p)}</li>' for p in own)}</ul>" for year, own in years
    )


MISLEADING: dict[str, Markup] = {
    "two columns of years": _two_columns("All", "Since 2021", lambda f: f.value[0]),
    "two columns of authors": _two_columns("Yichong Leng", "Xu Tan", lambda _: "77"),
    "two rows of years": _two_rows("All", "Since 2021"),
    "two rows of authors": _two_rows("Yichong Leng", "Xu Tan"),
    "two cards of years": _metrics(
        lambda shown: _tiles(shown) + _tiles([Figure(f.label, f.value if f.label == "papers" else "7") for f in shown])
    ),
    "percentile": _behind("<div>95%</div>"),
    "percentile in brackets": _metrics(tiles("<div><b>{value} (top 5%)</b><span>{label}</span></div>")),
    "change without a sign": _behind("<div>12</div>"),
    "footnote": _metrics(tiles("<div><b>{label}</b><sup>1</sup><p>{value}</p></div>")),
    "old and new value": _metrics(tiles("<div><del>1</del> <b>{value}</b><span>{label}</span></div>")),
    "placeholders of zeros": _metrics(tiles("<div><b>000</b><span>{label}</span></div>")),
    "about": _metrics(tiles("<div><b>~{value}</b><span>{label}</span></div>")),
    "digits apart": _metrics(
        lambda shown: "".join(f"<p><i>{'</i><i>'.join(f.value)}</i></p><p>{f.label}</p>" for f in shown)
    ),
    "month": _date("%B %Y"),
    "digits of a date": _date("%m/%d/%Y"),
    "date of an update": _articles(line=lambda p: f"<div>{p.category} · Updated Nov 3, 2025</div>{_badge(p)}"),
    "two dates": _articles(line=lambda p: f"{_line(p)}<div>Updated</div><div>Nov {p.position % 20 + 1}, 2025</div>"),
    "two codes": _articles(line=lambda p: f"<div><i>{p.category}</i><i>LG</i> <time>{p.date}</time> {_badge(p)}</div>"),
    "icon": _icon('<svg aria-label="Code"><path d=""/></svg>'),
    "picture": _icon('<img alt="Code" src="c.png">'),
    "linked icon": _icon('<a href="https://github.com/a/b" title="Code"><i class="icon"></i></a>'),
    "button": _icon("<button>Code</button>"),
    "for screen readers": _icon('<svg></svg><span class="sr-only">Code</span>'),
    "rank in the title": _articles(title=lambda p: f"<h3>{p.position}. {linked(p, p.title)}</h3>"),
    "beginnings of titles": _articles(title=lambda p: f"<h3>{linked(p, p.title[:15] + '…')}</h3>"),
    "footnotes of names": _names(lambda names: ", ".join(f"{name}<sup>{n}</sup>" for n, name in enumerate(names, 1))),
    "stars of names": _names(lambda names: ", ".join(f"{name}*" for name in names)),
    "affiliation of each": _names(lambda names: ", ".join(f"{name} (MIT)" for name in names)),
    "names between dots": _names(" · ".join),
    "initials": _articles(
        by=lambda p: "<ul>" + "".join(f"<li><i>{n[0]}{n.split()[-1][0]}</i> {n}</li>" for n in p.names) + "</ul>"
    ),
    "others in another language": _articles(by=lambda p: wrap("p", ", ".join(p.names) + " und andere" * bool(p.more))),
    "affiliation first": _articles(
        by=lambda p: wrap("p", (f"{p.affiliation} · " if p.affiliation else "") + ", ".join(p.names) + p.more)
    ),
    "affiliation in brackets": _articles(
        by=lambda p: wrap("p", p.by().replace(" · ", " (") + ")" * bool(p.affiliation))
    ),
    "summary by a machine": _articles(
        more=lambda p: f"<p>Paper {p.position} works rather well in practice, says who reads.</p>"
    ),
    "keywords": _articles(text=lambda p: ps(p) + f"<p>Keywords: speech, text, and paper {p.position}.</p>"),
    "copyright": _articles(text=lambda p: ps(p) + "<p>The copyright of this work lies with its authors.</p>"),
    "beginnings of abstracts": _text(lambda text: f"{text[:60]}…"),
    "more to read": _text(lambda text: f'{text[:60]} <a href="#">Read more</a>'),
    "abstracts behind buttons": _articles(
        text=lambda p: f"<button>Show abstract</button><div hidden>{ps(p)}</div>" if p.paragraphs else ""
    ),
    "by year": Markup(_tiles, _by_year),
}

NAMES: dict[str, str] = {
    "greeting": "<h1>Welcome back, Jo</h1><p>{name}</p><p>{field}</p>",
    "mark": "<h1>{name} <span>✓</span></h1><p>{field}</p>",
    "badge": "<h1>{name}<span>Verified</span></h1><p>{field}</p>",
    "field in it": "<h1>{name} <span>{field}</span></h1>",
    "degree": "<h1>Dr. {name}</h1><p>{field}</p>",
    "two authors": "<h1>{name} &amp; Xu Tan</h1><p>{field}</p>",
    "merged": "<h1>{name} (merged with Xu Tan)</h1><p>{field}</p>",
    "language": "<h1>{name}</h1><p>EN</p>",
    "country": "<h1>{name}</h1><p>US</p>",
    "badge of letters": "<h1>{name}</h1><p>NEW</p>",
}
"""Heads of pages, that neither name the author exactly nor the field."""
