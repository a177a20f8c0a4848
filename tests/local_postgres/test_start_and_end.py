"""The server starts with its first user and ends with its last, however that one ends."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.local_postgres.processes import SITE, Use, wait_until_gone


def test_importing_and_configuring_start_nothing(use: Use, folder: Path) -> None:
    using = use(folder)
    using.end()
    assert using.process.returncode == 0
    assert not folder.exists()


def test_the_first_connection_finds_the_database_and_the_same_settings_everywhere(use: Use, folder: Path) -> None:
    using = use(folder, env={"PGPORT": "1", "PGDATA": "/nowhere", "LANG": "de_DE.UTF-8", "TZ": "Asia/Kolkata"})
    using.server()
    assert using.ask("SELECT current_database(), pg_encoding_to_char(encoding) FROM pg_database LIMIT 1") == [
        "shop",
        "UTF8",
    ]
    assert using.ask("SELECT datlocprovider, datlocale FROM pg_database WHERE datname = 'shop'") == ["b", "C.UTF-8"]
    names = ("listen_addresses", "max_connections", "fsync", "synchronous_commit", "server_version_num", "log_timezone")
    values = using.ask("SELECT " + ", ".join(f"current_setting('{name}')" for name in names))
    assert values[:4] == ["", "100", "on", "on"]
    assert values[4].startswith("18")
    assert values[5] == "UTC"


def test_six_processes_starting_at_once_share_one_server(use: Use, folder: Path) -> None:
    six = [use(folder) for _ in range(6)]
    for using in six:
        using.send("SELECT 1")
    assert [using.answer() for using in six] == [[1]] * 6
    servers = {using.server() for using in six}
    assert len(servers) == 1
    for using in six[:5]:
        using.end()
    assert six[5].server() in servers
    six[5].end()
    wait_until_gone(*servers, seconds=3)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_users_that_are_killed_leave_no_server(use: Use, folder: Path, number: int) -> None:
    first, second = use(folder), use(folder)
    server = first.server()
    assert second.server() == server
    first.end(number)
    assert second.ask("SELECT 1") == [1]
    second.end(number)
    wait_until_gone(server, seconds=3)
    assert use(folder).server() != server


def test_ctrl_c_ends_its_own_group_and_the_server_only_after_the_last_user(use: Use, folder: Path) -> None:
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
    wait_until_gone(server, seconds=3)


def test_a_start_that_meets_the_stop_loses_no_connection(use: Use, folder: Path) -> None:
    servers = set()
    for pause in (0, 0.04, 0.1):
        using = use(folder)
        servers.add(using.server())
        assert using.ask("SELECT 1") == [1]
        next_one = use(folder)  # its imports take as long as the stop
        time.sleep(pause)
        using.end()
        servers.add(next_one.server())
        assert next_one.ask("SELECT 1") == [1]
        next_one.end()
    wait_until_gone(*servers, seconds=3)


@pytest.mark.parametrize("seconds", [0.05, 0.25])
def test_a_user_killed_while_the_server_starts_leaves_none(use: Use, folder: Path, seconds: float) -> None:
    using = use(folder)
    using.send("SELECT 1")
    wait_for(folder / "server.lock")
    time.sleep(seconds)
    using.end(signal.SIGKILL)
    server = use(folder).server()
    wait_for(folder / "data" / "postmaster.pid")
    assert int((folder / "data" / "postmaster.pid").read_text().split()[0]) == server


def wait_for(path: Path) -> None:
    deadline = time.monotonic() + 10
    while not path.exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_child_by_fork_keeps_the_server_when_its_parent_has_ended(use: Use, folder: Path) -> None:
    using = use(folder)
    server = using.server()
    child = using.ask("fork")
    using.process.wait(10)
    time.sleep(1)
    assert using.server() == server
    using.end()
    wait_until_gone(child, server, seconds=3)


def test_a_program_that_a_user_started_does_not_keep_the_server(use: Use, folder: Path) -> None:
    using = use(folder)
    server = using.server()
    program = using.ask("spawn")
    try:
        using.end()
        wait_until_gone(server, seconds=3)
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
    wait_until_gone(servers[0], seconds=3)
    assert other.server() == servers[1]


def test_the_log_does_not_grow_for_ever(use: Use, folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "log").write_bytes(b"x" * 6_000_000)
    use(folder).server()
    assert 0 < (folder / "log").stat().st_size < 1_000_000


def test_the_folder_may_be_deleted_under_a_living_user(use: Use, folder: Path) -> None:
    using = use(folder)
    server = using.server()
    os.kill(server, signal.SIGKILL)
    wait_until_gone(server)
    shutil.rmtree(folder)
    assert "OperationalError" in using.ask("SELECT 1")  # the connection it had
    fresh = using.server()
    assert fresh != server
    time.sleep(0.5)
    assert using.server() == fresh
    using.end()
    wait_until_gone(fresh, seconds=3)


MANAGE = """
import sys
from django.conf import settings
from django.core.management import execute_from_command_line
database = {"ENGINE": "local_postgres", "NAME": "shop", "HOST": sys.argv.pop(1)}
settings.configure(DATABASES={"default": database}, INSTALLED_APPS=["django.contrib.contenttypes"])
execute_from_command_line(sys.argv)
"""


def manage(folder: Path, *arguments: str, **how: Any) -> str:
    command = [sys.executable, "-c", MANAGE, str(folder), *arguments]
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(SITE)}
    done = subprocess.run(command, env=env, check=True, capture_output=True, text=True, timeout=60, **how)
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
