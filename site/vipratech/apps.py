"""The project as an app: its checks, its version of `runserver`, and the address of the site."""

from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate


class VipratechConfig(AppConfig):
    """Has no models."""

    name = "vipratech"

    def ready(self) -> None:
        """Register the checks, and update the Site record after each `migrate`."""
        from vipratech import cached_pages, checks, site_record

        checks.register()
        cached_pages.connect()
        # Django sends this signal for apps with models only, after all migrations.
        post_migrate.connect(
            site_record.update_site_record, sender=apps.get_app_config("wagtailcore")
        )
