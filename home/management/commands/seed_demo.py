"""`manage.py seed_demo`: products to buy and people to log in as, for a shop in which no money moves."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from home.demo.seeding import reason_to_refuse, seed


class Command(BaseCommand):
    """Fill a demo shop. Running it again makes only what is missing; a real shop is refused."""

    help = "Add the demo products and users that are missing. Refuses outside a demo."

    def handle(self, *args: Any, **options: Any) -> None:
        """Refuse or seed, and say so in one line."""
        refusal = reason_to_refuse()
        if refusal:
            raise CommandError(refusal)
        products, users = seed()
        self.stdout.write(f"Demo content is in place ({products} products and {users} users added).")
