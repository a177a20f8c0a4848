"""Compare Stripe with our orders.

In: Stripe's list of sessions. Out: a `Reconciliation` row, missing orders, alerts.
"""
