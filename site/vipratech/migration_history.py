"""Compares the migrations that a database has with those of this version of the shop.

No shop was installed before the first release, so an older database cannot be updated.
"""

from collections.abc import Iterator
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations import Migration
from django.db.migrations.exceptions import InconsistentMigrationHistory
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations import CreateModel

# Apps of versions before the first release, under names that no longer exist.
RENAMED_APPS = {"attention"}


def differences(connection: BaseDatabaseWrapper, loader: MigrationLoader) -> Iterator[str]:
    """What cannot be in a database that this version created or that a newer one updated."""
    yield from (
        f"migration {app}.{name} no longer exists"
        for app, name in unknown_migrations(loader)
        if app in RENAMED_APPS or not is_ahead(loader, app, name)
    )
    try:
        loader.check_consistent_history(connection)
    except InconsistentMigrationHistory as error:
        yield str(error).rstrip(".")
        return
    columns = columns_of_tables(connection)
    tables = {column.split(".")[0] for column in columns}
    yield from (f"table {name} exists already" for name in tables_to_create(loader) & tables)
    yield from (f"{column} is missing" for column in columns_of_models(loader) - columns)


def unknown_migrations(loader: MigrationLoader) -> Iterator[tuple[str, str]]:
    """Applied migrations of the shop's apps that are not in the code."""
    ours = labels_of_our_apps() | (
        RENAMED_APPS - {config.label for config in apps.get_app_configs()}
    )
    known = set(loader.disk_migrations)
    known |= {key for migration in loader.disk_migrations.values() for key in migration.replaces}
    return (key for key in loader.applied_migrations if key[0] in ours and key not in known)


def is_ahead(loader: MigrationLoader, app: str, name: str) -> bool:
    """Whether a migration's number is higher than those of all that the code has."""
    numbers = [known.split("_")[0] for label, known in loader.disk_migrations if label == app]
    return name.split("_")[0] > max(numbers, default="")


def labels_of_our_apps() -> set[str]:
    """The apps of this repository: those in its top folder and in `site`."""
    folders = {settings.ROOT, settings.ROOT / "site"}
    return {
        config.label for config in apps.get_app_configs() if Path(config.path).parent in folders
    }


def unapplied_migrations(loader: MigrationLoader) -> list[Migration]:
    """Migrations of the shop's apps that the database does not have yet."""
    return [
        migration
        for key, migration in loader.disk_migrations.items()
        if key[0] in labels_of_our_apps() and key not in loader.applied_migrations
    ]


def tables_to_create(loader: MigrationLoader) -> set[str]:
    """Names of the tables that unapplied migrations will create."""
    created = [
        (migration.app_label, operation)
        for migration in unapplied_migrations(loader)
        for operation in migration.operations
        if isinstance(operation, CreateModel)
    ]
    return {
        str(model.options.get("db_table") or f"{app}_{model.name_lower}") for app, model in created
    }


def columns_of_models(loader: MigrationLoader) -> set[str]:
    """`table.column` of every field of the apps whose migrations are all applied."""
    complete = labels_of_our_apps() - {
        migration.app_label for migration in unapplied_migrations(loader)
    }
    models = [model for model in apps.get_models() if model._meta.app_label in complete]
    return {
        f"{model._meta.db_table}.{field.column}"
        for model in models
        if model._meta.managed and not model._meta.proxy
        for field in model._meta.local_concrete_fields
    }


def columns_of_tables(connection: BaseDatabaseWrapper) -> set[str]:
    """`table.column` of every table that a name without a schema can mean."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name || '.' || column_name FROM information_schema.columns"
            " WHERE table_schema = ANY (current_schemas(false))"
        )
        return {column for (column,) in cursor.fetchall()}
