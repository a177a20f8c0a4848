"""``python -m stripe_sandbox``: the sandbox as a server, until SIGTERM or Ctrl-C."""

import argparse
import os
import re
import signal
import sys
import threading
from pathlib import Path
from types import FrameType

from stripe_sandbox.sandbox import Sandbox

VARIABLES = """\
environment variables:
  SANDBOX_HOST, SANDBOX_PORT  the address to listen on (127.0.0.1, 8001)
  SANDBOX_PUBLIC_URL          the address at which a browser finds the payment page
                              (http://localhost:<port>)
  SANDBOX_ALLOWED_HOSTS       more host names that the sandbox answers to, separated by commas
                              (loopback names and the public address are always allowed)
  SANDBOX_STATE               the SQLite file (.local/sandbox.sqlite3)
  SANDBOX_BANK_SECONDS        the duration of a bank debit, in seconds (10)
  SANDBOX_WEBHOOK_URL         the address that events are sent to (none)
  STRIPE_WEBHOOK_SECRET       the secret that signs them; the first, if several are separated by
                              commas (whsec_sandbox)
"""


def main() -> int:
    """Serve until SIGTERM or Ctrl-C. Returns the exit code."""
    argparse.ArgumentParser(
        prog="python -m stripe_sandbox",
        description="A local Stripe for development and tests. No real payment is made.",
        epilog=VARIABLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    ).parse_args()
    ended = threading.Event()

    def end(number: int, frame: FrameType | None) -> None:
        ended.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    try:
        sandbox = from_environment().start()
    except OSError as problem:
        raise SystemExit(
            f"The sandbox cannot start: {problem}. Is another one running, or SANDBOX_PORT taken?"
        ) from None
    sys.stdout.write(
        f"Stripe sandbox (this is not Stripe, and no money is charged): {sandbox.state.public_url}\n"
    )
    sys.stdout.flush()
    ended.wait()
    sandbox.stop()
    return 0


def from_environment() -> Sandbox:
    """A sandbox with the settings of the environment."""
    port = os.environ.get("SANDBOX_PORT") or "8001"
    if not port.isdecimal() or int(port) > 65535:
        raise SystemExit(f"SANDBOX_PORT is not a port number: {port!r}")
    secrets = os.environ.get("STRIPE_WEBHOOK_SECRET") or "whsec_sandbox"
    return Sandbox(
        state=Path(os.environ.get("SANDBOX_STATE") or ".local/sandbox.sqlite3"),
        host=os.environ.get("SANDBOX_HOST") or "127.0.0.1",
        port=int(port),
        public_url=os.environ.get("SANDBOX_PUBLIC_URL") or f"http://localhost:{port}",
        webhook_url=os.environ.get("SANDBOX_WEBHOOK_URL", ""),
        allowed_hosts=os.environ.get("SANDBOX_ALLOWED_HOSTS", "").replace(",", " ").split(),
        webhook_secret=secrets.partition(",")[0].strip(),
        bank_seconds=_seconds(
            "SANDBOX_BANK_SECONDS", os.environ.get("SANDBOX_BANK_SECONDS") or "10"
        ),
    )


def _seconds(name: str, text: str) -> float:
    """The number of seconds in a variable. Raises SystemExit if it is not one."""
    if not re.fullmatch(r"[0-9]{1,8}(\.[0-9]{1,3})?", text):
        raise SystemExit(f"{name} is not a number of seconds: {text!r}")
    return float(text)


if __name__ == "__main__":
    raise SystemExit(main())
