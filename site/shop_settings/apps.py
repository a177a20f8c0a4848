"""The shop settings app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ShopSettingsConfig(AppConfig):
    """Has one model with at most one row."""

    name = "shop_settings"
    verbose_name = _("shop settings")
