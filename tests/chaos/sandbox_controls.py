"""Commands of the sandbox's control API below /_sandbox/."""

import json
import urllib.error
import urllib.request
from typing import Any


def send_command(sandbox: str, name: str, **values: Any) -> Any:
    """Send a command and return its outcome. Raises urllib.error.HTTPError if it is refused."""
    address, kind = f"{sandbox}/_sandbox/{name}", {"Content-Type": "application/json"}
    request = urllib.request.Request(address, json.dumps(values).encode(), kind)  # noqa: S310 - our own http address
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - the same
        return json.load(answer)["outcome"]


def expire(sandbox: str, session_id: str) -> None:
    """Expire a session, unless it has ended."""
    try:
        send_command(sandbox, "expire", session=session_id)
    except urllib.error.HTTPError:
        return


def pay_with_additions(sandbox: str, session_id: str) -> str:
    """Pay with a discount, shipping and tax. Returns the address that the shopper is redirected to,
    or nothing if the session could not be paid.
    """
    additions = {"discount": 5000, "shipping": 4900, "tax": 1234}  # paise
    try:
        return str(send_command(sandbox, "pay", session=session_id, **additions))
    except urllib.error.HTTPError:
        return ""
