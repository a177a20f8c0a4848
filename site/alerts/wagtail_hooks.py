"""Puts the screens into Wagtail's admin."""

from django.http import HttpRequest
from wagtail import hooks
from wagtail.admin.ui.components import Component
from wagtail.permissions import register_permission_policy

from admin_base.read_only import ReadOnlyPolicy
from alerts.models import Alert
from alerts.viewsets import AlertsPanel, AlertViewSet

# Before the viewset is made: the first to ask for a policy would fix Wagtail's own, which lets
# superusers edit.
policy = ReadOnlyPolicy(Alert, changeable=True)
register_permission_policy(Alert, policy, exact_class=True)


@hooks.register("register_admin_viewset")
def register_alerts() -> AlertViewSet:
    """Add "Alert" to the menu and to the addresses of the admin."""
    return AlertViewSet()


@hooks.register("construct_homepage_panels")
def add_panel(request: HttpRequest, panels: list[Component]) -> None:
    """Show the open alerts on the first screen to those who may view them."""
    if policy.user_has_permission(request.user, "view"):
        panels.append(AlertsPanel())
