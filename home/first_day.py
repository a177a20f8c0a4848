"""From an empty database to a shop that its owner can set up in the admin."""

from urllib.parse import urljoin

from allauth.account.forms import default_token_generator
from allauth.account.models import EmailAddress
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.contrib.auth.models import Group
from django.db import transaction
from django.urls import reverse

from home.legal_texts import DRAFT, LEGAL_TEXTS, LegalText
from home.models import HomePage, TextPage
from shop_settings.models import ShopSettings
from users.models import User
from users.roles import OWNERS, apply_roles


@transaction.atomic
def set_up(name: str, owner: str) -> User:
    """Name the shop, write the legal pages as drafts, and create the owner's account.

    `migrate` has created the home page, the list of products, Wagtail's Site and the groups. What
    exists is left as it is, so this can be repeated.
    """
    apply_roles()
    if not ShopSettings.objects.exists():
        ShopSettings.objects.create(name=name)
    add_legal_pages()
    return add_owner(owner)


def add_legal_pages(*, live: bool = False) -> None:
    """Write the legal pages that the settings do not name yet."""
    shop = ShopSettings.objects.order_by("pk").first() or ShopSettings()
    home = HomePage.objects.first()
    for text in LEGAL_TEXTS:
        if home and getattr(shop, text.setting) is None:
            setattr(shop, text.setting, legal_page(home, text, live=live))
    shop.save()


def legal_page(home: HomePage, text: LegalText, *, live: bool) -> TextPage:
    """One page of the text; one with its slug may exist already."""
    existing = TextPage.objects.child_of(home).filter(slug=text.slug).first()
    if existing:
        return existing
    body = text.body if live else f"<p><em>{DRAFT}</em></p>\n{text.body}"
    page = TextPage(title=str(text.title), slug=text.slug, body=body, live=False)
    home.add_child(instance=page)
    revision = page.save_revision()
    if live:
        revision.publish()
    return page


def add_owner(email: str) -> User:
    """The owner's account, with every permission in the admin but without a password."""
    user = User.objects.filter(email__iexact=email).first()
    if user is None:
        user = User.objects.create_user(email, password=None)
    user.groups.add(Group.objects.get(name=OWNERS.group))
    EmailAddress.objects.get_or_create(
        user=user, email=user.email, defaults={"verified": True, "primary": True}
    )
    return user


def password_link(user: User) -> str:
    """The address at which the user chooses a password; it works once, and for some days."""
    key = default_token_generator.make_token(user)
    arguments = {"uidb36": user_pk_to_url_str(user), "key": key}
    path = reverse("account_reset_password_from_key", kwargs=arguments)
    return urljoin(settings.SITE_URL, path)
