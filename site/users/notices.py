"""Writes an email to the owner of an account when an email address was added; allauth does not."""

from typing import Any

from allauth.account.models import EmailAddress

from users.account_emails import write_notice
from users.models import User


def on_email_added(user: User, email_address: EmailAddress, **kwargs: Any) -> None:
    """A receiver of allauth's signal `email_added`. The new address gets an email of its own."""
    primary = EmailAddress.objects.get_primary_email(user)
    if primary and primary != email_address.email:
        write_notice("email_added", user, primary, email_address.email)
