"""What a killed server leaves does not stand in the way of the next one."""

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.local_postgres.processes import Use, wait_until_gone, wait_until_stopped


def test_a_living_process_connects_again_after_the_server_was_killed(use: Use, folder: Path) -> None:
    using = use(folder)
    server = using.server()
    using.ask("CREATE TABLE kept AS SELECT 42 AS answer")
    (backend,) = using.ask("SELECT pg_backend_pid()")
    os.kill(server, signal.SIGKILL)
    wait_until_gone(backend)
    assert "OperationalError" in using.ask("SELECT 1")  # the connection it had
    assert using.server() != server
    assert using.ask("SELECT answer FROM kept") == [42]


def test_a_new_process_starts_a_killed_server_while_an_old_one_lives(use: Use, folder: Path) -> None:
    using = use(folder)
    server = using.server()
    os.kill(server, signal.SIGKILL)
    new = use(folder).server()
    assert new != server
    assert "OperationalError" in using.ask("SELECT 1")
    assert using.server() == new


def test_the_next_start_waits_for_a_killed_servers_last_query(use: Use, folder: Path) -> None:
    busy = use(folder)
    server = busy.server()
    (backend,) = busy.ask("SELECT pg_backend_pid()")
    busy.send("SELECT count(*) FROM generate_series(1, 8000000)")
    os.kill(server, signal.SIGKILL)
    new = use(folder)
    assert new.server() != server
    wait_until_gone(backend, seconds=1)
    assert new.ask("SELECT 1") == [1]


@pytest.fixture
def stranger() -> Iterator[int]:
    """The process id of a program of the server's user that is no server."""
    user: dict[str, Any] = {"user": "nobody", "extra_groups": []} if os.geteuid() == 0 else {}
    program = subprocess.Popen(["sleep", "60"], **user)
    yield program.pid
    program.kill()
    program.wait()


def test_a_stale_process_id_that_now_belongs_to_another_program_is_no_server(
    use: Use, folder: Path, stranger: int
) -> None:
    using = use(folder)
    server = using.server()
    stale = (folder / "data" / "postmaster.pid").read_text()
    using.end()
    wait_until_stopped(folder)
    for name, text in {"postmaster.pid": stale, ".s.PGSQL.5432.lock": stale}.items():
        (folder / "data" / name).write_text(text.replace(str(server), str(stranger), 1))
    assert use(folder).server() != server
    os.kill(stranger, 0)


def test_data_of_another_major_version_is_refused_and_left_alone(use: Use, folder: Path) -> None:
    using = use(folder)
    server = using.server()
    using.end()
    wait_until_gone(server)
    version = folder / "data" / "PG_VERSION"
    version.write_text("17\n")
    before = sorted(path.stat().st_mtime_ns for path in (folder / "data").rglob("*"))
    error = use(folder).ask("SELECT 1")["ImproperlyConfigured"]
    assert "PostgreSQL 17" in error
    assert "18 is installed" in error
    assert sorted(path.stat().st_mtime_ns for path in (folder / "data").rglob("*")) == before


def test_a_server_that_cannot_start_says_where_its_log_is(use: Use, folder: Path) -> None:
    using = use(folder)
    server = using.server()
    using.end()
    wait_until_gone(server)
    (folder / "data" / "global" / "pg_control").unlink()
    error = use(folder).ask("SELECT 1")["OperationalError"]
    assert str(folder / "log") in error
