"""The hosted payment page, with test cards, bank accounts and 3-D Secure."""
