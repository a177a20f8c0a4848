"""`python -m vipratech.running`: prepare the database, then run web, worker and, in a demo, the sandbox.

PORT and SANDBOX_PORT say where, in the environment or in `.env`. Ends quietly on Ctrl-C and on SIGTERM.
"""

import io
import multiprocessing
import os
import shlex
import signal
import socket
import sys

import django
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import OperationalError, connections
from honcho.manager import Manager
from honcho.printer import Printer

from vipratech.running import announcement

ASKED_TO_END = {128 + signal.SIGINT, 128 + signal.SIGTERM}


def main() -> int:
    """Run until asked to end. Returns the exit code; raises SystemExit with a sentence where the shop cannot start."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vipratech.settings.local")
    try:
        prepare()
    except (ImproperlyConfigured, CommandError, OperationalError) as problem:
        raise SystemExit(f"The shop does not start: {problem}") from None
    except KeyboardInterrupt:
        return 0
    return supervise()


def prepare() -> None:
    """Look for free ports, then bring the database up to date and put the demo's content in."""
    django.setup()
    refuse_taken_port("PORT", settings.PORT)
    if settings.SHOP_DEMO:
        refuse_taken_port("SANDBOX_PORT", settings.SANDBOX_PORT)
    say("Preparing the database; the first time this takes a while ...")
    call_command("migrate", interactive=False, verbosity=0)
    if settings.SHOP_DEMO:
        seed()
    connections.close_all()  # what is forked from here on must not share them


def refuse_taken_port(variable: str, port: int) -> None:
    """Raise CommandError where another program listens."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as problem:
            hint = f"stop what uses it (another `make run`?), or choose another: make run {variable}={port + 10}"
            raise CommandError(f"port {port} is not free ({problem.strerror}); {hint}") from None


def seed() -> None:
    """Put the demo's content in, unless the shop has become somebody's own."""
    try:
        call_command("seed_demo", stdout=io.StringIO())
    except CommandError as refusal:
        say(str(refusal))


def say(line: str) -> None:
    """Print a line now."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def supervise() -> int:
    """Run the processes until one of them ends or a signal comes. Returns the exit code, 0 after a signal."""
    manager = Manager(Printer(sys.stdout))
    for name, (command, extra) in processes().items():
        leash = [sys.executable, "-m", "vipratech.running.leash", str(os.getpid()), sys.executable, *command]
        manager.add_process(name, f"exec {shlex.join(leash)}", env={**os.environ, "PYTHONUNBUFFERED": "1", **extra})
    announcer = multiprocessing.Process(target=announcement.announce, args=what_to_announce(), daemon=True)
    announcer.start()
    try:
        manager.loop()
    except OSError:  # the terminal is gone, and nobody can be told; the leashes end the processes
        os._exit(1)
    return 0 if manager.returncode in ASKED_TO_END else int(manager.returncode or 0)


def processes() -> dict[str, tuple[list[str], dict[str, str]]]:
    """Arguments for Python, and environment, of each process."""
    web = ["manage.py", "runserver", f"127.0.0.1:{settings.PORT}"]
    found = {"web": (web, {"DJANGO_RUNSERVER_HIDE_WARNING": "true"}), "worker": (["manage.py", "worker"], {})}
    if settings.SHOP_DEMO:
        found["sandbox"] = (["-m", "sandbox"], sandbox_environment())
    return found


def sandbox_environment() -> dict[str, str]:
    """The sandbox as the shop's settings expect it."""
    return {
        "SANDBOX_PORT": str(settings.SANDBOX_PORT),
        "SANDBOX_PUBLIC_URL": settings.SANDBOX_PUBLIC_URL,
        "SANDBOX_WEBHOOK_URL": f"http://127.0.0.1:{settings.PORT}/stripe/webhook/",
        "STRIPE_WEBHOOK_SECRET": settings.STRIPE_WEBHOOK_SECRETS[0],
    }


def what_to_announce() -> tuple[str, list[str]]:
    """The address to wait for, and what to say then."""
    lines = announcement.shop(settings.SITE_URL)
    if settings.SHOP_DEMO:
        lines += announcement.demo(settings.SANDBOX_PUBLIC_URL)
    return f"http://127.0.0.1:{settings.PORT}/", lines


if __name__ == "__main__":
    raise SystemExit(main())
