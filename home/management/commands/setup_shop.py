"""`manage.py setup_shop`: name the shop, and create the owner's account and the legal pages."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import CommandError
from django.core.validators import validate_email

from home.first_day import password_link, set_up
from orders.checkout.delivery import default_zone
from shop_settings.models import ShopSettings
from worker.checked_command import CheckedCommand


class Command(CheckedCommand):
    """Ask for what is missing. It can be repeated: what exists stays as it is."""

    help = "Set up a new shop: its name, the owner's account, and the legal pages as drafts."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the answers, for scripts."""
        parser.add_argument("--name", help="the shop's name")
        parser.add_argument("--owner", help="the owner's email address")

    def handle(self, *args: Any, **options: Any) -> None:
        """Set the shop up. Raises CommandError for an answer that is missing or wrong."""
        self.show_environment()
        name = options["name"] or self.ask("Name of the shop")
        owner = options["owner"] or self.ask("Email address of the owner")
        try:
            ShopSettings(name=name).full_clean()
            validate_email(owner)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        user = set_up(name, owner)
        self.stdout.write(f"{ShopSettings.current().name} is set up.")
        if user.has_usable_password():
            self.stdout.write(f"{user.email} can log in at {settings.SITE_URL}/admin/.")
        else:
            link = password_link(user)
            self.stdout.write(f"Send this link to {user.email} to choose a password: {link}")
            self.stdout.write("The list “Ready to open” in the admin shows what is left to do.")

    def show_environment(self) -> None:
        """Print what the environment decides and nobody can change in the admin."""
        self.stdout.write(
            f"Country {default_zone().name}, currency {settings.SHOP_CURRENCY.upper()}, time zone"
            f" {settings.TIME_ZONE}, address {settings.SITE_URL}. These come from the environment."
            " Change them before the first product has a price."
        )

    def ask(self, question: str) -> str:
        """The answer to a question. Raises CommandError if nobody is there to answer."""
        if not sys.stdin.isatty():
            raise CommandError("There is no terminal to ask questions on: give --name and --owner.")
        return input(f"{question}: ").strip()
