"""What happens to payments outside the API: refunds in the Dashboard, and decisions of banks."""

from stripe_sandbox.errors import no_such, refused
from stripe_sandbox.objects import disputes, payments, refunds, sessions
from stripe_sandbox.state import Record, State


class PaymentControls:
    """The operations on payments. A payment is named by its session or its payment intent."""

    state: State

    def refund(self, payment: str, amount: int | None = None) -> str:
        """Refund a payment as in the Dashboard, all that is left or an amount in minor units.

        Returns the refund's id. Raises ApiError if Stripe would refuse it.
        """
        with self.state.transaction():
            params = {"payment_intent": self._charge(payment)["payment_intent"]}
            if amount is not None:
                params["amount"] = amount
            return str(refunds.create(self.state, params)["id"])

    def backdate_refund(self, refund: str, seconds: float) -> None:
        """Make a refund so many seconds older. Raises ApiError if there is none."""
        with self.state.transaction():
            found = refunds.retrieve(self.state, {}, refund)
            self.state.save({**found, "created": found["created"] - int(seconds)})

    def refund_succeeds(self, refund: str) -> None:
        """Let a pending refund succeed. Raises ApiError for any other."""
        refunds.succeed(self.state, refund)

    def refund_fails(self, refund: str) -> None:
        """Let a refund fail at the bank. Raises ApiError if it has failed or was cancelled."""
        refunds.fail(self.state, refund)

    def refund_is_canceled(self, refund: str) -> None:
        """Cancel a pending refund as in the Dashboard. Raises ApiError for any other."""
        refunds.withdraw(self.state, refund)

    def dispute(
        self,
        payment: str,
        kind: str = "chargeback",
        reason: str = "fraudulent",
        amount: int | None = None,
    ) -> str:
        """Let the bank open a ``chargeback``, an ``inquiry`` or a ``block``; the dispute's id.

        ``amount`` is in minor units, by default the whole payment.
        """
        with self.state.transaction():
            charge = self._charge(payment)
            return str(disputes.begin(self.state, charge, kind, reason, amount)["id"])

    def dispute_is_won(self, dispute: str) -> None:
        """Decide a chargeback for the merchant: the money comes back.

        Raises ApiError for an inquiry, or if the chargeback has ended.
        """
        disputes.win(self.state, dispute)

    def dispute_is_lost(self, dispute: str) -> None:
        """Decide a chargeback for the customer: the money is lost.

        Raises ApiError for an inquiry, or if the chargeback has ended.
        """
        disputes.lose(self.state, dispute)

    def inquiry_is_closed(self, dispute: str) -> None:
        """Let an inquiry end without a chargeback. Raises ApiError for any other."""
        disputes.end_inquiry(self.state, dispute)

    def inquiry_is_escalated(self, dispute: str) -> None:
        """Let an inquiry become a chargeback, which withdraws the money. Raises ApiError for any
        other.
        """
        disputes.escalate(self.state, dispute)

    def warn(self, payment: str) -> str:
        """Let the bank send an early fraud warning; its id."""
        with self.state.transaction():
            return str(disputes.warn(self.state, self._charge(payment))["id"])

    def _charge(self, payment: str) -> Record:
        """The successful charge of a payment. Raises ApiError if there is none."""
        intent_id: str | None = payment
        if payment.startswith("cs_"):
            intent_id = sessions.retrieve(self.state, {}, payment)["payment_intent"]
        if intent_id is None:
            raise refused("This Checkout Session has no payment.")
        intent = payments.retrieve_intent(self.state, {}, intent_id)
        charge = self.state.get("charge", intent["latest_charge"])
        if charge is None or charge["status"] != "succeeded":
            raise no_such("charge", intent_id)
        return charge
