"""Signed webhook events, and their delivery."""
