"""The storefront app."""

from django.apps import AppConfig


class HomeConfig(AppConfig):
    """The home page and the demo content."""

    name = "home"

    def ready(self) -> None:
        from home import checks  # models are ready only now

        checks.register()
