"""Buying: from a basket to a Stripe session, and from a paid session to an order.

In: the shopper's form (`basket`, `start`) and Stripe sessions (`match`, `complete`, `poll`).
Out: `Checkout` rows with reservations, Stripe sessions, and `Order` rows.
"""
