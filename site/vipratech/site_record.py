"""Keeps Wagtail's Site record equal to SITE_URL.

Wagtail builds the absolute addresses of pages from this record, in the sitemap for example, and a
new database says http://localhost (docs.wagtail.org, "Site").
"""

from typing import Any
from urllib.parse import urlsplit

from django.apps import apps
from django.conf import settings
from wagtail.models import Site

DEFAULT_PORTS = {"http": 80, "https": 443}


def update_site_record(**signal: Any) -> None:
    """Give the default site the host name and port of SITE_URL.

    Nothing changes if there is no default site, or if another site has that address already, or if
    Wagtail's tables do not exist yet, because only one app was migrated.
    """
    migrated = signal.get("apps", apps)
    if not any(model._meta.label == "wagtailcore.Site" for model in migrated.get_models()):
        return
    url = urlsplit(settings.SITE_URL)
    address = {"hostname": url.hostname or "", "port": url.port or DEFAULT_PORTS[url.scheme]}
    site = Site.objects.filter(is_default_site=True).first()
    if site is None or Site.objects.filter(**address).exists():
        return
    site.hostname, site.port = address["hostname"], address["port"]
    site.save()  # not update(): saving also clears Wagtail's cache of addresses
