"""A local sandbox that behaves like Stripe: an API for the real ``stripe`` library, a payment page,
and signed webhooks. No real payment is made.

    python -m stripe_sandbox                a server, configured by the environment (see --help)
    from stripe_sandbox import Sandbox      the same server inside a test

It needs the standard library only. The names below are the public interface.
"""

from stripe_sandbox.api.handler import Call
from stripe_sandbox.checkout_page.pay import Declined, NotOpen
from stripe_sandbox.errors import ApiError
from stripe_sandbox.faults.rates import Rates
from stripe_sandbox.http_server import Request, Response
from stripe_sandbox.objects.sessions import line_items_of
from stripe_sandbox.sandbox import Sandbox
from stripe_sandbox.state import Record, State
from stripe_sandbox.webhooks.signatures import sign

__all__ = [
    "ApiError",
    "Call",
    "Declined",
    "NotOpen",
    "Rates",
    "Record",
    "Request",
    "Response",
    "Sandbox",
    "State",
    "line_items_of",
    "sign",
]
