"""The server asks everyone for a password, and only the owner of the data can read it."""

import os
import stat
import subprocess
from pathlib import Path

import pytest

from django_local_postgres.cluster import Cluster
from django_local_postgres.location import find_cluster
from local_postgres_processes import TIMEOUT, Use, wait_until_stopped


def psql(
    cluster: Cluster, host: Path | str, port: str, password: str
) -> subprocess.CompletedProcess[str]:
    """Connect to the server with the wheel's psql."""
    command = [str(cluster.wheel / "pginstall/bin/psql"), "-X", "-w", "-h", str(host), "-p", port]
    env = {"PGPASSWORD": password, "PATH": os.defpath}
    return subprocess.run(
        [*command, "-U", "postgres", "-Atc", "SELECT 'in'", "postgres"],
        env=env,
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )


@pytest.fixture
def cluster(folder: Path) -> Cluster:
    return find_cluster(str(folder))


def test_the_socket_asks_for_the_password(use: Use, folder: Path, cluster: Cluster) -> None:
    client = use(folder)
    client.server()
    password = cluster.password_file.read_text()
    assert len(password) >= 32
    for wrong in ("", "postgres", password[:-1]):
        refused = psql(cluster, cluster.socket_folder, "5432", wrong)
        assert refused.returncode == 2, refused.stdout
        assert "in" not in refused.stdout.splitlines()
    assert psql(cluster, cluster.socket_folder, "5432", password).stdout == "in\n"


def test_no_line_of_the_access_rules_trusts_anyone(
    use: Use, folder: Path, cluster: Cluster
) -> None:
    client = use(folder)
    client.server()
    methods = client.ask("SELECT array_agg(DISTINCT auth_method) FROM pg_hba_file_rules")
    assert methods == [["scram-sha-256"]]
    assert client.ask("SELECT left(rolpassword, 14) FROM pg_authid WHERE rolname = 'postgres'") == [
        "SCRAM-SHA-256$"
    ]
    assert client.ask("SELECT current_setting('listen_addresses')") == [""]


def test_only_the_owner_of_the_data_can_read_the_password(
    use: Use, folder: Path, cluster: Cluster
) -> None:
    use(folder).server()
    status = cluster.password_file.stat()
    assert stat.S_IMODE(status.st_mode) == 0o600
    assert status.st_uid == cluster.data.stat().st_uid
    assert stat.S_IMODE(cluster.data.stat().st_mode) == 0o700
    assert not (cluster.home / "password.new").exists()


def test_two_servers_have_two_passwords(use: Use, clone: Path) -> None:
    folders = clone / "one", clone / "other"
    for folder in folders:
        use(folder).server()
    first, second = (find_cluster(str(folder)).password_file.read_text() for folder in folders)
    assert first != second


def test_data_without_a_password_is_refused_and_left_alone(
    use: Use, folder: Path, cluster: Cluster
) -> None:
    client = use(folder)
    client.server()
    client.end()
    wait_until_stopped(cluster.home)
    cluster.password_file.unlink()
    before = sorted(path.stat().st_mtime_ns for path in cluster.data.rglob("*"))
    error = use(folder).ask("SELECT 1")["ImproperlyConfigured"]
    assert f"Remove the folder {cluster.home} and start again" in error
    assert sorted(path.stat().st_mtime_ns for path in cluster.data.rglob("*")) == before
    assert not (cluster.data / "postmaster.pid").exists()


def test_a_running_server_without_a_password_file_is_refused(
    use: Use, folder: Path, cluster: Cluster
) -> None:
    use(folder).server()
    password = cluster.password_file.read_text()
    cluster.password_file.unlink()
    assert "Remove the folder" in use(folder).ask("SELECT 1")["ImproperlyConfigured"]
    cluster.password_file.write_text(password)
