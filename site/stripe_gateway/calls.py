"""What every call to Stripe is wrapped in."""

from collections.abc import Iterator
from contextlib import contextmanager

import stripe

from stripe_gateway.concurrency import slot
from stripe_gateway.errors import UnexpectedAnswer, our_error


@contextmanager
def translated() -> Iterator[None]:
    """Raise our errors in place of the library's, and Busy if too many threads already wait."""
    try:
        with slot():
            yield
    except stripe.StripeError as error:
        raise our_error(error) from error
    except (AttributeError, KeyError, TypeError) as error:
        # The library accepts any JSON, and fails later if a proxy sent a list or a text.
        raise UnexpectedAnswer(f"The answer is not a Stripe object: {error}") from error
