"""The server starts with its first user and stops after its last one, however that one ends."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from local_postgres_processes import PACKAGE_ROOT, TIMEOUT, Use, wait_until_gone


def test_importing_and_configuring_start_nothing(use: Use, folder: Path) -> None:
    client = use(folder)
    client.end()
    assert client.process.returncode == 0
    assert not folder.exists()


def test_the_first_connection_creates_the_database_with_the_same_settings_everywhere(
    use: Use, folder: Path
) -> None:
    client = use(
        folder,
        env={"PGPORT": "1", "PGDATA": "/nowhere", "LANG": "de_DE.UTF-8", "TZ": "Asia/Kolkata"},
    )
    client.server()
    assert client.ask(
        "SELECT current_database(), pg_encoding_to_char(encoding) FROM pg_database LIMIT 1"
    ) == [
        "shop",
        "UTF8",
    ]
    assert client.ask(
        "SELECT datlocprovider, datlocale FROM pg_database WHERE datname = 'shop'"
    ) == ["b", "C.UTF-8"]
    names = (
        "listen_addresses",
        "max_connections",
        "fsync",
        "synchronous_commit",
        "server_version_num",
        "log_timezone",
    )
    values = client.ask("SELECT " + ", ".join(f"current_setting('{name}')" for name in names))
    assert values[:4] == ["", "100", "on", "on"]
    assert values[4].startswith("18")
    assert values[5] == "UTC"


def test_six_processes_starting_at_once_share_one_server(use: Use, folder: Path) -> None:
    six = [use(folder) for _ in range(6)]
    for client in six:
        client.send("SELECT 1")
    assert [client.answer() for client in six] == [[1]] * 6
    servers = {client.server() for client in six}
    assert len(servers) == 1
    for client in six[:5]:
        client.end()
    assert six[5].server() in servers
    six[5].end()
    wait_until_gone(*servers)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_the_server_stops_when_its_users_are_killed(use: Use, folder: Path, number: int) -> None:
    first, second = use(folder), use(folder)
    server = first.server()
    assert second.server() == server
    first.end(number)
    assert second.ask("SELECT 1") == [1]
    second.end(number)
    wait_until_gone(server)
    assert use(folder).server() != server


def test_ctrl_c_ends_one_group_and_the_server_stops_after_the_last_user(
    use: Use, folder: Path
) -> None:
    first = use(folder)
    group = first.process.pid
    second = use(folder, process_group=group)
    server = first.server()
    assert second.server() == server
    elsewhere = use(folder)
    assert elsewhere.server() == server
    os.killpg(group, signal.SIGINT)
    first.end()
    second.end()
    assert elsewhere.ask("SELECT 1") == [1]
    assert elsewhere.server() == server
    elsewhere.end(signal.SIGINT)
    wait_until_gone(server)


def test_a_start_during_a_stop_loses_no_connection(use: Use, folder: Path) -> None:
    servers = set()
    for pause in (0, 0.04, 0.1):
        client = use(folder)
        servers.add(client.server())
        assert client.ask("SELECT 1") == [1]
        next_one = use(folder)  # its imports take as long as the stop
        time.sleep(pause)
        client.end()
        servers.add(next_one.server())
        assert next_one.ask("SELECT 1") == [1]
        next_one.end()
    wait_until_gone(*servers)


@pytest.mark.parametrize("seconds", [0.05, 0.25])
def test_a_user_killed_while_the_server_starts_leaves_no_unwatched_server(
    use: Use, folder: Path, seconds: float
) -> None:
    client = use(folder)
    client.send("SELECT 1")
    wait_for(folder / "server.lock")
    time.sleep(seconds)
    client.end(signal.SIGKILL)
    server = use(folder).server()
    wait_for(folder / "data" / "postmaster.pid")
    assert int((folder / "data" / "postmaster.pid").read_text().split()[0]) == server


def wait_for(path: Path) -> None:
    deadline = time.monotonic() + TIMEOUT
    while not path.exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_child_by_fork_keeps_the_server_when_its_parent_has_ended(use: Use, folder: Path) -> None:
    client = use(folder)
    server = client.server()
    child = client.ask("fork")
    client.process.wait(10)
    time.sleep(1)
    assert client.server() == server
    client.end()
    wait_until_gone(child, server)


def test_a_program_that_a_user_started_does_not_keep_the_server(use: Use, folder: Path) -> None:
    client = use(folder)
    server = client.server()
    program = client.ask("spawn")
    try:
        client.end()
        wait_until_gone(server)
        os.kill(program, 0)
    finally:
        os.kill(program, signal.SIGKILL)


def test_the_server_holds_no_pipe_of_the_process_that_started_it(use: Use, folder: Path) -> None:
    first = use(folder, stderr=subprocess.PIPE)
    server = first.server()
    second = use(folder)
    assert second.server() == server
    output, errors = first.process.communicate(timeout=5)
    assert (output, errors) == (b"", b"")
    assert second.server() == server


def test_two_clones_have_two_servers(use: Use, clone: Path) -> None:
    one, other = use(clone / "one"), use(clone / "other")
    servers = one.server(), other.server()
    assert servers[0] != servers[1]
    one.end()
    wait_until_gone(servers[0])
    assert other.server() == servers[1]


def test_the_log_has_a_size_limit(use: Use, folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "log").write_bytes(b"x" * 6_000_000)
    use(folder).server()
    assert 0 < (folder / "log").stat().st_size < 1_000_000


def test_the_folder_may_be_deleted_while_a_process_uses_it(use: Use, folder: Path) -> None:
    client = use(folder)
    server = client.server()
    os.kill(server, signal.SIGKILL)
    wait_until_gone(server)
    shutil.rmtree(folder)
    assert "OperationalError" in client.ask("SELECT 1")  # the connection it had
    fresh = client.server()
    assert fresh != server
    time.sleep(0.5)
    assert client.server() == fresh
    client.end()
    wait_until_gone(fresh)


MANAGE = """
import sys
from django.conf import settings
from django.core.management import execute_from_command_line
database = {"ENGINE": "django_local_postgres", "NAME": "shop", "HOST": sys.argv.pop(1)}
settings.configure(DATABASES={"default": database}, INSTALLED_APPS=["django.contrib.contenttypes"])
execute_from_command_line(sys.argv)
"""


def manage(folder: Path, *arguments: str, **options: Any) -> str:
    command = [sys.executable, "-c", MANAGE, str(folder), *arguments]
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(PACKAGE_ROOT)}
    done = subprocess.run(
        command, env=env, check=True, capture_output=True, text=True, timeout=TIMEOUT, **options
    )
    return done.stdout


def test_migrations_dbshell_and_test_databases_work(use: Use, folder: Path, clone: Path) -> None:
    (clone / "test_it.py").write_text(
        "from django.test import TestCase\n"
        "from django.db import connection\n"
        "class It(TestCase):\n"
        "    def test_name(self): self.assertEqual(connection.settings_dict['NAME'], 'test_shop')\n"
    )
    keep = use(folder)
    keep.server()
    assert "Applying contenttypes.0001_initial... OK" in manage(folder, "migrate")
    count = "SELECT count(*) FROM django_content_type"
    assert manage(folder, "dbshell", "--", "-At", "-c", count).strip() == "1"
    manage(folder, "test", "test_it", cwd=clone)
    assert keep.ask("SELECT count(*) FROM pg_database WHERE datname = 'test_shop'") == [0]
