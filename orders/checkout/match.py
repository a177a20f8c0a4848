"""Find the checkout that a Stripe session belongs to. No other module does this."""

import re
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

from orders.models import Checkout, Installation
from stripe_gateway import sessions
from stripe_gateway.sessions import Session


@dataclass
class MatchedSession:
    """A session with what we know about it. Both answers are looked up at first use, and once.

    With `lock`, the checkout's row stays locked until the transaction ends.
    """

    session: Session
    lock: bool = False

    @cached_property
    def is_ours(self) -> bool:
        """Whether this shop created the session to sell something.

        Other shops may share the Stripe account. Metadata can be removed in the Stripe Dashboard,
        but the checkout still knows its session.
        """
        if self.session.mode != "payment":
            return False
        if "installation" in self.session.metadata:
            return self.session.metadata["installation"] == Installation.current_id()
        return Checkout.objects.filter(session_id=self.session.id).exists()

    @cached_property
    def checkout(self) -> Checkout | None:
        """The checkout that the session was created for.

        Found by the checkout's id in the metadata: a crash may have prevented us from storing the
        session's id.
        """
        rows = Checkout.objects.select_for_update() if self.lock else Checkout.objects.all()
        if "checkout" not in self.session.metadata:
            return rows.filter(session_id=self.session.id).first()
        try:
            key = UUID(self.session.metadata["checkout"])
        except ValueError:
            return None
        return rows.filter(pk=key).first()


def match(session: Session, *, lock: bool = False) -> MatchedSession:
    """Match a session that needs no retrieval: an event's object, or Stripe's response."""
    return MatchedSession(session, lock)


def fetch(session_id: str, *, quick: bool = False) -> MatchedSession:
    """Retrieve a session's present state from Stripe and match it. Raises GatewayError.

    The line items are retrieved too if it was paid and there is no checkout that has them. `quick`
    is for calls while somebody waits: one attempt of three seconds.
    """
    matched = match(sessions.retrieve_session(session_id, quick=quick))
    if matched.session.is_paid and matched.is_ours and matched.checkout is None:
        return match(sessions.retrieve_session(session_id, with_items=True, quick=quick))
    return matched


def is_session_id(text: str) -> bool:
    """Whether a text can be sent to Stripe as a session id; other texts could change the URL."""
    return re.fullmatch(r"cs_[A-Za-z0-9_]{1,200}", text) is not None
