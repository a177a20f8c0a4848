"""Calls to the control API of the Stripe sandbox, whose payments may be old."""

import json
from typing import Any
from urllib.request import Request, urlopen

from django.conf import settings

TIMEOUT = 15.0  # seconds


def send_command(name: str, /, **values: Any) -> Any:
    """Send a command to the control API and return its outcome. Raises OSError if it fails."""
    request = Request(  # noqa: S310 - the sandbox's address comes from the settings
        f"{settings.STRIPE_API_BASE}/_sandbox/{name}",
        data=json.dumps(values).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urlopen(request, timeout=TIMEOUT) as response:  # noqa: S310
        return json.load(response)["outcome"]
