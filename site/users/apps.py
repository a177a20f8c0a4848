"""The users app, and the configuration of Wagtail's user screens."""

from django.apps import AppConfig
from django.core import checks
from django.db.models.signals import m2m_changed, post_migrate, post_save
from wagtail.users.apps import WagtailUsersAppConfig


class UsersConfig(AppConfig):
    """Our User model."""

    name = "users"
    default_auto_field = "django.db.models.BigAutoField"
    default = True

    def ready(self) -> None:
        """Declare the emails, send notices about new addresses, keep allauth's address rows in sync
        with users, and apply the roles after `migrate`.
        """
        # models must be loaded first
        from allauth.account.signals import email_added

        from . import (  # noqa: F401
            account_emails,
            notices,
            roles,
            two_factor,
            verified_addresses,
        )
        from .models import User

        email_added.connect(notices.on_email_added)
        two_factor.connect()

        post_save.connect(verified_addresses.on_user_saved, sender=User)
        m2m_changed.connect(verified_addresses.on_groups_changed, sender=User.groups.through)
        post_migrate.connect(roles.apply_after_migrate, sender=roles.last_app())
        checks.register(roles.check_names)


class WagtailUsersConfig(WagtailUsersAppConfig):
    """Replaces `wagtail.users` in INSTALLED_APPS."""

    user_viewset = "users.viewsets.UserViewSet"
    group_viewset = "users.viewsets.GroupViewSet"
