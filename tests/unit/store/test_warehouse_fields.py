"""The registry of fields and the file agree."""

from __future__ import annotations

import duckdb
import pytest

from scholar_etl.fields import FIELDS, MACROS, TABLES, VIEWS
from scholar_etl.store import Warehouse, connect


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyConnection:
    """Return a connection to a published warehouse without data."""
    path = tmp_path_factory.mktemp("fields") / "scholar.duckdb"
    with Warehouse(path):
        pass
    return connect(path)


def test_the_registry_lists_each_public_view_with_its_columns_in_order(connection: duckdb.DuckDBPyConnection) -> None:
    """No view and no column is missing from the registry or only there."""
    stored = connection.execute(
        "select table_name, list(column_name order by column_index) from duckdb_columns() "
        "where database_name = 'scholar' and schema_name = 'main' group by table_name"
    )
    assert dict(stored.fetchall()) == {view: list(columns) for view, (_, columns) in VIEWS.items()}


def test_every_public_name_is_commented(connection: duckdb.DuckDBPyConnection) -> None:
    """Views, their columns, macros and base tables all have a `COMMENT`."""
    uncommented = connection.execute(
        "select view_name from duckdb_views() where database_name = 'scholar' and schema_name = 'main' "
        "and comment is null "
        "union all select table_name || '.' || column_name from duckdb_columns() "
        "where database_name = 'scholar' and schema_name = 'main' and comment is null "
        "union all select function_name from duckdb_functions() where database_name = 'scholar' and comment is null "
        "union all select table_name from duckdb_tables() where database_name = 'scholar' and comment is null"
    )
    assert uncommented.fetchall() == []
    tables = connection.execute("select table_name from duckdb_tables() where database_name = 'scholar'")
    assert {name for (name,) in tables.fetchall()} == set(TABLES)


def test_the_registry_has_no_orphan() -> None:
    """Each field stands in some view, under its own name or its name in that view."""
    used = {name for view, (_, columns) in VIEWS.items() for column in columns for name in (column, f"{view}.{column}")}
    assert set(FIELDS) <= used


@pytest.mark.parametrize("macro", MACROS)
def test_macros_return_the_columns_of_the_registry(connection: duckdb.DuckDBPyConnection, macro: str) -> None:
    """In its order: `SELECT *` is part of what people rely on."""
    moments = "'2026-01-01'" if macro.endswith("as_of") else "'2026-01-01', '2026-01-02'"
    result = connection.execute(f"from {macro}({moments})")
    assert [column[0] for column in result.description] == list(MACROS[macro][1])
