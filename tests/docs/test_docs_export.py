"""docs/export.md against an export."""

from __future__ import annotations

import json
import re
from pathlib import Path

import duckdb
import pyarrow.parquet
import pytest

from scholar_etl.fields import VIEWS
from scholar_etl.store import export_views
from scholar_etl.store.export import PARTITION_ABOVE
from scholar_etl.store.sql import read_sql

_TEXT = (Path(__file__).parents[2] / "docs" / "export.md").read_text(encoding="utf-8")
_LAYOUT = re.findall(r"^\| `(\w+)` \| (.+) \| (.+) \|$", _TEXT, flags=re.MULTILINE)
_QUERIES = re.findall(r"```sql\n(.*?)```", _TEXT, flags=re.DOTALL)


@pytest.fixture(scope="module", params=[PARTITION_ABOVE, 0], ids=["files", "parts"])
def exported(story_warehouse: Path, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    """Return the folder that `out` is in, with the views in both forms."""
    folder = tmp_path_factory.mktemp("exported")
    for form in ("csv", "parquet"):
        export_views(story_warehouse, folder / form, form, partition_above=request.param)
    for path in (folder / "csv").glob("*.csv"):
        path.rename(folder / "parquet" / path.name)
    return (folder / "parquet").rename(folder / "out").parent


def test_the_layout_is_the_queries() -> None:
    """The table says of each view the order and the parts that its file of SQL says."""
    assert [view for view, _, _ in _LAYOUT] == list(VIEWS)
    for view, order, part in _LAYOUT:
        sql = read_sql(f"exports/{view}.sql")
        (keys,) = re.findall(r"order by (.+)", sql)
        assert re.findall(r"`(\w+)`", order) == keys.split(", ")
        (made,) = re.findall(r"\*, (.+) as part", sql)
        if part == "none":
            assert made == "null::varchar"
        else:
            name, value = re.fullmatch(r"`(\w+=)<(.+)>`", part).groups()  # type: ignore[union-attr]
            value = re.sub(r"(\w+) of (\w+)", r"\1(\2)", value)
            assert made == f"'{name}' || {value}"


def test_the_bound_is_documented() -> None:
    """The number of rows above which a view is a folder."""
    assert f"more than {PARTITION_ABOVE:,} rows" in _TEXT


@pytest.mark.parametrize("query", _QUERIES)
def test_each_query_runs(exported: Path, monkeypatch: pytest.MonkeyPatch, query: str) -> None:
    """Whether the view is a file or a folder of parts, the page's SQL reads it by one name."""
    monkeypatch.chdir(exported)
    assert duckdb.sql(query).fetchall()


def test_arrow_reads_the_view(exported: Path) -> None:
    """By one name, and without the part's name as the page says."""
    assert "partitioning=None" in _TEXT
    table = pyarrow.parquet.read_table(exported / "out/author_metrics.parquet", partitioning=None)
    assert tuple(table.column_names) == VIEWS["author_metrics"][1]
    assert table.num_rows


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_other_libraries_read_the_view(exported: Path, library: str) -> None:
    """By one name; at most the part's name is a column more."""
    module = pytest.importorskip(library)
    for view in VIEWS:
        frame = module.read_parquet(exported / f"out/{view}.parquet")
        assert tuple(frame.columns)[: len(VIEWS[view][1])] == VIEWS[view][1]


def test_the_manifest_is_documented(exported: Path) -> None:
    """Each name in it stands on the page."""
    (section,) = re.findall(r"### manifest.json\n(.*?)\n## ", _TEXT, flags=re.DOTALL)
    said = json.loads((exported / "out/manifest.json").read_text(encoding="utf-8"))
    view = said["views"][0]
    assert set(re.findall(r"`(\w+)`", section)) == {*said, *view, *view["columns"][0]}
