"""Forms of the account pages whose labels differ from allauth's."""

from typing import Any

from allauth.account import forms
from django.utils.translation import gettext_lazy as _


class LoginForm(forms.LoginForm):
    """Email address and password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["remember"].label = _("Keep me logged in")


class ChangePasswordForm(forms.ChangePasswordForm):
    """The current password, and the new one twice."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["oldpassword"].label = _("Current password")
        label_new_password(self)


class ResetPasswordKeyForm(forms.ResetPasswordKeyForm):
    """The new password twice, after the link in an email was opened."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        label_new_password(self)


def label_new_password(form: Any) -> None:
    """Label both fields."""
    form.fields["password1"].label = _("New password")
    form.fields["password2"].label = _("New password (again)")
