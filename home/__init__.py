"""The storefront: the home page, what every page shares, and the demo content."""
