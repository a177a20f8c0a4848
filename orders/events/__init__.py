"""Stripe's webhook events.

In: signed requests. Out: `StripeEvent` rows, and calls of the flows that events are about.
"""
