"""Puts the screens into Wagtail's admin."""

from django.http import HttpRequest
from wagtail import hooks
from wagtail.admin.ui.components import Component
from wagtail.permissions import register_permission_policy

from attention.models import Attention
from attention.read_only import ReadOnlyPolicy
from attention.viewsets import AttentionPanel, AttentionViewSet

# Before the viewset is made: the first to ask for a policy would fix Wagtail's own, which lets superusers edit.
policy = ReadOnlyPolicy(Attention, changeable=True)
register_permission_policy(Attention, policy, exact_class=True)


@hooks.register("register_admin_viewset")
def register_attention() -> AttentionViewSet:
    """Add "Attention" to the menu and to the addresses of the admin."""
    return AttentionViewSet()


@hooks.register("construct_homepage_panels")
def add_panel(request: HttpRequest, panels: list[Component]) -> None:
    """Tell those who may view, on the first screen they see."""
    if policy.user_has_permission(request.user, "view"):
        panels.append(AttentionPanel())
