"""A customer's data: everything that the shop has, and its erasure."""
