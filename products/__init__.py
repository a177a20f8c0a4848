"""The catalogue: product pages, the Product that is sold, and the sync that keeps Stripe equal to
it.
"""
