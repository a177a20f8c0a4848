"""Wagtail's user screens, with the email address instead of a username."""

from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from wagtail.admin.ui.tables import Column
from wagtail.users.views.users import IndexView as WagtailIndexView
from wagtail.users.views.users import UserViewSet as WagtailUserViewSet

from .forms import UserCreationForm, UserEditForm
from .models import User


class IndexView(WagtailIndexView):
    """The list of users."""

    @cached_property
    def columns(self) -> list[Column]:
        """Wagtail's columns; the one that it calls Username contains the email address."""
        columns = super().columns
        for column in columns:
            if column.name == User.USERNAME_FIELD:
                column.label = _("Email")
        return columns


class UserViewSet(WagtailUserViewSet):
    """Settings → Users."""

    index_view_class = IndexView

    def get_form_class(self, for_update: bool = False) -> type[UserCreationForm | UserEditForm]:
        """Our form for adding or editing."""
        return UserEditForm if for_update else UserCreationForm
