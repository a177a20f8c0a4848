"""The only package that imports `stripe`. It returns frozen models and raises errors of its own.

Modules: `catalogue` (products and prices), `sessions` (Checkout Sessions), `events` (signed webhook
events), `account`. `parsing` turns Stripe's JSON into models, and `errors` the library's errors
into ours.
"""
