"""Scraped text is harmless in every format, and JSON keeps every value."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text
from testbed import strict_json

from scholar_etl.cli import render
from scholar_etl.cli.render import FORMATS, dump_json, print_table, print_text, show, write_rows

HOSTILE = {
    "escape": "\x1b[31mred\x1b]0;title\x07\x1b[2J",
    "c1": "\x9b31m\x85next\x90dcs",
    "bidi": "abc\u202etxt.exe\u2066x\u2069\u200f\u061c",
    "lines": "one\ntwo\r\nthree\u2028four\u2029five\x0b\x0c",
    "zero width": "a\u200bb\ufeffc\u00adx",
    "markdown": "a|b `code` *x* _y_ [link](javascript:x) <script>alert(1)</script> &amp; \\|",
    "formula": "=cmd|'/c calc'!A1",
    "formula at": "@SUM(1)",
    "formula plus": "+1",
    "formula tab": "\t=1",
    "rich": "[bold red]not markup[/] :smile: [link=x]y[/link]",
    "null": "a\x00b",
    "surrogate": "\ud800",
    "quote": "say \"hi\", \\ and 'bye'",
    "persian": "می\u200cخواهم",
}
ACTIVE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)


def written(columns: list[str], rows: list[list[Any]], form: str) -> str:
    """Return what is written to a file."""
    out = io.StringIO()
    write_rows(columns, rows, form, out)
    return out.getvalue()


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_acts_on_nothing(form: str, name: str) -> None:
    """No character that a terminal or an editor acts upon comes out, in a cell, a column's name, or within a list."""
    text = HOSTILE[name]
    shown = written([text, "b"], [[text, [text]], [None, {text: text}]], form)
    assert ACTIVE.findall(shown) == []


@pytest.mark.parametrize("name", HOSTILE)
def test_json_keeps_the_text(name: str) -> None:
    """What is escaped reads back as it was."""
    text = HOSTILE[name]
    (row,) = strict_json(written(["a", "b"], [[text, [{"k": text}]]], "json"))
    assert row == {"a": text, "b": [{"k": text}]}
    assert strict_json(dump_json({"x": text}) + "\n") == {"x": text}


@settings(max_examples=50, deadline=None)
@given(st.lists(st.lists(st.one_of(st.text(), st.integers(), st.none(), st.booleans()), min_size=2, max_size=2)))
def test_any_rows_survive_json_and_csv(rows: list[list[Any]]) -> None:
    """JSON gives every row back; CSV as many rows of as many fields, none of them a formula."""
    shown = strict_json(written(["a", "b"], rows, "json"))
    assert [[row["a"], row["b"]] for row in shown] == rows
    table = list(csv.reader(io.StringIO(written(["a", "b"], rows, "csv"), newline=""), strict=True))
    assert [len(row) for row in table] == [2] * (len(rows) + 1)
    for row, source in zip(table[1:], rows, strict=True):
        for cell, value in zip(row, source, strict=True):
            assert not (isinstance(value, str) and cell.startswith(("=", "+", "-", "@", "\t", "\r")))


@pytest.mark.parametrize("name", HOSTILE)
def test_markdown_stays_one_cell(name: str) -> None:
    """A row is one line of as many cells as there are columns, and no markup of the text's own stands in it."""
    lines = written(["a", "b"], [[HOSTILE[name], "end"]], "markdown").splitlines()
    assert len(lines) == 3
    cells = re.split(r"(?<!\\)\|", lines[2].replace("\\\\", ""))
    assert len(cells) == 4
    assert "<" not in lines[2]
    assert re.search(r"(?<!\\)[`*\[\]]", lines[2].replace("\\\\", "")) is None


def test_csv_marks_formulas_only() -> None:
    """Text that a spreadsheet would run is quoted; numbers, dates and other text are not."""
    day = date(2026, 11, 22)
    line = written(list("abcdefgh"), [["=1", "-x", -1, -1.5, day, "a=b", True, "\x1f\x00=1"]], "csv").splitlines()[1]
    assert line == "'=1,'-x,-1,-1.5,2026-11-22,a=b,true,'=1"


def test_json_has_only_what_json_has() -> None:
    """Times are in UTC, numbers that are none are null, whatever lies in lists and structures too."""
    zone = timezone(timedelta(hours=2))
    row = {
        "naive": datetime(2026, 1, 2, 3, 4, 5, 6),  # noqa: DTZ001 - as the warehouse gives it
        "aware": datetime(2026, 1, 2, 3, tzinfo=zone),
        "date": date(2026, 1, 2),
        "nan": float("nan"),
        "nested": [float("inf"), {"x": (float("-inf"), 1.5, datetime(2026, 1, 2, tzinfo=UTC))}],
        "keys": {1: "a", date(2026, 1, 2): "b"},
        "whole": Decimal(2),
        "part": Decimal("2.50"),
        "huge": 2**120,
        "bytes": b"\x00\xff",
        "id": UUID(int=1),
        "span": timedelta(days=1),
        "bool": False,
    }
    expected = {
        "naive": "2026-01-02T03:04:05.000006Z",
        "aware": "2026-01-02T01:00:00Z",
        "date": "2026-01-02",
        "nan": None,
        "nested": [None, {"x": [None, 1.5, "2026-01-02T00:00:00Z"]}],
        "keys": {"1": "a", "2026-01-02": "b"},
        "whole": 2,
        "part": 2.5,
        "huge": 2**120,
        "bytes": "00ff",
        "id": "00000000-0000-0000-0000-000000000001",
        "span": "1 day, 0:00:00",
        "bool": False,
    }
    assert strict_json(written(list(row), [list(row.values())], "json")) == [expected]
    assert strict_json(dump_json(row) + "\n") == expected


def test_columns_of_one_name_are_all_kept() -> None:
    """A JSON object has each name once."""
    assert strict_json(written(["a", "a", "a_1"], [[1, 2, 3]], "json")) == [{"a": 1, "a_1": 2, "a_1_1": 3}]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.04, "0.04"),
        (0.0, "0"),
        (24.75, "24.75"),
        (1 / 3, "0.333333"),
        (1234567.891, "1,234,567.9"),
        (1e300, "1e+300"),
    ],
)
def test_a_table_rounds_no_number_away(value: float, shown: str) -> None:
    """A small number is not shown as none."""
    assert written(["x"], [[value]], "table").splitlines()[-1].strip() == shown


def on_terminal(columns: list[str], rows: list[list[Any]], width: int) -> list[str]:
    """Return the lines that a terminal of that width shows."""
    out = io.StringIO()
    print_table(Console(file=out, width=width, force_terminal=True, color_system=None), columns, rows)
    return [line.rstrip() for line in out.getvalue().splitlines()]


def test_a_table_that_fits_is_one_line_a_row() -> None:
    """Numbers stand to the right."""
    assert on_terminal(["name", "n"], [["Ada", 7], ["Ben", None], ["Cai", 12]], 80) == [
        "name ┃  n",
        "━━━━━╇━━━",
        "Ada  │  7",
        "Ben  │",
        "Cai  │ 12",
    ]


def test_long_texts_are_folded_where_the_rest_fits() -> None:
    """The widest columns share what the others leave; nothing is cut off, nothing is wider than the terminal."""
    lines = on_terminal(["id", "title", "abstract"], [["scholarfeed:1001", "word " * 20, "text " * 40]], 80)
    assert max(map(cell_len, lines)) <= 80
    assert sum(line.count("word") for line in lines) == 20
    assert sum(line.count("text") for line in lines) == 40
    assert "scholarfeed:1001" in lines[2]


def test_many_rows_are_several_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every row is printed once, in its order, below a header; none at all is still a header."""
    monkeypatch.setattr(render, "_TABLE_ROWS", 3)
    for count, tables in ((0, 1), (1, 1), (3, 1), (4, 2), (7, 3)):
        lines = written(["n"], [[n] for n in range(count)], "table").splitlines()
        assert [line.strip() for line in lines].count("n") == tables
        assert [int(line) for line in lines if line.strip().isdecimal()] == list(range(count))


def test_blocks_are_numbered_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """The number of a row is that in the whole result, whichever table it stands in."""
    monkeypatch.setattr(render, "_TABLE_ROWS", 2)
    monkeypatch.setattr(render, "_PIPE_WIDTH", 30)
    shown = written(["a", "b"], [["x" * 40, "y" * 40]] * 5, "table")
    assert re.findall(r"^row (\d+)", shown, re.MULTILINE) == ["1", "2", "3", "4", "5"]


def test_a_row_that_cannot_be_a_line_is_a_block() -> None:
    """With many columns each row is a block of lines, a name and its value on each; a long value is folded."""
    columns = [f"column_{number}" for number in range(12)]
    rows = [[f"value {row} {number}" for number in range(11)] + ["long " * 30] for row in (1, 2)]
    lines = on_terminal(columns, rows, 80)
    assert max(map(cell_len, lines)) <= 80
    assert [line for line in lines if line.startswith("row ")] == ["row 1", "row 2"]
    assert "column_10  value 2 10" in lines
    assert sum(line.count("long") for line in lines) == 60
    assert on_terminal(columns, [], 80)[0].startswith("no rows of column_0, column_1, ")


def test_a_file_is_as_wide_as_it_must_be() -> None:
    """Where nobody knows how wide a line may be, nothing is folded."""
    shown = written([f"column_{number}" for number in range(40)], [["value " * 10] * 40], "table")
    assert len(shown.splitlines()) == 3


@pytest.mark.parametrize("name", HOSTILE)
def test_lines_are_the_same_with_and_without_colour(name: str) -> None:
    """A terminal gets colours in addition, and nothing else: no line is folded, no markup understood."""
    lines = Text("\n").join([Text(show(HOSTILE[name]), style="bold"), Text("word " * 60)])
    written = []
    for is_terminal in (True, False):
        out = io.StringIO()
        print_text(Console(file=out, width=40, force_terminal=is_terminal, color_system="standard"), lines)
        written.append(out.getvalue())
    coloured, plain = written
    assert re.sub(r"\x1b\[\d*m", "", coloured) == plain
    assert ACTIVE.findall(plain) == []
    assert len(plain.splitlines()) == 2
