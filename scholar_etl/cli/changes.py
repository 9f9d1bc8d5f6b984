"""What changed, for people and for machines. Nothing is held but the author that is being shown."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.text import Text

from scholar_etl.cli.render import console, markdown_text, print_text, show, write_document, write_rows
from scholar_etl.cli.times import minute_after, show_moment
from scholar_etl.cli.worddiff import word_diff
from scholar_etl.fields import METRIC_WORDS, describe_cause
from scholar_etl.store import Comparison, changes, confirmed, first_run_end
from scholar_etl.text import shorten

if TYPE_CHECKING:
    import duckdb

_SIGNS = {"added": ("+", "green"), "removed": ("-", "red"), "changed": ("~", "yellow")}
_COLUMNS = (
    *("author_id", "name", "kind", "item", "title", "change", "field", "old_value", "new_value", "delta"),
    *("pct_change", "changed_at", "cause"),
)
# The arrays of the JSON document by the kind of their rows, and what an item is called there: as in the macros
# metric_diff and paper_diff.
_ARRAYS = {
    "metric": (
        *("metrics", "metric"),
        ("author_id", "name", "item", "old_value", "new_value", "delta", "pct_change", "changed_at", "cause"),
    ),
    "paper": (
        *("papers", "paper_id"),
        ("author_id", "item", "title", "change", "field", "old_value", "new_value", "changed_at", "cause"),
    ),
}
_LONGEST_VALUE = 70
_LONGEST_TITLE = 200

Row = dict[str, Any]


@dataclass(slots=True)
class _Tally:
    """What has been shown: authors known before with their changed metrics and papers, and authors first seen."""

    changed: int = 0
    first_seen: int = 0
    metrics: int = 0
    papers: Counter[str] = field(default_factory=Counter)

    def add(self, rows: list[Row]) -> None:
        """Count the rows of one author."""
        if rows[0]["is_first_seen"]:
            self.first_seen += 1
            return
        self.changed += 1
        self.metrics += sum(row["kind"] == "metric" for row in rows)
        # A changed paper has a row for each field.
        papers = {(row["item"], row["change"]) for row in rows if row["kind"] == "paper"}
        self.papers.update(change for _, change in papers)


def write_changes(
    connection: duckdb.DuckDBPyConnection, comparison: Comparison, form: str, *, most: int | None = None
) -> bool:
    """Write what changed to standard output in one of the formats; return whether anything did.

    `most`: of how many authors the table shows the changes, None for all; the summary counts all of them.
    """
    if form == "table":
        return _print_table(connection, comparison, most)
    if form == "markdown":
        return _write_markdown(connection, comparison)
    count = 0

    def counted(rows: Iterable[Row]) -> Iterator[Row]:
        nonlocal count
        for row in rows:
            count += 1
            yield row

    if form == "json":
        head = {"from": comparison.from_at, "to": comparison.to_at}
        write_document(head, _arrays(counted(changes(connection, comparison, by_kind=True))))
    else:
        rows = counted(changes(connection, comparison))
        write_rows(_COLUMNS, ([row[column] for column in _COLUMNS] for row in rows), form)
    return count > 0


def _arrays(rows: Iterator[Row]) -> Iterator[tuple[str, Iterator[Row]]]:
    """Yield both arrays of the document, the empty one too, as their rows come: all metrics, then all papers."""
    kinds = groupby(rows, key=itemgetter("kind"))
    kind, found = next(kinds, ("", iter(())))
    for wanted, (name, item, columns) in _ARRAYS.items():
        if kind == wanted:
            names = [(item if column == "item" else column, column) for column in columns]
            yield name, ({name: row[column] for name, column in names} for row in found)
            kind, found = next(kinds, ("", iter(())))
        else:
            yield name, iter(())


def _print_table(connection: duckdb.DuckDBPyConnection, comparison: Comparison, most: int | None) -> bool:
    out, tally = console(), _Tally()
    rows = changes(connection, comparison, with_first_papers=False)
    for _, group in groupby(rows, key=itemgetter("author_id")):
        found = list(group)
        tally.add(found)
        if most is None or tally.changed + tally.first_seen <= most:
            _print_author(out, found, tally)
    left = tally.changed + tally.first_seen - (most or 0)
    if most is not None and left > 0:
        out.print(Text(f"… and {_count(left, 'more author', 'more authors')}\n"))
    elif tally.first_seen:
        out.print()
    are_changes = tally.changed + tally.first_seen > 0
    print_text(out, _summary(comparison, tally) if are_changes else _nothing(connection, comparison))
    if tally.first_seen and (hint := _later(connection, comparison)):
        print_text(out, hint)
    return are_changes


def _write_markdown(connection: duckdb.DuckDBPyConnection, comparison: Comparison) -> bool:
    """Write what the table shows, to be pasted: a heading for each author, below it a list, and the summary."""
    tally = _Tally()
    rows = changes(connection, comparison, with_first_papers=False)
    for _, group in groupby(rows, key=itemgetter("author_id")):
        found = list(group)
        tally.add(found)
        sys.stdout.writelines(_markdown_lines(found, tally))
    are_changes = tally.changed + tally.first_seen > 0
    if tally.first_seen:
        sys.stdout.write("\n")
    summary = _summary(comparison, tally) if are_changes else _nothing(connection, comparison)
    sys.stdout.write(f"{markdown_text(summary.plain)}\n")
    return are_changes


def _markdown_lines(rows: list[Row], tally: _Tally) -> Iterator[str]:
    """Yield one author; `tally` counts them already."""
    if rows[0]["is_first_seen"]:
        if tally.first_seen == 1:
            yield "### First seen in this time\n\n"
        yield f"- {markdown_text(_first_line(rows).plain.removeprefix('  * '))}\n"
        return
    name, author_id = shorten(show(rows[0]["name"]), _LONGEST_TITLE), rows[0]["author_id"]
    yield f"### {markdown_text(f'{name} ({author_id})')}\n\n"
    for row in rows:
        if row["kind"] == "metric":
            yield f"- {_metric_item(row)}\n"
    papers = (row for row in rows if row["kind"] == "paper")
    for (change, _), fields in groupby(papers, key=itemgetter("change", "item")):
        first, *rest = _paper_lines(list(fields)).plain.splitlines()
        yield f"- paper {change}: {markdown_text(first[4:])}\n"
        yield from (f"  - {markdown_text(line)}\n" for line in rest)
    yield "\n"


def _metric_item(row: Row) -> str:
    old, delta, percent = row["old_value"], row["delta"], row["pct_change"]
    before = "not shown" if old is None else f"{old:,}"
    sizes = [f"{delta:+,}"] if delta is not None else []
    sizes += [f"{percent:+.1f} %"] if percent is not None else []
    size = f" ({', '.join(sizes)})" if sizes else ""
    return f"{METRIC_WORDS[row['item']]} {before} → {row['new_value']:,}{size}, {_when(row).strip()}"


def _print_author(out: Console, rows: list[Row], tally: _Tally) -> None:
    """Print one author; `tally` counts them already."""
    if rows[0]["is_first_seen"]:
        head = Text("First seen in this time\n", style="bold") if tally.first_seen == 1 else Text()
        print_text(out, Text.assemble(head, _first_line(rows)))
        return
    name = (shorten(show(rows[0]["name"]), _LONGEST_TITLE), "bold")
    lines = [Text.assemble(name, ("  " + rows[0]["author_id"], "dim"))]
    lines += [_metric_line(row) for row in rows if row["kind"] == "metric"]
    papers = (row for row in rows if row["kind"] == "paper")
    lines += [_paper_lines(list(fields)) for _, fields in groupby(papers, key=itemgetter("change", "item"))]
    print_text(out, Text("\n").join([*lines, Text()]))


def _metric_line(row: Row) -> Text:
    old, new, delta = row["old_value"], row["new_value"], row["delta"]
    before = "not shown" if old is None else f"{old:,}"
    line = Text(f"    {METRIC_WORDS[row['item']]:<10} {before:>9} -> {new:<9,}")
    if delta is not None:
        line.append(f"{delta:>+8,}", "green" if delta > 0 else "red")
        line.append(f"{row['pct_change']:>+9.1f} %" if row["pct_change"] is not None else " " * 11)
    line.append(_when(row), "dim")
    return line


def _paper_lines(rows: list[Row]) -> Text:
    """Return what happened to one paper: that it came or went, or each of its fields that changed."""
    sign, colour = _SIGNS[rows[0]["change"]]
    lines = Text.assemble("  ", (f"{sign} ", colour), shorten(show(rows[0]["title"]), _LONGEST_TITLE))
    for row in rows:
        if row["field"] is not None:
            lines.append(f"\n      {row['field']}: ").append_text(_field_change(row["old_value"], row["new_value"]))
        lines.append(_when(row), "dim")
    return lines


def _field_change(old: str | None, new: str | None) -> Text:
    before, after = show(old) or "none", show(new) or "none"
    if old is None or new is None or len(before) + len(after) <= _LONGEST_VALUE:
        return Text(f"{shorten(before, _LONGEST_VALUE)} -> {shorten(after, _LONGEST_VALUE)}")
    return word_diff(before, after)


def _first_line(rows: list[Row]) -> Text:
    shown = [f"{METRIC_WORDS[row['item']]} {row['new_value']:,}" for row in rows if row["kind"] == "metric"]
    figures = ", ".join(shown) or _count(len(rows), "paper", "papers")
    return Text(f"  * {shorten(show(rows[0]['name']), _LONGEST_TITLE)}: {figures}")


def _when(row: Row) -> str:
    cause = describe_cause(row["cause"])
    return f"  {row['changed_at']:%Y-%m-%d}" + (f"  ({cause})" if cause else "")


def _nothing(connection: duckdb.DuckDBPyConnection, comparison: Comparison) -> Text:
    seen = confirmed(connection, comparison.to_at, comparison.authors)
    if seen is None:
        told = "no page has been accepted yet"
    elif seen.newest_at == seen.stalest_at:
        told = f"last confirmed {show_moment(seen.newest_at)}"
    else:
        told = f"last confirmed {show_moment(seen.newest_at)}, the stalest author {show_moment(seen.stalest_at)}"
    what = "no such change" if comparison.is_partial else "nothing changed"
    return Text(f"{what} {_days(comparison)}; {told}")


def _later(connection: duckdb.DuckDBPyConnection, comparison: Comparison) -> Text | None:
    """Return what to ask for instead where the first refresh is within the time, which hides all that came after it."""
    ended_at = first_run_end(connection)
    if ended_at is None or not comparison.from_at < ended_at < comparison.to_at:
        return None
    return Text(
        f"the first refresh is within this time: --from {minute_after(ended_at):%Y-%m-%dT%H:%M} shows what changed "
        "since then"
    )


def _summary(comparison: Comparison, tally: _Tally) -> Text:
    parts = [
        _count(tally.changed, "author changed", "authors changed"),
        _count(tally.metrics, "metric", "metrics"),
        *(f"{_count(tally.papers[change], 'paper', 'papers')} {change}" for change in _SIGNS),
    ]
    if not tally.changed:
        parts = ["nothing changed for authors known before"]
    parts.append(f"{_count(tally.first_seen, 'author', 'authors')} first seen")
    told = ", ".join(part for part in parts if not part.startswith("0 "))
    return Text(f"{told}; {_days(comparison)}", style="bold")


def _days(comparison: Comparison) -> str:
    return f"from {show_moment(comparison.from_at)} to {show_moment(comparison.to_at)}"


def _count(number: int, one: str, several: str) -> str:
    return f"{number:,} {one if number == 1 else several}"
