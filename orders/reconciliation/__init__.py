"""Compare Stripe with our orders.

In: Stripe's lists of sessions, refunds and disputes. Out: a `Reconciliation` row, missing orders,
refunds and disputes, alerts.
"""
