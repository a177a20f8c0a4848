"""The catalogue app."""

from django.apps import AppConfig


class ProductsConfig(AppConfig):
    """Product pages, products and their mirror at Stripe."""

    name = "products"

    def ready(self) -> None:
        from products import checks, price_history  # models are ready only now

        checks.register()
        price_history.connect()
