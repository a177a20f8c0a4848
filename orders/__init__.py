"""Selling: basket, checkout, orders, shipping, refunds, disputes, customers, emails about orders,
Stripe's events, reconciliation, and the admin screens of these, of stock and of sales.
"""
