"""The only package that imports `stripe`. It hands out frozen dataclasses and raises errors of its
own.

Modules: `catalogue` (products, prices), `sessions` (Checkout Sessions), `events` (signed webhooks),
`account`.
"""
