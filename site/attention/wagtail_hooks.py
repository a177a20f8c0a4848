"""Puts the listing into Wagtail's admin."""

from wagtail import hooks
from wagtail.permissions import register_permission_policy

from attention.models import Attention
from attention.viewsets import AttentionViewSet, ReadOnlyPolicy

# Before the viewset is made: the first to ask for a policy would fix Wagtail's own, which lets superusers edit.
register_permission_policy(Attention, ReadOnlyPolicy(Attention), exact_class=True)


@hooks.register("register_admin_viewset")
def register_attention() -> AttentionViewSet:
    """Add "Attention" to the menu and to the addresses of the admin."""
    return AttentionViewSet()
