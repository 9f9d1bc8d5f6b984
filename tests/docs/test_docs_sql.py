"""docs/sql.md against the registry of public columns and a warehouse of the library's own making."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import pytest

from scholar_etl.fields import MACROS, VIEWS, field_of

_PAGE = Path(__file__).parents[2] / "docs" / "sql.md"
_TEXT = _PAGE.read_text(encoding="utf-8")
_RELATIONS = {
    **{name: name for name in VIEWS},
    "metric_diff": "metric_diff(current_date - 30, current_date + 1)",
    "metrics_as_of": "metrics_as_of(current_date)",
    "paper_diff": "paper_diff(current_date - 30, current_date + 1)",
    "papers_as_of": "papers_as_of(current_date)",
}


def _sections(text: str) -> dict[str, str]:
    """Return the text below each heading of the third level, by the heading."""
    pieces = re.split(r"^### (.+)$", text, flags=re.MULTILINE)
    return {
        title: re.split(r"^## ", body, flags=re.MULTILINE)[0]
        for title, body in zip(pieces[1::2], pieces[2::2], strict=True)
    }


_SECTIONS = _sections(_TEXT)
_QUERIES = {
    f"{title} {number}": (query, "No rows" in body)
    for title, body in _SECTIONS.items()
    for number, query in enumerate(re.findall(r"```sql\n(.*?)```", body, flags=re.DOTALL), 1)
}


def _documented(name: str) -> list[tuple[str, str, str]]:
    """Return (column, type, meaning) of the table in the section of a view or macro."""
    titles = [title for title in _SECTIONS if re.fullmatch(rf"`{name}(\(.*\))?`", title)]
    assert len(titles) == 1, f"docs/sql.md has {len(titles)} sections on {name}"
    rows = re.findall(r"^\| `(\w+)` \| (.+?) \| (.+) \|$", _SECTIONS[titles[0]], flags=re.MULTILINE)
    return [(column, type_, meaning.replace("\\<", "<")) for column, type_, meaning in rows]


@pytest.mark.parametrize("name", sorted(_RELATIONS))
def test_columns_of_each_public_relation_are_documented_with_their_types(
    name: str, published: duckdb.DuckDBPyConnection
) -> None:
    """The page names exactly the columns that the view or macro has, in their order and with their types."""
    described = published.execute(f"describe from {_RELATIONS[name]}").fetchall()
    expected = [(row[0], row[1].replace('"', "")) for row in described]
    assert [(column, type_) for column, type_, _ in _documented(name)] == expected


@pytest.mark.parametrize("view", sorted(VIEWS))
def test_meaning_of_each_view_column_is_the_registrys(view: str) -> None:
    """The page, the registry and the comments in the file say the same of a view's column."""
    assert {column: meaning for column, _, meaning in _documented(view)} == {
        column: str(field_of(view, column)) for column in VIEWS[view][1]
    }


def test_the_page_documents_every_public_relation_and_no_other() -> None:
    """What the registry calls public is on the page, and nothing else is."""
    documented = {match[1] for title in _SECTIONS if (match := re.fullmatch(r"`(\w+)(?:\(.*\))?`", title))}
    assert documented == {*VIEWS, *MACROS}


def test_the_cookbook_is_there() -> None:
    """The page's queries are found at all, so that the tests below try something."""
    assert len(_QUERIES) >= 15


@pytest.mark.parametrize("title", sorted(_QUERIES))
def test_each_query_runs_and_finds_something(title: str, published: duckdb.DuckDBPyConnection) -> None:
    """A query of the page runs as it stands, and gives rows on 45 days of the story unless the page says otherwise."""
    query, may_be_empty = _QUERIES[title]
    rows = published.execute(query).fetchall()
    assert rows or may_be_empty


@pytest.mark.parametrize(
    "title", ["What is held back, and why? 1", "Who lists the same paper? 1"], ids=["held", "shared"]
)
def test_queries_that_may_be_empty_find_what_is_there(title: str, published: duckdb.DuckDBPyConnection) -> None:
    """A held page and a paper of two authors, both in this warehouse, are found."""
    assert len(published.execute(_QUERIES[title][0]).fetchall()) == 1
