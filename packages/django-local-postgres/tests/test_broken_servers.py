"""A killed server leaves nothing that stops the next one from starting."""

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local_postgres_processes import Use, wait_until_gone, wait_until_stopped


def test_a_living_process_connects_again_after_the_server_was_killed(
    use: Use, folder: Path
) -> None:
    client = use(folder)
    server = client.server()
    client.ask("CREATE TABLE kept AS SELECT 42 AS answer")
    (backend,) = client.ask("SELECT pg_backend_pid()")
    os.kill(server, signal.SIGKILL)
    wait_until_gone(backend)
    assert "OperationalError" in client.ask("SELECT 1")  # the connection it had
    assert client.server() != server
    assert client.ask("SELECT answer FROM kept") == [42]


def test_a_new_process_starts_a_killed_server_while_an_old_one_lives(
    use: Use, folder: Path
) -> None:
    client = use(folder)
    server = client.server()
    os.kill(server, signal.SIGKILL)
    new = use(folder).server()
    assert new != server
    assert "OperationalError" in client.ask("SELECT 1")
    assert client.server() == new


def test_the_next_start_waits_for_a_killed_servers_last_query(use: Use, folder: Path) -> None:
    busy = use(folder)
    server = busy.server()
    (backend,) = busy.ask("SELECT pg_backend_pid()")
    busy.send("SELECT count(*) FROM generate_series(1, 8000000)")
    os.kill(server, signal.SIGKILL)
    new = use(folder)
    assert new.server() != server
    wait_until_gone(backend)
    assert new.ask("SELECT 1") == [1]


@pytest.fixture
def other_program() -> Iterator[int]:
    """The process id of another program that the server's user runs."""
    user: dict[str, Any] = {"user": "nobody", "extra_groups": []} if os.geteuid() == 0 else {}
    program = subprocess.Popen(["sleep", "60"], **user)
    yield program.pid
    program.kill()
    program.wait()


def test_a_stale_process_id_that_another_program_has_now_is_ignored(
    use: Use, folder: Path, other_program: int
) -> None:
    client = use(folder)
    server = client.server()
    stale = (folder / "data" / "postmaster.pid").read_text()
    client.end()
    wait_until_stopped(folder)
    for name, text in {"postmaster.pid": stale, ".s.PGSQL.5432.lock": stale}.items():
        (folder / "data" / name).write_text(text.replace(str(server), str(other_program), 1))
    assert use(folder).server() != server
    os.kill(other_program, 0)


def test_data_of_another_major_version_is_refused_and_left_alone(use: Use, folder: Path) -> None:
    client = use(folder)
    server = client.server()
    client.end()
    wait_until_gone(server)
    version = folder / "data" / "PG_VERSION"
    version.write_text("17\n")
    before = sorted(path.stat().st_mtime_ns for path in (folder / "data").rglob("*"))
    error = use(folder).ask("SELECT 1")["ImproperlyConfigured"]
    assert "PostgreSQL 17" in error
    assert "18 is installed" in error
    assert sorted(path.stat().st_mtime_ns for path in (folder / "data").rglob("*")) == before


def test_the_error_names_the_log_when_the_server_cannot_start(use: Use, folder: Path) -> None:
    client = use(folder)
    server = client.server()
    client.end()
    wait_until_gone(server)
    (folder / "data" / "global" / "pg_control").unlink()
    error = use(folder).ask("SELECT 1")["OperationalError"]
    assert str(folder / "log") in error
