"""Users, who log in with their email address, and the record of the roles' permissions."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import BaseUserManager
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

TAKEN = _("Another account uses this address.")


class UserManager(BaseUserManager["User"]):
    """Creates and finds users by email address."""

    @classmethod
    def normalize_email(cls, email: str | None) -> str:
        """The address as we store it: without surrounding spaces and in lower case, including the
        part before the @.
        """
        return (email or "").strip().lower()

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Save and return a user.

        Raises ValueError without an email address. A user without a password cannot log in.
        """
        if not email:
            raise ValueError("A user needs an email address.")
        user = self.model(email=email, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Save and return a superuser."""
        return self.create_user(
            email, password, **{"is_staff": True, "is_superuser": True, **fields}
        )

    def get_by_natural_key(self, username: str | None) -> "User":
        """Find a user by email address in any case. Raises User.DoesNotExist."""
        return self.get(email=self.normalize_email(username))


class User(AbstractUser):
    """One person. The email address is the login; it is unique regardless of case."""

    username = None  # type: ignore[assignment]  # AbstractUser declares it; the email address replaces it
    email = models.EmailField(_("email address"), unique=True, error_messages={"unique": TAKEN})

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects: ClassVar[UserManager] = UserManager()  # type: ignore[assignment]  # django-stubs wants AbstractUser's own

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = [
            # Writes without save() (update, bulk_create, SQL) must not create a second
            # "Ann@example.com" either.
            models.UniqueConstraint(
                Lower("email"),
                name="users_user_email_unique_without_case",
                violation_error_message=TAKEN,
            )
        ]

    def __str__(self) -> str:
        return self.email

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save, with the email address in lower case."""
        self.email = UserManager.normalize_email(self.email)
        super().save(*args, **kwargs)


class AppliedPermission(models.Model):
    """A permission that `roles.py` has given to a role, so that it is never given twice."""

    role = models.CharField(max_length=150)
    permission = models.CharField(max_length=255)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["role", "permission"], name="users_applied_permission_unique"
            )
        ]

    def __str__(self) -> str:
        return f"{self.role}: {self.permission}"
