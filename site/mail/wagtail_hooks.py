"""Adds emails to Wagtail's admin."""

from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.log_actions import LogActionRegistry
from wagtail.permissions import register_permission_policy

from admin_base.read_only import ReadOnlyPolicy
from mail.models import Message
from mail.viewsets import SEND_AGAIN, MessageViewSet

# Before the viewset is created; see orders/wagtail_hooks.py.
register_permission_policy(Message, ReadOnlyPolicy(Message, changeable=True), exact_class=True)


@hooks.register("register_admin_viewset")
def register_mail() -> MessageViewSet:
    """Add "Emails" to the menu and to the URLs of the admin."""
    return MessageViewSet()


@hooks.register("register_log_actions")
def name_actions(actions: LogActionRegistry) -> None:
    """Name what staff did, for Wagtail's history of the site."""
    actions.register_action(SEND_AGAIN, _("Send an email again"), _("Sent an email again"))
