"""Checks of the database that the shop runs on: its encoding, and the version that created it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.core import checks
from django.db import DatabaseError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.loader import MigrationLoader

from vipratech.migration_history import differences, unknown_migrations

SHOWN = 3  # differences that a message names


def register() -> None:
    """Register the checks. They run wherever Django checks databases: see `startup.py`."""
    checks.register(encoding_is_utf8, checks.Tags.database)
    checks.register(migrations_are_of_this_version, checks.Tags.database)


def encoding_is_utf8(
    app_configs: Any, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[checks.CheckMessage]:
    """vipratech.E001: the database stores text as UTF-8.

    Django's documentation asks for it ("PostgreSQL notes", "Encoding"); in any other encoding a
    name or a currency symbol fails only when it is saved.
    """
    found = [(alias, encoding_of(alias)) for alias in databases or []]
    return [
        checks.Error(
            f"The database {connections[alias].settings_dict['NAME']} has the encoding {encoding},"
            " but the shop needs UTF8.",
            hint="Create a new one: CREATE DATABASE shop ENCODING 'UTF8' TEMPLATE template0;",
            id="vipratech.E001",
        )
        for alias, encoding in found
        if encoding not in ("", "UTF8")
    ]


def encoding_of(alias: str) -> str:
    """The server's name of the encoding; empty if the database does not answer."""
    try:
        with connections[alias].cursor() as cursor:
            cursor.execute("SHOW server_encoding")
            return str(cursor.fetchone()[0])
    except DatabaseError:
        return ""  # the first query of the command reports the error


def migrations_are_of_this_version(
    app_configs: Any, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[checks.CheckMessage]:
    """vipratech.E002 and W001: the database was created by this set of migrations.

    A server's database that is merely ahead gets a warning, so that a release can be rolled back.
    """
    try:
        return [message for alias in databases or [] for message in compare(connections[alias])]
    except DatabaseError:
        return []  # the first query of the command reports the error


def compare(connection: BaseDatabaseWrapper) -> list[checks.CheckMessage]:
    """The messages about one database. Raises DatabaseError."""
    loader = MigrationLoader(connection, ignore_no_migrations=True)
    if not loader.applied_migrations:
        return []
    found = sorted(differences(connection, loader))
    ahead = sorted(f"{app}.{name}" for app, name in unknown_migrations(loader))
    if found or (ahead and folder_of(connection)):
        return [another_version(connection, found or ahead)]
    return [
        checks.Warning(
            f"The database has a migration that this version of the shop does not have: {name}.",
            hint="It was updated by a newer version.",
            id="vipratech.W001",
        )
        for name in ahead
    ]


def another_version(connection: BaseDatabaseWrapper, found: list[str]) -> checks.CheckMessage:
    """The error, with what to do about it for this kind of database."""
    shown = ", ".join(found[:SHOWN]) + (", …" if len(found) > SHOWN else "")
    message = (
        "The database was created by another version of the shop, and this version cannot update"
        f" it ({shown})."
    )
    if folder := folder_of(connection):
        hint = f"Remove the folder {folder} and start again. The data in it will be lost."
    else:
        hint = (
            "Create an empty database and set DATABASE_URL to it, or go back to the version of"
            f" the shop that created {connection.settings_dict['NAME']!r}."
        )
    return checks.Error(message, hint=hint, id="vipratech.E002")


def folder_of(connection: BaseDatabaseWrapper) -> Path | None:
    """The folder of a private server; None for a server that DATABASE_URL names."""
    return getattr(connection, "server_folder", None)
