"""Balance transactions: money that moves in the account (docs.stripe.com/api/balance_transactions).

They are shown as parts of other objects; the sandbox has no endpoint for them.
"""

from stripe_sandbox import ids
from stripe_sandbox.state import Record, State

DISPUTE_FEE = (
    1500  # minor units of the dispute's currency; real fees differ from country to country
)


def dispute_row(state: State, dispute_id: str, amount: int, currency: str, fee: int) -> Record:
    """The row for money that a dispute withdraws (a negative amount) or returns, in minor units."""
    fees = [
        {
            "amount": fee,
            "application": None,
            "currency": currency,
            "description": "Dispute fee",
            "type": "stripe_fee",
        }
    ]
    return {
        "id": ids.new("txn"),
        "object": "balance_transaction",
        "amount": amount,
        "available_on": state.now(),
        "balance_type": "payments",
        "created": state.now(),
        "currency": currency,
        "description": "Chargeback withdrawal" if amount < 0 else "Chargeback reversal",
        "exchange_rate": None,
        "fee": fee,
        "fee_details": fees if fee else [],
        "net": amount - fee,
        "reporting_category": "dispute" if amount < 0 else "dispute_reversal",
        "source": dispute_id,
        "status": "available",
        "type": "adjustment",
    }
