"""Our own errors, so that no other package needs the library's.

GatewayError
 + Unavailable        no answer, 409, 429 or 5xx: the same call may succeed later
    + Conflict        409: a call with this idempotency key is in progress
    + ServerError     5xx, or a success that cannot be read: it may have worked, and Stripe
                      will repeat the answer for this idempotency key
 + KeyRefused         401 or 403: the operator must check the key
 + UnexpectedAnswer   an answer or event without a field that Stripe promises
 + Refused            400, 402 or 404: this call will never succeed as it is
    + NotFound        no such object in this account (`resource_missing`)
    + PriceInactive   a session may not sell an archived price
    + AlreadyExists   an object with this id exists (`resource_already_exists`)
    + KeyReused       an idempotency key was used with other parameters
                      (docs.stripe.com/error-low-level)
InvalidSignature      the webhook's header does not prove that Stripe sent the body
InvalidEvent          signed, but not an event
"""

from collections.abc import Iterator
from contextlib import contextmanager

import stripe

from text import one_line

LONGEST = 1000  # characters of an error message; a proxy may send a whole page instead


class GatewayError(Exception):
    """A call to Stripe did not give what it should.

    `str()` is for the log and for the operator, not for shoppers.
    """


class Unavailable(GatewayError):
    """Stripe could not be reached or asks us to come back."""


class Conflict(Unavailable):
    """Another call with the same idempotency key is being worked on."""


class ServerError(Unavailable):
    """Stripe failed, perhaps after the work was done, and keeps this answer for the idempotency
    key.
    """


class KeyRefused(GatewayError):
    """Stripe does not accept the key, or the key may not do this."""


class UnexpectedAnswer(GatewayError):
    """A field that Stripe promises is missing or of another type."""


class Refused(GatewayError):
    """Stripe understood and said no."""


class NotFound(Refused):
    """No such object in this account."""


class PriceInactive(Refused):
    """The price was archived."""


class AlreadyExists(Refused):
    """An object with this id exists."""


class KeyReused(Refused):
    """The idempotency key is taken by a call with other parameters."""


class InvalidSignature(Exception):
    """The signature is missing, wrong or too old."""


class InvalidEvent(Exception):
    """The body is signed but is no event."""


@contextmanager
def translated() -> Iterator[None]:
    """Turn the library's errors into ours."""
    try:
        yield
    except stripe.StripeError as error:
        raise _ours(error) from error
    except (AttributeError, KeyError, TypeError) as error:
        # The library reads any JSON, and only then finds that a proxy's list or text is no object
        # of Stripe's.
        raise UnexpectedAnswer(f"The answer is none of Stripe's: {error}") from error


def _ours(error: stripe.StripeError) -> GatewayError:
    # Without the id of the request, which is another each time: what is the same shall read the
    # same. The log has it.
    text = one_line(error.user_message or str(error), LONGEST) or type(error).__name__
    if isinstance(error, stripe.IdempotencyError):
        return KeyReused(text)
    if isinstance(error, (stripe.AuthenticationError, stripe.PermissionError)):
        return KeyRefused(text)
    return _by_status(error, text)


def _by_status(error: stripe.StripeError, text: str) -> GatewayError:
    status = error.http_status
    if status is None or status == 429 or isinstance(error, stripe.RateLimitError):
        return Unavailable(text)
    if status == 409:
        return Conflict(text)
    # Whatever says neither yes nor no (a proxy's page with status 200) says nothing about the work.
    return _refusal(error, text) if 400 <= status < 500 else ServerError(text)


def _refusal(error: stripe.StripeError, text: str) -> Refused:
    code = error.error.code if error.error else None
    if code == "resource_missing":
        return NotFound(text)
    if code == "resource_already_exists":
        return AlreadyExists(text)
    # Stripe gives this refusal no code of its own.
    if "price specified is inactive" in text:
        return PriceInactive(text)
    return Refused(text)
