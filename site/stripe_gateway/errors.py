"""Our own errors, so that no other package needs the library's.

GatewayError
 + Unavailable        no answer, 409, 429 or 5xx: the same call may succeed later
    + Busy            not sent: too many of our own threads wait for Stripe
    + Conflict        409: a call with this idempotency key is in progress
    + ServerError     5xx, or a success that cannot be parsed: it may have worked, and Stripe
                      repeats the answer for this idempotency key
 + KeyRefused         401 or 403: the operator must check the key
 + UnexpectedAnswer   an answer or event that is not as Stripe documents it
 + Refused            400, 402 or 404: this call will never succeed as it is
    + NotFound        no such object in this account (`resource_missing`)
    + PriceInactive   a session cannot sell an archived price
    + EmailInvalid    Stripe does not accept the shopper's email address (`email_invalid`)
    + AmountRefused   the total is too small or too large to charge
    + AlreadyExists   an object with this id exists (`resource_already_exists`)
    + ChargeDisputed  a payment that was charged back cannot be refunded
    + KeyReused       the idempotency key was used with other parameters
InvalidSignature      the webhook's header does not prove that Stripe sent the body
InvalidEvent          signed, but not an event

Source: docs.stripe.com/error-low-level and docs.stripe.com/error-codes.
"""

import stripe

from stripe_gateway.policy import LONGEST_ERROR
from text import one_line


class GatewayError(Exception):
    """A call to Stripe failed. `str()` is for logs and operators, not for shoppers."""


class Unavailable(GatewayError):
    """Stripe did not answer, or asks us to try again later."""


class Busy(Unavailable):
    """Too many threads of this process wait for Stripe; the call was not sent."""


class Conflict(Unavailable):
    """Another call with the same idempotency key is in progress."""


class ServerError(Unavailable):
    """Stripe failed, perhaps after doing the work, and keeps this answer for the key."""


class KeyRefused(GatewayError):
    """Stripe does not accept the key, or the key lacks a permission."""


class UnexpectedAnswer(GatewayError):
    """A field that Stripe promises is missing or has another type."""


class Refused(GatewayError):
    """Stripe understood the call and refused it."""


class NotFound(Refused):
    """The account has no such object."""


class PriceInactive(Refused):
    """The price was archived."""


class EmailInvalid(Refused):
    """The email address is not one that Stripe accepts."""


class AmountRefused(Refused):
    """The total is below Stripe's minimum or above its maximum."""


class AlreadyExists(Refused):
    """An object with this id exists."""


class ChargeDisputed(Refused):
    """The shopper's bank has charged the payment back."""


class KeyReused(Refused):
    """The idempotency key belongs to a call with other parameters."""


class InvalidSignature(Exception):
    """The signature is missing, wrong or too old."""


class InvalidEvent(Exception):
    """The body is signed but is not an event."""


# docs.stripe.com/error-codes
REFUSALS: dict[str | None, type[Refused]] = {
    "resource_missing": NotFound,
    "resource_already_exists": AlreadyExists,
    "email_invalid": EmailInvalid,
    "amount_too_small": AmountRefused,
    "amount_too_large": AmountRefused,
    "charge_disputed": ChargeDisputed,
    "refund_disputed_payment": ChargeDisputed,
}


def our_error(error: stripe.StripeError) -> GatewayError:
    """Return the error of ours that means the same."""
    # `user_message` leaves out the id of the request, which the log has: the same problem must
    # read the same each time, or each attempt would be another alert.
    text = one_line(error.user_message or str(error), LONGEST_ERROR) or type(error).__name__
    if isinstance(error, stripe.IdempotencyError):
        return KeyReused(text)
    if isinstance(error, (stripe.AuthenticationError, stripe.PermissionError)):
        return KeyRefused(text)
    status = error.http_status
    if status is None or status == 429 or isinstance(error, stripe.RateLimitError):
        return Unavailable(text)
    if status == 409:
        return Conflict(text)
    # Anything but a refusal, such as a proxy's page with status 200, says nothing about the work.
    return refusal(error, text) if 400 <= status < 500 else ServerError(text)


def refusal(error: stripe.StripeError, text: str) -> Refused:
    """Return the error for a status from 400 to 499."""
    code = error.error.code if error.error else None
    if code in REFUSALS:
        return REFUSALS[code](text)
    # Stripe has no code for this one.
    if "price specified is inactive" in text:
        return PriceInactive(text)
    return Refused(text)
