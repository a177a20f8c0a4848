"""The project as an app: its checks, its version of `runserver`, and the address of the site."""

from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate


class VipratechConfig(AppConfig):
    """Has no models."""

    name = "vipratech"

    def ready(self) -> None:
        """Register the checks, and update the Site and Locale records after each `migrate`."""
        from vipratech import cached_pages, checks, locale_record, site_record

        checks.register()
        cached_pages.connect()
        # Django sends this signal for apps with models only, after all migrations.
        wagtail = apps.get_app_config("wagtailcore")
        post_migrate.connect(site_record.update_site_record, sender=wagtail)
        post_migrate.connect(locale_record.update_locale_record, sender=wagtail)
