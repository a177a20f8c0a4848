"""The till's screens in Wagtail's admin: read-only, for those who may view them."""
