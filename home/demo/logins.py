"""Who may log in to a demo. Everybody knows this password, so no other shop may have these people."""

SHOPPER = "shopper@example.com"
EDITOR = "editor@example.com"
ORDERS = "orders@example.com"
ADMIN = "admin@example.com"
EMAILS = (SHOPPER, EDITOR, ORDERS, ADMIN)
PASSWORD = "demo-password"  # noqa: S105 - known to all
