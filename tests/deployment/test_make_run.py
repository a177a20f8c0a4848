"""`make run` in a clone of its own, as a person starts and ends it."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from home.demo import content
from tests.deployment.repository import ROOT

PATIENCE = 120.0  # seconds for anything here, on a machine that has other things to do
PARTS = ("Makefile", "manage.py", "home", "orders", "products", "sandbox", "site", "templates", "requirements")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Clone:
    """A copy of the tree with a `.env`, and what `make` printed in it last."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port, self.sandbox_port = free_port(), free_port()
        for part in PARTS:
            copy = shutil.copytree if (ROOT / part).is_dir() else shutil.copy
            copy(ROOT / part, folder / part)
        self.env_file(f"PORT={self.port}\nSANDBOX_PORT={self.sandbox_port}\n")
        (folder / "installed").touch()
        (folder / "output").touch()  # not every test starts the shop, and the workers of a run share the tests out

    def env_file(self, text: str) -> None:
        (self.folder / ".env").write_text(text)

    def environment(self) -> dict[str, str]:
        return {"PATH": os.environ["PATH"], "HOME": str(self.folder), "PYTHONDONTWRITEBYTECODE": "1"}

    def make_run(self) -> subprocess.Popen[str]:
        """Start it as a terminal does: in a process group that Ctrl-C reaches as a whole."""
        installed = [f"VENV={sys.prefix}", f"LOCAL={self.folder / 'installed'}"]
        with (self.folder / "output").open("w") as output:
            return subprocess.Popen(
                ["make", "run", *installed],
                cwd=self.folder,
                env=self.environment(),
                stdout=output,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,
            )

    def output(self) -> str:
        return (self.folder / "output").read_text()

    def servers(self) -> list[int]:
        """Process groups that the last start made: web, worker, sandbox."""
        return [int(pid) for pid in re.findall(r"started \(pid=(\d+)\)", self.output())]

    def settings(self, module: str) -> str:
        """SECRET_KEY and STRIPE_SECRET_KEY as that module of settings has them here."""
        program = f"from vipratech.settings import {module} as s; print(s.SECRET_KEY, s.STRIPE_SECRET_KEY)"
        env = self.environment() | {"PYTHONPATH": str(self.folder / "site")}
        return subprocess.run(
            [sys.executable, "-c", program], env=env, capture_output=True, text=True, check=True
        ).stdout


def group_lives(group: int) -> bool:
    with suppress(ProcessLookupError):
        os.killpg(group, 0)
        return True
    return False


def wait_until_gone(groups: list[int]) -> list[int]:
    """The groups that still live after a while."""
    end = time.monotonic() + PATIENCE
    while (left := [group for group in groups if group_lives(group)]) and time.monotonic() < end:
        time.sleep(0.1)
    return left


def wait_for_announcement(clone: Clone, process: subprocess.Popen[str]) -> None:
    end = time.monotonic() + PATIENCE
    while "Stripe's place" not in clone.output():
        assert process.poll() is None, clone.output()
        assert time.monotonic() < end, clone.output()
        time.sleep(0.1)


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clone]:
    clone = Clone(tmp_path_factory.mktemp("clone"))
    yield clone
    for group in clone.servers():
        with suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)


def test_it_starts_tells_where_and_ends_quietly_on_ctrl_c(clone: Clone) -> None:
    process = clone.make_run()
    wait_for_announcement(clone, process)
    with urllib.request.urlopen(f"http://localhost:{clone.port}/", timeout=PATIENCE) as page:
        home = page.read().decode()
    assert all(product.title in home for product in content.PRODUCTS)
    os.killpg(process.pid, signal.SIGINT)
    process.wait(PATIENCE)
    output = clone.output()
    assert len(clone.servers()) == 3
    assert wait_until_gone(clone.servers()) == []
    assert all(text in output for text in (f"localhost:{clone.port}", "shopper@example.com", content.PASSWORD))
    assert not re.search(r"\*\*\*|Traceback|[Ee]rror|rc=-", output), output


def test_after_a_kill_nothing_is_left_and_the_next_start_works(clone: Clone) -> None:
    process = clone.make_run()
    wait_for_announcement(clone, process)
    manager = subprocess.run(["pgrep", "-P", str(process.pid)], capture_output=True, text=True, check=True).stdout
    os.kill(int(manager), signal.SIGKILL)
    process.wait(PATIENCE)
    assert wait_until_gone(clone.servers()) == []
    process = clone.make_run()
    wait_for_announcement(clone, process)
    process.terminate()
    process.wait(PATIENCE)
    assert wait_until_gone(clone.servers()) == []


@pytest.mark.parametrize("variable", ["PORT", "SANDBOX_PORT"])
def test_a_taken_port_is_one_sentence(clone: Clone, variable: str) -> None:
    port = clone.port if variable == "PORT" else clone.sandbox_port
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", port))
        taken.listen()
        assert clone.make_run().wait(PATIENCE) != 0
    sentence, make = clone.output().splitlines()
    assert f"port {port} is not free" in sentence
    assert f"make run {variable}=" in sentence
    assert make.startswith("make: ***")


def test_settings_of_the_tests_never_read_the_env_file(clone: Clone) -> None:
    clone.env_file("SECRET_KEY=poison\nSTRIPE_SECRET_KEY=sk_test_poison\n")
    assert "poison sk_test_poison" in clone.settings("local")
    assert "poison" not in clone.settings("test")
