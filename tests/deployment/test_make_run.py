"""`make run` in a clone of its own, started and stopped as people do it."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from home.demo import content
from tests.deployment.repository import ROOT
from tests.ports import reserved_ports

TIMEOUT = 300.0  # seconds for anything here, on a busy machine
PARTS = (
    "Makefile",
    "manage.py",
    "home",
    "orders",
    "products",
    "packages",
    "site",
    "templates",
    "requirements",
)


class Clone:
    """A copy of the tree with a `.env`, and the output of the last `make run` in it."""

    def __init__(self, folder: Path, port: int, sandbox_port: int) -> None:
        self.folder, self.port, self.sandbox_port = folder, port, sandbox_port
        for part in PARTS:
            copy = shutil.copytree if (ROOT / part).is_dir() else shutil.copy
            copy(ROOT / part, folder / part)
        self.env_file(f"PORT={self.port}\nSANDBOX_PORT={self.sandbox_port}\n")
        (folder / "installed").touch()
        self.starts = 0

    def env_file(self, text: str) -> None:
        (self.folder / ".env").write_text(text)

    def environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    def make_run(self) -> subprocess.Popen[str]:
        """Start it as a terminal does, in a process group that gets Ctrl-C as a whole."""
        installed = [f"VENV={sys.prefix}", f"LOCAL={self.folder / 'installed'}"]
        self.starts += 1
        with self.output_file(self.starts).open("w") as output:
            return subprocess.Popen(
                ["make", "run", *installed],
                cwd=self.folder,
                env=self.environment(),
                stdout=output,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,
            )

    def output_file(self, start: int) -> Path:
        return self.folder / f"output-{start}"

    def output(self) -> str:
        """The output of the last start."""
        return self.output_file(self.starts).read_text()

    def servers(self, start: int = 0) -> list[int]:
        """The process groups of a start, by default the last one: web, worker and sandbox."""
        output = self.output_file(start or self.starts).read_text()
        return [int(pid) for pid in re.findall(r"started \(pid=(\d+)\)", output)]

    def manage(self, *words: str) -> str:
        """Run a management command. Returns its output."""
        done = subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=self.folder,
            env=self.environment(),
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def sql(self, statement: str) -> str:
        """Run a statement in the clone's database. Returns the first column of the first row."""
        program = (
            "from django.db import connection as c; k = c.cursor(); k.execute(%r);"
            " print(k.fetchone()[0] if k.description else '')"
        )
        options = ("--skip-checks", "--no-imports")
        return self.manage("shell", *options, "-c", program % statement)

    def kill(self) -> None:
        """End what failed tests left."""
        for group in [group for start in range(self.starts) for group in self.servers(start + 1)]:
            with suppress(ProcessLookupError):
                os.killpg(group, signal.SIGKILL)

    def settings(self, module: str) -> str:
        """SECRET_KEY and STRIPE_SECRET_KEY in that module of settings."""
        keys = "s.SECRET_KEY, s.STRIPE_SECRET_KEY"
        program = f"from vipratech.settings import {module} as s; print({keys})"
        env = self.environment() | {"PYTHONPATH": str(self.folder / "site")}
        return subprocess.run(
            [sys.executable, "-c", program], env=env, capture_output=True, text=True, check=True
        ).stdout


def group_is_alive(group: int) -> bool:
    with suppress(ProcessLookupError):
        os.killpg(group, 0)
        return True
    return False


def wait_until_gone(groups: list[int]) -> list[int]:
    """Wait for the groups to end. Returns those that did not in time."""
    end = time.monotonic() + TIMEOUT
    while (left := [group for group in groups if group_is_alive(group)]) and time.monotonic() < end:
        time.sleep(0.1)
    return left


def wait_for_banner(clone: Clone, process: subprocess.Popen[str]) -> None:
    end = time.monotonic() + TIMEOUT
    while "Press Ctrl-C to stop" not in clone.output():
        assert process.poll() is None, clone.output()
        assert time.monotonic() < end, clone.output()
        time.sleep(0.1)


@pytest.fixture(scope="module")
def clone() -> Iterator[Clone]:
    # Unlike pytest's folders, one that the database's user may enter if the tests run as root.
    folder = Path(tempfile.mkdtemp(prefix="clone-"))
    folder.chmod(0o755)
    with reserved_ports(2) as ports:
        clone = Clone(folder, *ports)
        yield clone
        clone.kill()
    shutil.rmtree(folder, ignore_errors=True)  # the database may be just stopping


def test_it_starts_prints_its_addresses_and_stops_quietly_on_ctrl_c(clone: Clone) -> None:
    process = clone.make_run()
    wait_for_banner(clone, process)
    with urllib.request.urlopen(f"http://localhost:{clone.port}/", timeout=TIMEOUT) as page:
        home = page.read().decode()
    assert all(product.title in home for product in content.PRODUCTS)
    os.killpg(process.pid, signal.SIGINT)
    process.wait(TIMEOUT)
    output = clone.output()
    assert len(clone.servers()) == 3
    assert wait_until_gone(clone.servers()) == []
    lines = {line.strip() for line in output.splitlines()}
    assert {
        f"Shop:            http://localhost:{clone.port}",
        f"Admin:           http://localhost:{clone.port}/admin/",
        f"Password:        {content.PASSWORD}",
        f"Stripe sandbox:  http://localhost:{clone.sandbox_port}",
    } <= lines
    assert "shopper@example.com" in output
    assert not re.search(r"\*\*\*|Traceback|[Ee]rror|rc=-", output), output


def test_a_kill_leaves_no_processes_and_the_next_start_works(clone: Clone) -> None:
    process = clone.make_run()
    wait_for_banner(clone, process)
    manager = subprocess.run(
        ["pgrep", "-P", str(process.pid)], capture_output=True, text=True, check=True
    ).stdout
    os.kill(int(manager), signal.SIGKILL)
    process.wait(TIMEOUT)
    assert wait_until_gone(clone.servers()) == []
    process = clone.make_run()
    wait_for_banner(clone, process)
    process.terminate()
    process.wait(TIMEOUT)
    assert wait_until_gone(clone.servers()) == []


def test_a_database_from_another_version_is_refused_and_its_folder_is_named(clone: Clone) -> None:
    clone.manage("migrate", "contenttypes")  # quick, and enough for a history of migrations
    clone.sql(
        "INSERT INTO django_migrations VALUES (DEFAULT, 'orders', '0002_ledger_rules', now())"
    )
    before = clone.sql("SELECT count(*) FROM django_migrations")
    assert clone.make_run().wait(TIMEOUT) != 0
    output = " ".join(clone.output().split())
    folder = clone.folder / ".local" / "postgres-18"
    assert (
        "The shop cannot start: The database was created by another version of the shop" in output
    )
    assert f"Remove the folder {folder} and start again." in output
    assert "Traceback" not in output
    assert clone.servers() == []
    assert clone.sql("SELECT count(*) FROM django_migrations") == before
    clone.sql("DELETE FROM django_migrations WHERE name = '0002_ledger_rules'")


def test_data_of_a_server_without_a_password_is_refused_and_its_folder_is_named(
    clone: Clone,
) -> None:
    folder = clone.folder / ".local" / "postgres-18"
    clone.sql("SELECT 1")
    password = (folder / "data" / "password").rename(clone.folder / "password")
    try:
        assert clone.make_run().wait(TIMEOUT) != 0
        assert f"Remove the folder {folder} and start again" in clone.output()
        assert clone.servers() == []
    finally:
        password.rename(folder / "data" / "password")


@pytest.mark.parametrize("variable", ["PORT", "SANDBOX_PORT"])
def test_a_taken_port_is_reported_in_one_line(clone: Clone, variable: str) -> None:
    port = clone.port if variable == "PORT" else clone.sandbox_port
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", port))
        taken.listen()
        assert clone.make_run().wait(TIMEOUT) != 0
    sentence, make = clone.output().splitlines()
    assert sentence.startswith("The shop cannot start: ")
    assert f"port {port} is not available" in sentence
    assert f"make run {variable}=" in sentence
    assert make.startswith("make: ***")


def test_the_settings_of_the_tests_do_not_read_the_env_file(clone: Clone) -> None:
    clone.env_file("SECRET_KEY=poison\nSTRIPE_SECRET_KEY=sk_test_poison\n")
    assert "poison sk_test_poison" in clone.settings("local")
    assert "poison" not in clone.settings("test")
