"""Each kind of hostile text in each format of `diff` and of `history`: it acts on nothing, and can be read."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hostile_texts import ACTIVE, FIRST, HOSTILE, observation
from rich.cells import cell_len
from testbed import Done, call, strict_json

from scholar_etl.cli.render import FORMATS
from scholar_etl.settings import Project
from scholar_etl.store import Warehouse

WINDOW = ("--from", "2026-03-01T12:00", "--to", "2026-03-03")


@pytest.fixture(scope="module", params=HOSTILE)
def hostile(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """Yield a text and a project in which an author is called so, and so is all that changed."""
    folder = tmp_path_factory.mktemp("hostile") / "project"
    text = HOSTILE[request.param]
    assert call("init", str(folder)).code == 0
    with Warehouse(Project.open(folder).warehouse) as warehouse:
        second = replace(observation(0, text), author_id="s:2", observed_at=FIRST + timedelta(days=1))
        warehouse.load([observation(0, text), observation(1, text), replace(second, capture_id=str(UUID(int=9)))])
    return text, folder


def shown(folder: Path, form: str, *arguments: str) -> str:
    """Return what a command writes to standard output."""
    done: Done = call("--project", str(folder), *arguments, "--format", form)
    assert (done.code, done.err) == (0, "")
    return done.out


COMMANDS = {
    "diff": ("diff", *WINDOW),
    "history": ("history", "s:1", "--metric", "h_index"),
    "compare": ("history", "s:1", "s:2", "--compare", "--metric", "h_index"),
}


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("name", COMMANDS)
def test_it_acts_on_nothing(hostile: tuple[str, Path], name: str, form: str) -> None:
    """No character comes out that a terminal, an editor or a spreadsheet would act upon."""
    text, folder = hostile
    out = shown(folder, form, *COMMANDS[name])
    # A tab is data in a CSV file, where it cannot begin a cell.
    assert set(ACTIVE.findall(out)) <= ({"\t"} if form == "csv" else set())
    if form == "json":
        _check_json(strict_json(out), text)
    elif form == "csv":
        _check_csv(out)
    elif form == "markdown" and name == "diff":
        _check_markdown_list(out)
    elif form == "markdown":
        _check_markdown(out)
    else:
        _check_table(out, text)


def _check_json(document: Any, text: str) -> None:
    """Every value is what it was."""
    rows = document if isinstance(document, list) else document["metrics"]
    assert all(row["name"] == text for row in rows)
    if isinstance(document, dict):
        changed = {row["field"]: row for row in document["papers"] if row["change"] == "changed"}
        assert changed["title"]["new_value"] == f"{text} 1 seen"
        assert changed["abstract"]["old_value"] == f"{text} of Ada, 0, {text}"
        assert {"category", "published_on", "has_code", "authors", "affiliation"} < set(changed)


def _check_csv(out: str) -> None:
    """Every line has as many cells as the header, and none is a formula."""
    header, *rows = csv.reader(io.StringIO(out, newline=""), strict=True)
    assert rows
    for row in rows:
        assert len(row) == len(header)
        assert not [c for c in row if c.startswith(("=", "+", "-", "@", "\t")) and not re.fullmatch(r"-?[\d.]+", c)]


def _check_markdown(out: str) -> None:
    """A row is one line of as many cells as the header has, without markup of the text's own."""
    header, _, *rows = out.splitlines()
    cells = header.count("|")
    assert rows
    for row in rows:
        plain = row.replace("\\\\", "")
        assert len(re.findall(r"(?<!\\)\|", plain)) == cells
        assert "<" not in plain
        assert re.search(r"(?<!\\)[`*\[\]]", plain) is None


def _check_markdown_list(out: str) -> None:
    """Lines are headings and items of ours, and a summary, without markup of the text's own."""
    *lines, summary = out.splitlines()
    assert all(re.match(r"### \S|- \S|  - \S|$", line) for line in lines)
    assert summary.startswith("1 author changed, 1 metric, ")
    for line in [*lines, summary]:
        plain = line.replace("\\\\", "")
        assert "<" not in plain
        assert re.search(r"(?<!\\)[`*\[\]|]", plain) is None
        assert len(line) < 3_000


def _check_table(out: str, text: str) -> None:
    """Lines stay short enough to read, and a harmless text stands there as it is."""
    assert max(map(cell_len, out.splitlines())) < 1_500
    if text.isprintable():
        assert text.strip()[:12] in out


def test_the_change_itself_is_seen(hostile: tuple[str, Path]) -> None:
    """However hostile the text around it, a person sees which fields changed, and the metric's old and new value."""
    _, folder = hostile
    out = shown(folder, "table", *COMMANDS["diff"])
    for name in ("title", "abstract", "category", "published_on", "has_code", "authors", "affiliation"):
        assert re.search(rf"^      {name}: \S", out, re.MULTILINE), name
    assert re.search(r"h-index +7 -> 8 +\+1 +\+14.3 %", out)
    assert "First seen in this time" in out
    assert out.splitlines()[-1].startswith(
        "1 author changed, 1 metric, 1 paper added, 1 paper removed, 1 paper changed, 1 author first seen; "
    )
