"""Stripe's objects: what each endpoint accepts, and what it does."""
