"""The only package that imports `stripe`. It returns frozen models and raises errors of its own.

Modules for Stripe's objects: `catalogue` (products and prices), `sessions` (Checkout Sessions) and
`session_details` (what a paid one holds beyond its events), `refunds`, `disputes`, `events` (signed
webhook events), `endpoints` (webhook endpoints) and `account`. `parsing` turns Stripe's JSON into
models, `listing` reads pages of lists, and `errors` turns the library's errors into ours. `calls`
wraps every call, and `concurrency` limits how many wait at the same time.
"""
