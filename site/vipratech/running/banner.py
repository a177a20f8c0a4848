"""What `make run` prints once the shop responds: its addresses, and how to log in."""

import http.client
import os
import signal
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence

from home.demo import content

STOPPING = "  Press Ctrl-C to stop. Orders and pages are kept."
TIMEOUT = 60.0  # seconds to wait for the shop's first response
PAUSE = 0.2  # seconds between two attempts


def print_when_ready(url: str, lines: Sequence[str]) -> None:
    """Wait for the page at `url`, then print `lines`.

    Prints nothing if there is no response in time or if the parent process ends.
    """
    # Ctrl-C reaches this process too; it ends without a traceback.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    parent, end = os.getppid(), time.monotonic() + TIMEOUT
    while time.monotonic() < end and os.getppid() == parent:
        if responds(url):
            sys.stdout.write("\n".join(["", *lines, "", ""]))
            sys.stdout.flush()
            return
        time.sleep(PAUSE)


def responds(url: str) -> bool:
    """Whether there is any response from `url`, an error page included."""
    try:
        urllib.request.urlopen(url, timeout=30).close()  # noqa: S310 - our own http address
    except urllib.error.HTTPError:
        return True
    except (OSError, http.client.HTTPException):
        return False
    return True


def shop_lines(url: str) -> list[str]:
    """Where the shop and its admin are."""
    return [f"  Shop:            {url}", f"  Admin:           {url}/admin/"]


def demo_lines(sandbox: str) -> list[str]:
    """How to log in to a demo, and how to pay."""
    return [
        f"  Log in as:       {', '.join(user.email for user in content.USERS)}",
        f"  Password:        {content.PASSWORD}",
        "  Test card:       4242 4242 4242 4242, any future date, any CVC. No money is charged.",
        f"  Stripe sandbox:  {sandbox}",
    ]
