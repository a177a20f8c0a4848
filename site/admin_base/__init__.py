"""What all screens of the shop in Wagtail's admin share."""
