"""A customer's personal data: its export and its erasure."""
