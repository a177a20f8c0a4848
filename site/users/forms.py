"""Forms of Wagtail's user screens: names are optional, and email addresses ignore case."""

from django import forms
from django.utils.translation import gettext_lazy as _
from wagtail.users.forms import UserCreationForm as WagtailUserCreationForm
from wagtail.users.forms import UserEditForm as WagtailUserEditForm
from wagtail.users.forms import UserForm as WagtailUserForm

from .models import TAKEN, User


class EmailUserForm(WagtailUserForm):
    """What adding and editing a user share."""

    first_name = forms.CharField(required=False, label=_("First name"))
    last_name = forms.CharField(required=False, label=_("Last name"))
    error_messages = {**WagtailUserForm.error_messages, "duplicate_username": TAKEN}

    def clean_email(self) -> str:
        """Lower the case, and reject the verified second address of another account.

        Wagtail itself checks `User.email`.
        """
        email = User.objects.normalize_email(self.cleaned_data["email"])
        others = User.objects.exclude(pk=self.instance.pk)
        if (
            others.filter(emailaddress__email=email, emailaddress__verified=True)
            .exclude(email=email)
            .exists()
        ):
            raise forms.ValidationError(TAKEN, code="duplicate_username")
        return email


class UserCreationForm(EmailUserForm, WagtailUserCreationForm):
    """Add a user in Wagtail."""


class UserEditForm(EmailUserForm, WagtailUserEditForm):
    """Edit a user in Wagtail."""
