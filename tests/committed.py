"""Undoes what a test has committed, by putting every row back as the migrations left it.

Django's own way, flushing all tables and loading a serialized copy, takes more than a second per
test; this takes a few milliseconds.
"""

from typing import Any

from django.db import connection, transaction

COPIES = "rows_after_migrate"  # the schema of the copies
DELETE = 'DELETE FROM public."{table}"'
INSERT = 'INSERT INTO public."{table}" OVERRIDING SYSTEM VALUE SELECT * FROM {copies}."{table}"'


def remember() -> None:
    """Copy the rows of all tables. Call it once, after the migrations."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP SCHEMA IF EXISTS {COPIES} CASCADE; CREATE SCHEMA {COPIES}")
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'CREATE TABLE {COPIES}."{table}" AS TABLE public."{table}"')


@transaction.atomic
def restore(*args: Any) -> None:
    """Delete the rows of all tables and insert the copies. Needs a superuser of the database, whom
    triggers and foreign keys can be switched off for.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", [COPIES])
        tables = [name for (name,) in cursor.fetchall()]
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("; ".join(DELETE.format(table=table) for table in tables))
        cursor.execute("; ".join(INSERT.format(table=table, copies=COPIES) for table in tables))
