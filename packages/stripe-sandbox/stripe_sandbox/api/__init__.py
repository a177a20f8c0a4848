"""The API: authentication, idempotency keys, form encoding, routes and responses."""
