"""Stripe's objects: the parameters of each endpoint, and what it does."""
