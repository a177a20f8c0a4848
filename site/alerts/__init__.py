"""Alerts for staff: one open row per alert key."""
