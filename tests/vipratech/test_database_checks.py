"""A database in another encoding, or from another version, is refused before anything changes."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core import checks
from django.db import connection, connections
from django.db.migrations.loader import MigrationLoader
from pytest_django import Settings

from vipratech import migration_history

ROOT = Path(__file__).parents[2]
TIMEOUT = 120  # seconds for a command, on a busy machine
KEYS = ("ENGINE", "NAME", "USER", "PASSWORD", "HOST", "PORT")
SETTINGS = """
import json, os
from vipratech.settings.test import *
DATABASES = {"default": json.loads(os.environ["OTHER_DATABASE"])}
"""


def messages() -> list[checks.CheckMessage]:
    """What the shop's own checks say about the test's database."""
    found = checks.run_checks(tags=[checks.Tags.database], databases=["default"])
    return [message for message in found if str(message.id).startswith("vipratech.")]


def execute(sql: str, *values: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


def applied(app: str, name: str) -> None:
    """Record that a migration was applied."""
    sql = "INSERT INTO django_migrations (app, name, applied) VALUES (%s, %s, now())"
    execute(sql, app, name)


@pytest.mark.django_db
def test_a_database_of_this_version_passes() -> None:
    assert messages() == []


@pytest.mark.django_db
def test_a_migration_that_no_longer_exists_is_refused() -> None:
    applied("orders", "0001_something_else")
    (error,) = messages()
    assert error.id == "vipratech.E002"
    assert error.is_serious()
    assert "another version" in error.msg
    assert "orders.0001_something_else" in error.msg


@pytest.mark.django_db
def test_an_app_of_an_older_version_is_refused() -> None:
    applied("attention", "0001_initial")
    (error,) = messages()
    assert error.id == "vipratech.E002"


@pytest.mark.django_db
def test_a_table_or_column_that_is_missing_is_refused() -> None:
    execute("ALTER TABLE worker_jobrun RENAME COLUMN failures TO mistakes")
    (error,) = messages()
    assert error.id == "vipratech.E002"
    assert "worker_jobrun.failures is missing" in error.msg


@pytest.mark.django_db
def test_tables_without_the_migration_that_creates_them_are_refused() -> None:
    execute("DELETE FROM django_migrations WHERE app = 'worker'")
    (error,) = messages()
    assert error.id == "vipratech.E002"
    assert "table worker_jobrun exists already" in error.msg


@pytest.mark.django_db
def test_a_migration_that_was_applied_before_one_it_depends_on_is_refused() -> None:
    execute("DELETE FROM django_migrations WHERE app = 'products'")
    (error,) = messages()
    assert error.id == "vipratech.E002"
    assert "is applied before its dependency" in error.msg


@pytest.mark.django_db
def test_migrations_of_other_packages_do_not_matter() -> None:
    applied("wagtailimages", "9999_removed")
    applied("somebody_elses_app", "0001_initial")
    assert messages() == []


@pytest.mark.django_db
def test_an_empty_database_passes() -> None:
    execute("DELETE FROM django_migrations")
    assert messages() == []


@pytest.mark.django_db
def test_the_message_names_the_folder_of_a_private_server() -> None:
    applied("orders", "0001_something_else")
    (error,) = messages()
    folder = getattr(connection, "server_folder", None)
    if folder is None:
        pytest.skip("The tests run on a server that DATABASE_URL names.")
    assert f"Remove the folder {folder} and start again." in str(error.hint)
    assert (Path(folder) / "data").is_dir()


@pytest.fixture
def own_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """As with DATABASE_URL: a server whose folder is unknown."""
    kind = type(connections["default"])
    if hasattr(kind, "server_folder"):
        monkeypatch.setattr(kind, "server_folder", None)


@pytest.mark.django_db
@pytest.mark.usefixtures("own_server")
def test_the_message_names_database_url_for_any_other_server() -> None:
    applied("orders", "0001_something_else")
    (error,) = messages()
    assert "set DATABASE_URL to it" in str(error.hint)
    assert "folder" not in str(error.hint)


@pytest.mark.django_db
@pytest.mark.usefixtures("own_server")
def test_a_server_whose_database_is_ahead_gets_a_warning_so_that_releases_can_be_rolled_back() -> (
    None
):
    applied("orders", "9999_newer")
    (warning,) = messages()
    assert warning.id == "vipratech.W001"
    assert not warning.is_serious()
    assert "orders.9999_newer" in warning.msg


@pytest.mark.django_db
def test_the_apps_of_this_repository_are_known() -> None:
    labels = migration_history.labels_of_our_apps()
    assert {"home", "orders", "products", "users", "worker", "vipratech"} <= labels
    assert not {"wagtailcore", "auth", "account"} & labels
    loader = MigrationLoader(connection, ignore_no_migrations=True)
    assert "orders_order.id" in migration_history.columns_of_models(loader)


class OtherDatabase:
    """A database beside the test's, and commands that use it."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name, self.folder = name, folder
        self.settings: dict[str, Any] = {key: connection.settings_dict[key] for key in KEYS}
        self.settings["NAME"] = name
        (folder / "other_database.py").write_text(SETTINGS)

    def manage(self, *words: str) -> subprocess.CompletedProcess[str]:
        return self.run(sys.executable, "manage.py", *words)

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        paths = (self.folder, ROOT, ROOT / "site", *ROOT.glob("packages/*"))
        env = os.environ | {
            "DJANGO_SETTINGS_MODULE": "other_database",
            "PYTHONPATH": os.pathsep.join(map(str, paths)),
            "OTHER_DATABASE": json.dumps(self.settings),
        }
        return subprocess.run(
            command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=TIMEOUT, check=False
        )

    def tables(self) -> int:
        """How many tables the database has."""
        other = connection.copy()
        other.settings_dict["NAME"] = self.name
        try:
            return len(other.introspection.table_names())
        finally:
            other.close()


@pytest.fixture
def latin1(committed_db: None, tmp_path: Path) -> Iterator[OtherDatabase]:
    """An empty database as `createdb` makes it on a server whose own encoding is LATIN1."""
    name = f"{connection.settings_dict['NAME']}_latin1"
    quoted = connection.ops.quote_name(name)
    how = "ENCODING 'LATIN1' LOCALE_PROVIDER libc LOCALE 'C' TEMPLATE template0"
    with connection._nodb_cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {quoted}")
        cursor.execute(f"CREATE DATABASE {quoted} {how}")
    yield OtherDatabase(name, tmp_path)
    with connection._nodb_cursor() as cursor:
        cursor.execute(f"DROP DATABASE {quoted} WITH (FORCE)")


@pytest.mark.parametrize(
    "command", ["migrate --noinput", "worker", "runserver --noreload 127.0.0.1:0", "seed_demo"]
)
def test_commands_refuse_a_database_that_is_not_utf8(latin1: OtherDatabase, command: str) -> None:
    refused = latin1.manage(*command.split())
    assert refused.returncode == 1
    assert "vipratech.E001" in refused.stderr
    assert "has the encoding LATIN1, but the shop needs UTF8" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert latin1.tables() == 0


def test_gunicorn_refuses_a_database_that_is_not_utf8(latin1: OtherDatabase) -> None:
    refused = latin1.run(sys.executable, "-m", "gunicorn", "--bind", "127.0.0.1:0")
    assert refused.returncode == 1
    assert "The shop cannot start" in refused.stderr
    assert "vipratech.E001" in refused.stderr
    assert "Listening" not in refused.stderr
    assert latin1.tables() == 0


def test_the_database_of_the_tests_is_utf8(db: None, settings: Settings) -> None:
    assert "vipratech.E001" not in {message.id for message in messages()}
