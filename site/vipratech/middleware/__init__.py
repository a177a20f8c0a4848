"""Middleware: one module for each kind of request that needs it."""
