"""Wagtail's user and group screens: with the email address instead of a username, and without ways
to get more permissions than one has.
"""

from typing import Any

from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from wagtail.admin.ui.tables import Column
from wagtail.users.views import groups, users
from wagtail.users.views.users import IndexView as WagtailIndexView
from wagtail.users.views.users import UserViewSet as WagtailUserViewSet

from users.grants import grants_of_groups, grants_of_user, groups_to_give

from .forms import UserCreationForm, UserEditForm
from .models import User


class IndexView(WagtailIndexView):
    """The list of staff. Shoppers are under Customers."""

    def get_base_queryset(self) -> Any:
        """Those who have a role, or permissions of their own."""
        has_role = Q(groups__isnull=False) | Q(user_permissions__isnull=False)
        is_more = Q(is_staff=True) | Q(is_superuser=True)
        return super().get_base_queryset().filter(has_role | is_more).distinct()

    @cached_property
    def columns(self) -> list[Column]:
        """Wagtail's columns; the one that it calls Username contains the email address."""
        columns = super().columns
        for column in columns:
            if column.name == User.USERNAME_FIELD:
                column.label = _("Email")
        return columns


def limit_grants(form: Any, actor: Any) -> Any:
    """Offer only the groups that the user has already or that the actor can give; and the
    superuser's tick box to superusers only.
    """
    if actor.is_superuser:
        return form
    form.fields.pop("is_superuser", None)
    if "groups" in form.fields:
        held = form.instance.groups.values("pk") if form.instance.pk else []
        offered = Q(pk__in=groups_to_give(actor)) | Q(pk__in=held)
        form.fields["groups"].queryset = Group.objects.filter(offered)
    return form


def refuse_superuser(actor: Any, user: User) -> None:
    """Raise PermissionDenied if somebody else wants to change a superuser."""
    if user.is_superuser and not actor.is_superuser:
        raise PermissionDenied


class CreateView(users.CreateView):
    """Add a user."""

    def get_form(self, *args: Any, **kwargs: Any) -> Any:
        """The form, limited to what this user may give."""
        return limit_grants(super().get_form(*args, **kwargs), self.request.user)


class EditView(users.EditView):
    """Edit a user."""

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """Find the user. Raises PermissionDenied."""
        super().setup(request, *args, **kwargs)
        refuse_superuser(request.user, self.object)

    def get_form(self, *args: Any, **kwargs: Any) -> Any:
        """The form, limited to what this user may give."""
        return limit_grants(super().get_form(*args, **kwargs), self.request.user)


class DeleteView(users.DeleteView):
    """Delete a user."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Raises PermissionDenied."""
        refuse_superuser(request.user, self.get_object())
        response: HttpResponse = super().dispatch(request, *args, **kwargs)
        return response


class UserViewSet(WagtailUserViewSet):
    """Settings → Users."""

    index_view_class = IndexView
    add_view_class = CreateView
    edit_view_class = EditView
    delete_view_class = DeleteView

    def get_form_class(self, for_update: bool = False) -> type[UserCreationForm | UserEditForm]:
        """Our form for adding or editing."""
        return UserEditForm if for_update else UserCreationForm


class LimitedGroupMixin:
    """Refuses a group that permits what its author may not do; nothing is saved then."""

    request: HttpRequest
    object: Group

    def process_form(self) -> HttpResponse:
        """Save the group. Raises PermissionDenied."""
        actor: Any = self.request.user
        held = set() if actor.is_superuser else grants_of_user(actor)
        before = grants_of_groups([self.object.pk]) if self.object.pk else set()
        with transaction.atomic():
            response: HttpResponse = super().process_form()  # type: ignore[misc]
            saved = grants_of_groups([self.object.pk]) if self.object and self.object.pk else set()
            if not actor.is_superuser and not saved <= held | before:
                raise PermissionDenied
        return response


class GroupCreateView(LimitedGroupMixin, groups.CreateView):
    """Add a group."""


class GroupEditView(LimitedGroupMixin, groups.EditView):
    """Edit a group."""


class GroupViewSet(groups.GroupViewSet):
    """Settings → Groups."""

    add_view_class = GroupCreateView
    edit_view_class = GroupEditView
