"""Limits on how often somebody may try something, counted over all server processes.

allauth counts (`ACCOUNT_RATE_LIMITS`; docs.allauth.org, "Rate Limits"). This app makes it count in
the cache `limits`, creates the table of that cache, and checks that all processes share it.
"""
