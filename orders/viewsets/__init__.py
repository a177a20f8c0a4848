"""Orders and payments in Wagtail's admin: read-only, for those who may view them."""
