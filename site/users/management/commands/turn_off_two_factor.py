"""`manage.py turn_off_two_factor EMAIL`: for somebody who has lost phone and recovery codes."""

from argparse import ArgumentParser
from typing import Any

from allauth.mfa.models import Authenticator
from django.core.management.base import CommandError

from users.account_emails import write_notice
from users.models import User
from worker.checked_command import CheckedCommand


class Command(CheckedCommand):
    """Turn it off, and write an email to the owner of the account."""

    help = "Turn off two-factor login for an account. First make sure that you know who is asking."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the email address."""
        parser.add_argument("email", help="the account's email address")

    def handle(self, *args: Any, email: str, **options: Any) -> None:
        """Delete the authenticators. Raises CommandError if there is nothing to turn off."""
        user = User.objects.filter(email=User.objects.normalize_email(email)).first()
        found = Authenticator.objects.filter(user=user) if user else Authenticator.objects.none()
        if user is None or not found.exists():
            raise CommandError(f"There is no account {email} with two-factor login.")
        found.delete()
        write_notice("two_factor_off", user, user.email)
        self.stdout.write(f"Two-factor login is off for {user.email}.")
