"""Wagtail's user screens with an e-mail where the username was."""

from django.utils.functional import cached_property
from wagtail.admin.ui.tables import Column
from wagtail.users.views.users import IndexView as WagtailIndexView
from wagtail.users.views.users import UserViewSet as WagtailUserViewSet

from .forms import UserCreationForm, UserEditForm
from .models import User


class IndexView(WagtailIndexView):
    """The list of users."""

    @cached_property
    def columns(self) -> list[Column]:
        """Wagtail's columns; the one it calls Username holds the e-mail."""
        columns = super().columns
        for column in columns:
            if column.name == User.USERNAME_FIELD:
                column.label = "E-mail"
        return columns


class UserViewSet(WagtailUserViewSet):
    """Settings → Users."""

    index_view_class = IndexView

    def get_form_class(self, for_update: bool = False) -> type[UserCreationForm | UserEditForm]:
        """Give our form for adding or editing."""
        return UserEditForm if for_update else UserCreationForm
