"""The migrated database that every test process copies: migrations take seconds, a copy does not.

The first process of a run creates it; the others wait for that one. It stays until the next run
replaces it: a process that ends early must not take it away from one that has yet to copy it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

LOCK = "SELECT pg_advisory_lock(hashtext(%s))"
RUN_OF_TEMPLATE = "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s"


@contextmanager
def locked_server(name: str) -> Iterator[Any]:
    """A cursor outside any database of ours, which one process at a time has."""
    with connection._nodb_cursor() as cursor:
        cursor.execute(LOCK, [name])
        yield cursor


def ensure(name: str, run: str) -> None:
    """Create the database `name` with all migrations applied, unless this run has done so."""
    with locked_server(name) as cursor:
        cursor.execute(RUN_OF_TEMPLATE, [name])
        if cursor.fetchone() == (run,):
            return
        create(name)
        cursor.execute(f"COMMENT ON DATABASE \"{name}\" IS '{run}'")


def create(name: str) -> None:
    """Create the database, replacing that of an earlier run, and apply the migrations."""
    settings = connection.settings_dict
    own_name, test_name = settings["NAME"], settings["TEST"]["NAME"]
    settings["TEST"]["NAME"] = name
    try:
        connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    finally:
        connection.close()  # nobody can copy a database that is in use
        settings["NAME"], settings["TEST"]["NAME"] = own_name, test_name
