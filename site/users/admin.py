"""Users in Django's admin, and allauth's login instead of its own."""

from allauth.mfa import admin as two_factor_admin  # noqa: F401 - registers what is removed below
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin

from .models import User
from .views import django_admin_login

admin.site.login = django_admin_login  # type: ignore[method-assign,assignment]  # before admin.site.urls is read

# It would show the secrets of all staff. `manage.py turn_off_two_factor` does what is needed.
admin.site.unregister(Authenticator)


@admin.register(User)
class UserAdmin(DjangoUserAdmin[User]):
    """Django's own screens, with the email address instead of a username."""

    ordering = ["email"]
    list_display = ["email", "first_name", "last_name", "is_staff"]
    search_fields = ["email", "first_name", "last_name"]
    fieldsets = [
        (None, {"fields": ["email", "password"]}),
        ("Name", {"fields": ["first_name", "last_name"]}),
        (
            "Permissions",
            {"fields": ["is_active", "is_staff", "is_superuser", "groups", "user_permissions"]},
        ),
        ("Dates", {"fields": ["last_login", "date_joined"]}),
    ]
    add_fieldsets = [
        (
            None,
            {"classes": ["wide"], "fields": ["email", "usable_password", "password1", "password2"]},
        )
    ]
