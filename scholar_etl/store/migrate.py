"""Bringing a warehouse file up to date: numbered migrations, then the views, macros and comments, in one transaction.

A migration is never edited once released. Views and macros hold no data: they are made anew when their text changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from hashlib import blake2b

import duckdb

from scholar_etl.errors import WarehouseError
from scholar_etl.fields import MACROS, PRIVATE_MACROS, TABLES, VIEWS, field_of
from scholar_etl.store.sql import list_sql, naive_utc, quote, read_sql, run_file, transaction

# In the order of their dependence.
_DEFINITIONS = (
    "views/observation.sql",
    "views/metric_reading.sql",
    "views/superseded_reading.sql",
    "views/author_metrics.sql",
    "views/metric_jumps.sql",
    "views/paper_span.sql",
    "macros/paper_spell_of.sql",
    "views/paper_spell.sql",
    "macros/author_state.sql",
    "views/papers.sql",
    "views/paper_history.sql",
    "views/authors.sql",
    "views/captures.sql",
    "views/runs.sql",
    "views/field_yield.sql",
    "views/quarantine.sql",
    "macros/metrics_as_of.sql",
    "macros/papers_as_of.sql",
    "macros/metric_diff.sql",
    "macros/paper_diff_of.sql",
    "macros/paper_diff.sql",
)


def migrate(connection: duckdb.DuckDBPyConnection, applied_at: datetime) -> bool:
    """Bring the attached warehouse (the connection's current catalog) up to date; return whether that changed it.

    `applied_at` is aware. Raises `WarehouseError` when the file was written by a newer version of scholar-etl.
    """
    known = {int(name.split("/")[1].split("_")[0]): name for name in list_sql("migrations")}
    version = current_version(connection)
    if version > max(known):
        raise WarehouseError(
            f"the warehouse is of version {version}, this scholar-etl knows up to {max(known)}: "
            "upgrade scholar-etl, then try again"
        )
    pending = [number for number in sorted(known) if number > version]
    with transaction(connection):
        for number in pending:
            connection.execute(read_sql(known[number]))
            connection.execute(
                "insert into etl.migration values (?, ?, ?)", [number, known[number], naive_utc(applied_at)]
            )
        is_defined_anew = _define(connection)
        if pending:
            run_file(connection, "loads/restate_authors.sql")
    return is_defined_anew or bool(pending)


def current_version(connection: duckdb.DuckDBPyConnection) -> int:
    """Return the number of the last migration applied to the connection's current catalog, 0 when there is none."""
    exists = connection.execute(
        "from duckdb_tables() where database_name = current_database() "
        "and schema_name = 'etl' and table_name = 'migration'"
    ).fetchone()
    if exists is None:
        return 0
    row = connection.execute("select coalesce(max(version), 0) from etl.migration").fetchone()
    return int(row[0]) if row else 0


def current_definition(connection: duckdb.DuckDBPyConnection) -> str | None:
    """Return the digest of the views and macros of the connection's current catalog; None before they are made."""
    row = connection.execute("from etl.definition").fetchone()
    return str(row[0]) if row else None


def _define(connection: duckdb.DuckDBPyConnection) -> bool:
    statements = [*map(read_sql, _DEFINITIONS), *_comments()]
    digest = blake2b("\n".join(statements).encode(), digest_size=16).hexdigest()
    if current_definition(connection) == digest:
        return False
    for statement in statements:
        connection.execute(statement)
    connection.execute("delete from etl.definition")
    connection.execute("insert into etl.definition values (?)", [digest])
    return True


def _comments() -> Iterator[str]:
    for table, description in TABLES.items():
        yield f"comment on table etl.{table} is {quote(description)}"
    for view, (description, columns) in VIEWS.items():
        yield f"comment on view main.{view} is {quote(description)}"
        for column in columns:
            yield f'comment on column main.{view}."{column}" is {quote(str(field_of(view, column)))}'
    for macro, (description, _) in MACROS.items():
        yield f"comment on macro table main.{macro} is {quote(description)}"
    for macro, description in PRIVATE_MACROS.items():
        yield f"comment on macro table etl.{macro} is {quote(description)}"
