"""Accounts: users whose email address is the login, and the roles of staff."""
