"""The error for a restricted key that lacks the permission for a call.

The name of the permission is approximate: it is made from the path, and Stripe has other names for
some objects. The key is always shown as the same masked one.
"""

import re

from stripe_sandbox.errors import ApiError
from stripe_sandbox.faults.next_calls import FORBIDDEN, REFUSALS

OBJECT = re.compile(r"/v[0-9]+/((?:checkout/)?[a-z_]+)")


def missing_permission(method: str, path: str, account: str) -> ApiError:
    """403 that names the permission in quotes, as Stripe's message does."""
    kind, code = REFUSALS[FORBIDDEN]
    message = (
        "The provided key 'rk_test_*********' does not have the required permissions for this "
        f"endpoint on account '{account}'. Having the '{permission(method, path)}' permission "
        "would allow this request to continue."
    )
    return ApiError(FORBIDDEN, message, kind=kind, code=code)


def permission(method: str, path: str) -> str:
    """The permission that a call needs: ``rak_charge_read`` for ``GET /v1/charges``."""
    found = OBJECT.match(path)
    name = found[1].replace("/", "_").removesuffix("s") if found else "unknown"
    return f"rak_{name}_{'read' if method == 'GET' else 'write'}"
