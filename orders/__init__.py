"""Selling: basket, checkout, orders, Stripe's events, reconciliation, and their admin screens."""
