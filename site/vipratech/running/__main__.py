"""`python -m vipratech.running`: prepare the database, then run the web server and the worker.

In a demo it also runs the Stripe sandbox. PORT and SANDBOX_PORT are read from the environment or
from `.env`. Ctrl-C and SIGTERM end everything.
"""

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

from vipratech.running import banner
from vipratech.startup import refuse_failed_checks

STOPPED_BY_SIGNAL = {128 + signal.SIGINT, 128 + signal.SIGTERM}


def main() -> int:
    """Run until a process ends or a signal arrives. Returns the exit code.

    Raises SystemExit with the reason if the shop cannot start.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vipratech.settings.local")
    try:
        prepare()
    except (ImproperlyConfigured, CommandError, OperationalError) as problem:
        raise SystemExit(f"The shop cannot start: {problem}") from None
    except KeyboardInterrupt:
        return 0
    return supervise()


def prepare() -> None:
    """Check the ports, update the database, and add the demo content to a demo."""
    django.setup()
    refuse_taken_port("PORT", settings.PORT)
    if settings.SHOP_DEMO:
        refuse_taken_port("SANDBOX_PORT", settings.SANDBOX_PORT)
    say("Preparing the database. The first time, this takes a minute.")
    refuse_failed_checks()
    call_command("migrate", interactive=False, verbosity=0)
    if settings.SHOP_DEMO:
        call_command("seed_demo", if_new=True, verbosity=0)
    connections.close_all()  # the processes that are forked from here must not share them


def refuse_taken_port(variable: str, port: int) -> None:
    """Raise CommandError if another program listens on the port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as problem:
            raise CommandError(
                f"port {port} is not available ({problem.strerror}). Stop the program that uses it"
                f" (another `make run`?), or use another port: make run {variable}={port + 10}"
            ) from None


def say(line: str) -> None:
    """Print a line without buffering."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def supervise() -> int:
    """Run the processes until one of them ends or a signal arrives.

    Returns the exit code, which is 0 after a signal.
    """
    manager = Manager(Printer(sys.stdout))
    watchdog = [sys.executable, "-m", "vipratech.running.watchdog", str(os.getpid())]
    for name, (command, extra) in processes().items():
        line = shlex.join([*watchdog, sys.executable, *command])
        environment = {**os.environ, "PYTHONUNBUFFERED": "1", **extra}
        manager.add_process(name, f"exec {line}", env=environment)
    printer = multiprocessing.Process(
        target=banner.print_when_ready, args=banner_arguments(), daemon=True
    )
    printer.start()
    try:
        manager.loop()
    except OSError:  # the terminal is closed; the watchdogs end the processes
        os._exit(1)
    return 0 if manager.returncode in STOPPED_BY_SIGNAL else int(manager.returncode or 0)


def processes() -> dict[str, tuple[list[str], dict[str, str]]]:
    """Arguments for Python, and extra environment variables, of each process."""
    web = ["manage.py", "runserver", f"127.0.0.1:{settings.PORT}"]
    found = {
        "web": (web, {"DJANGO_RUNSERVER_HIDE_WARNING": "true"}),
        "worker": (["manage.py", "worker"], {}),
    }
    if settings.SHOP_DEMO:
        found["sandbox"] = (["-m", "stripe_sandbox"], sandbox_environment())
    return found


def sandbox_environment() -> dict[str, str]:
    """The variables with which the sandbox fits the shop's settings."""
    return {
        "SANDBOX_PORT": str(settings.SANDBOX_PORT),
        "SANDBOX_PUBLIC_URL": settings.SANDBOX_PUBLIC_URL,
        "SANDBOX_WEBHOOK_URL": f"http://127.0.0.1:{settings.PORT}/stripe/webhook/",
        "STRIPE_WEBHOOK_SECRET": settings.STRIPE_WEBHOOK_SECRETS[0],
    }


def banner_arguments() -> tuple[str, list[str]]:
    """The address to wait for, and the lines to print then."""
    lines = banner.shop_lines(settings.SITE_URL)
    if settings.SHOP_DEMO:
        lines += banner.demo_lines(settings.SANDBOX_PUBLIC_URL)
    return f"http://127.0.0.1:{settings.PORT}/", [*lines, banner.STOPPING]


if __name__ == "__main__":
    raise SystemExit(main())
