"""How fast are pages and the webhook, as a share of what Django itself can do on this machine?

gunicorn with two processes of four threads, PostgreSQL over TCP, DEBUG off, the request log on;
`wrk` with eight connections that are closed after each request. The limit (bench/limit_app.py) is
measured in turn with each row. Needs `wrk` (Debian: apt install wrk).
"""

import os
import re
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

import django

from bench.table import Row, finish
from tests.chaos.database import Database
from tests.ports import reserved_ports

ROOT = Path(__file__).resolve().parents[1]
ROUNDS, SECONDS, CONNECTIONS = 3, 4, 8
SECRET = "whsec_sandbox"  # noqa: S105 - that of every demo
WEBHOOKS = 10_000  # paid sessions; more than one run can take


@dataclass
class Server:
    """One gunicorn."""

    process: subprocess.Popen[bytes]
    url: str

    @property
    def workers(self) -> list[int]:
        """The ids of its processes."""
        pid = self.process.pid
        return [int(pid) for pid in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def main() -> int:
    """Measure everything. Returns 1 if a row falls short."""
    if not shutil.which("wrk"):
        print("Not measured: wrk is not installed.")
        return 1
    folder = Path(mkdtemp(prefix="bench-"))
    folder.chmod(0o755)  # the database may have to run as another user
    database = Database(folder / "postgres")
    try:
        database.create()
        database.start()
        return measure(folder, database.url)
    finally:
        database.remove()
        shutil.rmtree(folder)


def measure(folder: Path, database_url: str) -> int:
    """Start the two servers on a database, and print the table."""
    with reserved_ports(3) as (port, limit_port, stripe_port):
        environment = settings_of(folder, database_url, port, stripe_port)
    os.environ |= environment
    for command in (["migrate"], ["collectstatic", "--noinput"], ["seed_demo"]):
        subprocess.run(
            [sys.executable, "manage.py", *command, "--verbosity=0"], cwd=ROOT, check=True
        )
    django.setup()
    from bench import (  # they import models, which are there only now
        web_content,
        web_outages,
        web_rows,
    )

    content = web_content.create(folder, SECRET, WEBHOOKS)
    limit = ["-k", "gthread", "-w", "2", "--threads", "4", "-b", f"127.0.0.1:{limit_port}"]
    limit.append("bench.limit_app:application")
    with (
        started(limit, f"http://127.0.0.1:{limit_port}", ROOT / "bench") as other,
        started([], f"http://127.0.0.1:{port}", ROOT) as server,
    ):
        rows = list(web_rows.measure(server, other, content))
    with (
        started(["--max-requests=0"], f"http://127.0.0.1:{port}", ROOT) as server,
        web_outages.hanging(stripe_port),
    ):
        rows += web_outages.while_stripe_hangs(server, content.buyers)
        rows += web_outages.memory_over_time(server, content.visitor)
    return finish(rows)


def settings_of(folder: Path, database_url: str, port: int, stripe_port: int) -> dict[str, str]:
    """The environment of a demo on a server."""
    return {
        "DJANGO_SETTINGS_MODULE": "vipratech.settings.production",
        "DATABASE_URL": database_url,
        "MEDIA_ROOT": str(folder / "media"),
        "SHOP_DEMO": "true",
        "DEMO_ORDERS": "false",
        "PORT": str(port),
        "SANDBOX_PORT": str(stripe_port),
        "ALLOWED_HOSTS": "127.0.0.1,testserver",
        "STRIPE_WEBHOOK_SECRET": SECRET,  # for the limit app
        "SECRET_KEY": "bench" * 10,
        "WEB_CONCURRENCY": "2",
        "WEB_THREADS": "4",
    }


@contextmanager
def started(arguments: list[str], url: str, cwd: Path) -> Iterator[Server]:
    """A gunicorn, until the end of the block. It reads a gunicorn.conf.py in `cwd`."""
    command = [sys.executable, "-m", "gunicorn", *arguments]
    with subprocess.Popen(
        command,
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (ROOT, ROOT / "site")))},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            wait_for(url)
            yield Server(process, url)
        finally:
            process.terminate()


def wait_for(url: str) -> None:
    """Return when there is a response. Raises TimeoutError after a minute."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            urllib.request.urlopen(f"{url}/", timeout=10).close()  # noqa: S310 - our own address
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise TimeoutError(f"There is no response from {url}.")


def rate(url: str, *, cookie: str = "", script: Path | None = None) -> float:
    """Requests per second. Raises SystemExit if one of them failed."""
    headers = ["Connection: close", "Accept-Encoding: br, gzip"]
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "--latency"]
    for header in [*headers, *([f"Cookie: {cookie}"] if cookie else [])]:
        command += ["-H", header]
    command += ["-s", str(script)] if script else []
    done = subprocess.run([*command, url], capture_output=True, text=True, check=True).stdout
    if failed := re.search(r"Non-2xx.*: (\d+)", done):
        raise SystemExit(f"{failed[0]} at {url}")
    found = re.search(r"Requests/sec: +([0-9.]+)", done)
    return float(found[1]) if found else 0.0


def ratio(
    name: str,
    least: float,
    url: str,
    limit_url: str,
    *,
    cookie: str = "",
    scripts: tuple[Path, Path] | tuple[None, None] = (None, None),
) -> Row:
    """The median share of the limit, of some rounds in which both are measured. `scripts` are for
    wrk: ours, and that of the limit.
    """
    pairs = []
    for _ in range(ROUNDS):
        limit = rate(limit_url, script=scripts[1])
        ours = rate(url, cookie=cookie, script=scripts[0])
        pairs.append((ours / limit, ours, limit))
    share, ours, limit = sorted(pairs)[len(pairs) // 2]
    return Row(name, share, least, f"{ours:,.0f} of {limit:,.0f} a second")


if __name__ == "__main__":
    raise SystemExit(main())
