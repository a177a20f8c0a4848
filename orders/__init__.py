"""The till: checkout, fulfilment, webhook, and the admin screens that show what was sold."""
