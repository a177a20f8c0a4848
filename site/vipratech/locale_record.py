"""Keeps Wagtail's Locale record equal to SHOP_LANGUAGE.

Wagtail creates it once, from LANGUAGE_CODE, and looks up pages by it (docs.wagtail.org,
"Internationalisation").
"""

from typing import Any

from django.apps import apps
from django.conf import settings
from wagtail.models import Locale


def update_locale_record(**signal: Any) -> None:
    """Give the locale of the pages the shop's language.

    Nothing changes if there are several locales, or if Wagtail's tables do not exist yet, because
    only one app was migrated.
    """
    migrated = signal.get("apps", apps)
    if not any(model._meta.label == "wagtailcore.Locale" for model in migrated.get_models()):
        return
    # Without the manager, which leaves out locales that are not in the settings any more.
    locales = list(Locale.all_objects.all()[:2])
    if len(locales) == 1 and locales[0].language_code != settings.LANGUAGE_CODE:
        locales[0].language_code = settings.LANGUAGE_CODE
        locales[0].save()
