"""The emails about accounts: what allauth asks us to send, with texts of our own.

They contain links that open an account, so their texts are deleted once they are sent.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urljoin
from uuid import uuid4

from django.conf import settings
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from mail.outbox import enqueue
from mail.registry import Content, EmailKind, Link, Paragraph, declare
from shop_settings.models import ShopSettings
from users.models import User

SAMPLE = {"email": "ann@example.com", "url": f"{settings.SITE_URL}/accounts/example/"}


def with_one_link(
    title: str, opening: str, ending: str, data: Mapping[str, Any], button: str = ""
) -> Content:
    """An email with one link. The texts may name the shop, the email address and another one."""
    values = {
        "shop": ShopSettings.current().name,
        "email": data["email"],
        "address": data.get("address", ""),
    }
    link = Link(button or title, data["url"])
    return Content(title, (Paragraph(opening % values), link, Paragraph(ending % values)))


def confirm_address(data: Mapping[str, Any]) -> Content:
    """Somebody entered this address for an account."""
    return with_one_link(
        _("Confirm your email address"),
        _("To confirm that %(email)s is your email address, open this link and press the button."),
        _("If you did not create an account at %(shop)s, you can ignore this email."),
        data,
    )


def reset_password(data: Mapping[str, Any]) -> Content:
    """Somebody who has an account forgot its password."""
    return with_one_link(
        _("Choose a new password"),
        _("Somebody, probably you, asked for a new password for your account at %(shop)s."),
        _("If it was not you, you can ignore this email. Your password has not changed."),
        data,
    )


def no_account(data: Mapping[str, Any]) -> Content:
    """Somebody asked for a new password for an address without an account."""
    opening = _(
        "Somebody, probably you, asked for a new password at %(shop)s for %(email)s. There is no"
        " account with this email address. You may have signed up with another address."
    )
    title = _("There is no account with your email address")
    return with_one_link(
        title,
        opening,
        _("If it was not you, you can ignore this email."),
        data,
        _("Create an account"),
    )


def account_exists(data: Mapping[str, Any]) -> Content:
    """Somebody signed up with an address that has an account."""
    opening = _(
        "Somebody, probably you, tried to create an account at %(shop)s with your email address,"
        " %(email)s. It already has an account. If you have forgotten your password, you can choose"
        " a new one."
    )
    title = _("You already have an account")
    return with_one_link(
        title,
        opening,
        _("If it was not you, you can ignore this email."),
        data,
        _("Choose a new password"),
    )


def account_changed(data: Mapping[str, Any]) -> Content:
    """Somebody changed how the account is opened."""
    texts = {
        "password": _("The password of your account at %(shop)s was changed."),
        "email_added": _("The email address %(address)s was added to your account at %(shop)s."),
        "email_changed": _("Your account at %(shop)s now uses the email address %(address)s."),
        "email_deleted": _("%(address)s was removed from your account at %(shop)s."),
        "two_factor_on": _("Two-factor login was turned on for your account at %(shop)s."),
        "two_factor_off": _("Two-factor login was turned off for your account at %(shop)s."),
        "recovery_codes": _("New recovery codes were made for your account at %(shop)s."),
    }
    return with_one_link(
        _("Your account was changed"),
        texts[data["change"]],
        _("If it was not you, choose a new password now, and write to us."),
        data,
        _("Your account"),
    )


CONFIRM = declare(
    "account-confirm",
    gettext_lazy("Confirm an email address"),
    confirm_address,
    lambda: confirm_address(SAMPLE),
)
RESET = declare(
    "account-password",
    gettext_lazy("Choose a new password"),
    reset_password,
    lambda: reset_password(SAMPLE),
)
NO_ACCOUNT = declare(
    "account-unknown",
    gettext_lazy("No account with this address"),
    no_account,
    lambda: no_account(SAMPLE),
)
EXISTS = declare(
    "account-exists",
    gettext_lazy("The account exists already"),
    account_exists,
    lambda: account_exists(SAMPLE),
)
CHANGED = declare(
    "account-changed",
    gettext_lazy("The account was changed"),
    account_changed,
    lambda: account_changed({**SAMPLE, "change": "password", "address": ""}),
)

ALL_KINDS = tuple(kind.key for kind in (CONFIRM, RESET, NO_ACCOUNT, EXISTS, CHANGED))

# allauth names an email by the path of its template, and passes the address of its link under a
# name of its own ("Templates" in allauth's documentation).
KINDS: dict[str, tuple[EmailKind, str]] = {
    "account/email/email_confirmation_signup": (CONFIRM, "activate_url"),
    "account/email/email_confirmation": (CONFIRM, "activate_url"),
    "account/email/password_reset_key": (RESET, "password_reset_url"),
    "account/email/unknown_account": (NO_ACCOUNT, "signup_url"),
    "account/email/account_already_exists": (EXISTS, "password_reset_url"),
}


# What has changed, and the name under which allauth passes the email address that it is about.
NOTICES = {
    "account/email/password_changed": ("password", ""),
    "account/email/password_reset": ("password", ""),
    "account/email/password_set": ("password", ""),
    "account/email/email_changed": ("email_changed", "to_email"),
    "account/email/email_deleted": ("email_deleted", "deleted_email"),
    "mfa/email/totp_activated": ("two_factor_on", ""),
    "mfa/email/totp_deactivated": ("two_factor_off", ""),
    "mfa/email/recovery_codes_generated": ("recovery_codes", ""),
}


def about(user: User | None) -> str:
    """How the `subject_key` of an email about an account begins. An email to an address without an
    account is about nobody's.
    """
    return f"account:{user.pk}:" if user else "account:"


def write_notice(change: str, user: User | None, email: str, address: str = "") -> None:
    """Write an email to the owner of an account, at this address, about what was changed."""
    url = urljoin(settings.SITE_URL, reverse("account"))
    write(CHANGED, user, email, url, change=change, address=address)


def write(kind: EmailKind, user: User | None, email: str, url: str, **data: str) -> None:
    """Write one of these emails into the outbox."""
    enqueue(
        kind,
        subject_key=f"{about(user)}{uuid4()}",
        recipient=email,
        language=get_language() or settings.LANGUAGE_CODE,
        data={"email": email, "url": url, **data},
        is_secret=True,
    )
