"""What changed, for people and for machines."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rich.text import Text

from scholar_etl.cli.render import console, dump_json, show, write_rows
from scholar_etl.cli.times import show_moment

_METRIC_WORDS = {
    "h_index": "h-index",
    "paper_count": "papers",
    "citation_count": "citations",
    "novelty_pct": "Novelty %",
    "ai_score": "AI Score",
}
_SIGNS = {"added": ("+", "green"), "removed": ("-", "red"), "changed": ("~", "yellow")}
_COLUMNS = (
    *("author_id", "name", "kind", "item", "title", "change", "field", "old_value", "new_value", "delta"),
    *("pct_change", "changed_at", "cause"),
)
_LONGEST_VALUE = 70


@dataclass(frozen=True, slots=True)
class Changes:
    """The differences between two moments: rows of the macros `metric_diff` and `paper_diff`.

    `names` is every author's name by author_id; `last_confirmed_at` when the newest page was seen, None for never.
    """

    from_at: datetime
    to_at: datetime
    metrics: list[dict[str, Any]]
    papers: list[dict[str, Any]]
    names: dict[str, str]
    last_confirmed_at: datetime | None

    def first_seen(self) -> set[str]:
        """Return the authors of whom nothing was known at `from_at`: their papers are new to us, not to the site."""
        seen_before = {row["author_id"] for row in self.metrics if row["old_value"] is not None}
        seen_before |= {row["author_id"] for row in self.papers if row["change"] != "added"}
        return {row["author_id"] for row in self.metrics if row["old_value"] is None} - seen_before


def write_changes(changes: Changes, form: str) -> None:
    """Write changes to standard output in one of the formats."""
    if form == "json":
        document = {
            "from": changes.from_at,
            "to": changes.to_at,
            "metrics": changes.metrics,
            "papers": changes.papers,
        }
        sys.stdout.write(dump_json(document) + "\n")
    elif form == "table":
        terminal = console()
        for line in _lines(changes):
            terminal.print(line, soft_wrap=True)
    else:
        write_rows(_COLUMNS, _flat_rows(changes), form)


def _flat_rows(changes: Changes) -> Iterator[list[Any]]:
    for row in changes.metrics:
        flat = {**row, "kind": "metric", "item": row["metric"], "change": "changed"}
        yield [flat.get(column) for column in _COLUMNS]
    for row in changes.papers:
        flat = {**row, "kind": "paper", "item": row["paper_id"], "name": changes.names.get(row["author_id"])}
        yield [flat.get(column) for column in _COLUMNS]


def _lines(changes: Changes) -> Iterator[Text]:
    if not changes.metrics and not changes.papers:
        confirmed = changes.last_confirmed_at
        seen = f"last confirmed {show_moment(confirmed)}" if confirmed else "no page has been accepted yet"
        yield Text(f"nothing changed from {show_moment(changes.from_at)} to {show_moment(changes.to_at)}; {seen}")
        return
    new = changes.first_seen()
    authors = {row["author_id"] for row in (*changes.metrics, *changes.papers)}
    for author_id in sorted(authors - new, key=lambda a: (changes.names.get(a, ""), a)):
        yield Text.assemble((show(changes.names.get(author_id)), "bold"), ("  " + author_id, "dim"))
        metrics = {row["metric"]: row for row in changes.metrics if row["author_id"] == author_id}
        yield from (_metric_line(metrics[name]) for name in _METRIC_WORDS if name in metrics)
        yield from (_paper_line(row) for row in changes.papers if row["author_id"] == author_id)
        yield Text()
    if new:
        yield Text.assemble(("First seen in this time", "bold"))
        for author_id in sorted(new, key=lambda a: (changes.names.get(a, ""), a)):
            yield _first_line(author_id, changes)
        yield Text()
    yield _summary(changes, authors - new, new)


def _metric_line(row: dict[str, Any]) -> Text:
    old, new, delta = row["old_value"], row["new_value"], row["delta"]
    before = "not shown" if old is None else f"{old:,}"
    line = Text(f"    {_METRIC_WORDS[row['metric']]:<10} {before:>9} -> {new:<9,}")
    if delta is not None:
        line.append(f"{delta:>+8,}", "green" if delta > 0 else "red")
        line.append(f"{row['pct_change']:>+9.1f} %" if row["pct_change"] is not None else " " * 11)
    line.append(_when(row), "dim")
    return line


def _paper_line(row: dict[str, Any]) -> Text:
    sign, colour = _SIGNS[row["change"]]
    line = Text.assemble("  ", (f"{sign} ", colour), show(row["title"]))
    if row["field"] is not None:
        old, new = _short(row["old_value"]), _short(row["new_value"])
        arrow = " -> " if len(old) + len(new) <= _LONGEST_VALUE else f"\n{'->':>{len(row['field']) + 7}} "
        line.append(f"\n      {row['field']}: {old}{arrow}{new}")
    line.append(_when(row), "dim")
    return line


def _first_line(author_id: str, changes: Changes) -> Text:
    values = {row["metric"]: row["new_value"] for row in changes.metrics if row["author_id"] == author_id}
    shown = [f"{_METRIC_WORDS[name]} {values[name]:,}" for name in _METRIC_WORDS if name in values]
    return Text(f"  * {show(changes.names.get(author_id))}: {', '.join(shown)}")


def _when(row: dict[str, Any]) -> str:
    reparse = "  (read anew by a newer extractor)" if row["cause"] == "reparse" else ""
    return f"  {row['changed_at']:%Y-%m-%d}{reparse}"


def _short(value: Any) -> str:
    text = show(value) or "none"
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 1]}…"


def _summary(changes: Changes, changed: set[str], new: set[str]) -> Text:
    # A changed paper has a row for each field.
    papers = {(r["author_id"], r["paper_id"], r["change"]) for r in changes.papers if r["author_id"] in changed}
    counts = Counter(change for _, _, change in papers)
    metrics = sum(row["author_id"] in changed for row in changes.metrics)
    parts = [
        _count(len(changed), "author changed", "authors changed"),
        _count(metrics, "metric", "metrics"),
        *(f"{_count(counts[change], 'paper', 'papers')} {change}" for change in _SIGNS if counts[change]),
    ]
    if new:
        parts.append(f"{_count(len(new), 'author', 'authors')} first seen")
    days = f"from {show_moment(changes.from_at)} to {show_moment(changes.to_at)}"
    return Text(f"{', '.join(_present(parts))}; {days}", style="bold")


def _present(parts: Iterable[str]) -> list[str]:
    return [part for part in parts if not part.startswith("0 ")] or ["nothing changed for authors known before"]


def _count(number: int, one: str, several: str) -> str:
    return f"{number:,} {one if number == 1 else several}"
