"""What `make run` says once the shop answers: where it is, and who may log in."""

import http.client
import os
import signal
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence

from home.demo import content

LONGEST_WAIT = 60.0  # seconds
PAUSE = 0.2


def announce(url: str, lines: Sequence[str]) -> None:
    """Wait for the page at `url`, then print `lines`; say nothing if it does not come or its starter goes."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C is for the shop; end without a word
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    starter, end = os.getppid(), time.monotonic() + LONGEST_WAIT
    while time.monotonic() < end and os.getppid() == starter:
        if answers(url):
            sys.stdout.write("\n".join(["", *lines, "", ""]))
            sys.stdout.flush()
            return
        time.sleep(PAUSE)


def answers(url: str) -> bool:
    """Whether anything answers at `url`, an error page included."""
    try:
        urllib.request.urlopen(url, timeout=30).close()  # noqa: S310 - our own http address
    except urllib.error.HTTPError:
        return True
    except (OSError, http.client.HTTPException):
        return False
    return True


def shop(url: str) -> list[str]:
    """Where the shop is."""
    return [f"  The shop:       {url}", f"  Its back room:  {url}/admin/", "  Ctrl-C stops it; what was bought stays."]


def demo(sandbox: str) -> list[str]:
    """Who may log in to a demo, and how to pay there."""
    return [
        f"  Log in as:      {', '.join(user.email for user in content.USERS)}",
        f"  Password:       {content.PASSWORD}",
        "  Pay with:       4242 4242 4242 4242, any later date, any CVC. No money moves.",
        f"  Stripe's place: {sandbox}",
    ]
