"""Reads the SQL that dbt compiled for DuckDB, and writes it for the warehouses that
nobody here can ask. What one of them has no word for is an error."""

import pathlib
import sys

import sqlglot

DIALECTS = ["snowflake", "bigquery", "redshift", "databricks", "postgres"]

files = sorted(pathlib.Path(sys.argv[1]).rglob("*.sql"))
failed = 0
for path in files:
    for dialect in DIALECTS:
        try:
            written = sqlglot.transpile(
                path.read_text(), read="duckdb", write=dialect, unsupported_level=sqlglot.ErrorLevel.RAISE
            )
            for statement in written:
                sqlglot.parse_one(statement, read=dialect)
        except sqlglot.errors.SqlglotError as error:
            failed += 1
            print(f"{path.name}, {dialect}: {error}")
print(f"{len(files)} files, {len(DIALECTS)} dialects, {failed} failed")
sys.exit(1 if failed or not files else 0)
