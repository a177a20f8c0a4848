"""Create the demo content that is missing.

Existing content, which may be edited, stays as it is.
"""

import json
from decimal import ROUND_UP, Decimal
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.models import Group
from django.core.files.images import ImageFile
from django.db import transaction
from django.db.models import Q
from wagtail.images import get_image_model
from wagtail.models import Page

from home.demo import content
from home.demo.content import DemoProduct, DemoUser, Picture
from home.models import HomePage
from money import InvalidAmount, check_chargeable, to_minor
from orders.models import Installation
from products.models import Product, ProductIndexPage, ProductPage
from users.models import User

PICTURES = Path(__file__).with_name("pictures")


def reason_to_refuse() -> str:
    """Why this shop must not get demo content, as a sentence; empty if it may."""
    if not settings.SHOP_DEMO:
        return "This shop is not a demo (it has a Stripe key, or SHOP_DEMO is not true)."
    if staff := own_staff():
        return (
            f"This shop has staff of its own ({staff.email}). Demo content would be in their way."
        )
    return ""


def own_staff() -> User | None:
    """Return somebody who may enter an admin and is not one of the demo's users."""
    return _staff().exclude(email__in=[user.email for user in content.USERS]).first()


@transaction.atomic
def seed() -> tuple[int, int]:
    """Make what is missing, all or nothing. Return how many products and users were made."""
    _fill_texts()
    products = sum(_add_product(product) for product in content.PRODUCTS)
    users = sum(_add_user(user) for user in content.USERS)
    return products, users


def price_of(product: DemoProduct, currency: str) -> Decimal:
    """The product's price as this currency can be charged: in whole units where it has no smaller
    ones.
    """
    price = Decimal(product.price)
    try:
        check_chargeable(to_minor(price, currency), currency)
    except InvalidAmount:
        return price.quantize(Decimal(1), ROUND_UP)
    return price


def _staff() -> Any:
    """Everybody who may enter one of the admins."""
    enters = Q(groups__permissions__codename="access_admin") | Q(
        user_permissions__codename="access_admin"
    )
    return User.objects.filter(Q(is_staff=True) | Q(is_superuser=True) | enters)


def _fill_texts() -> None:
    """Write the first texts of pages that no editor has opened yet."""
    for home in HomePage.objects.filter(latest_revision=None):
        home.hero_title, home.hero_text = content.HERO_TITLE, content.HERO_TEXT
        _publish(home)
    for index in ProductIndexPage.objects.filter(latest_revision=None):
        index.intro = content.INDEX_INTRO
        _publish(index)


def _publish(page: Page) -> None:
    page.save_revision().publish()


def _add_product(product: DemoProduct) -> bool:
    index = ProductIndexPage.objects.first()
    if index is None or _exists(product):
        return False
    picture = _add_picture(product.picture)
    page = ProductPage(
        title=product.title,
        slug=product.slug,
        translation_key=_key(product),
        summary=product.summary,
        price=price_of(product, settings.SHOP_CURRENCY),
        image=picture,
        image_alt=product.picture.alt,
        gallery=_gallery(product),
        body=_body(product),
        live=False,
    )
    index.add_child(instance=page)
    _publish(page)
    return True


def _exists(product: DemoProduct) -> bool:
    """A product outlives its page, so one that an editor deleted stays away; and nobody's address
    is taken.
    """
    was_sold = Product.objects.filter(translation_key=_key(product))
    has_page = ProductPage.objects.filter(Q(translation_key=_key(product)) | Q(slug=product.slug))
    return was_sold.exists() or has_page.exists()


def _key(product: DemoProduct) -> UUID:
    """The same at every seeding, and another in every shop: two of them may share a Stripe account
    one day.
    """
    return uuid5(UUID(Installation.current_id()), product.slug)


def _gallery(product: DemoProduct) -> str:
    return json.dumps([_image_block(picture) for picture in product.gallery])


def _image_block(picture: Picture) -> dict[str, Any]:
    value = {"image": _add_picture(picture).pk, "alt_text": picture.alt, "decorative": False}
    return {"type": "image", "value": value}


def _body(product: DemoProduct) -> str:
    blocks: list[dict[str, Any]] = []
    for heading, text in product.story:
        blocks += [{"type": "heading", "value": heading}, {"type": "text", "value": text}]
    rows = [{"name": name, "value": value} for name, value in product.specifications]
    return json.dumps(
        [
            *blocks,
            {"type": "heading", "value": "Details"},
            {"type": "specifications", "value": rows},
        ]
    )


def _add_picture(picture: Picture) -> Any:
    name = f"{picture.file}.webp"
    with (PICTURES / name).open("rb") as file:
        title = picture.file.replace("-", " ").capitalize()
        return get_image_model().objects.create(
            title=title, description=picture.alt, file=ImageFile(file, name=name)
        )


def _add_user(demo: DemoUser) -> bool:
    if User.objects.filter(email=demo.email).exists():
        return False
    create = User.objects.create_superuser if demo.superuser else User.objects.create_user
    user = create(demo.email, content.PASSWORD)
    if demo.group:
        user.groups.add(Group.objects.get(name=demo.group))
    # Staff have theirs from the users app; the shopper's would wait for a mail.
    EmailAddress.objects.get_or_create(
        user=user, email=user.email, defaults={"verified": True, "primary": True}
    )
    return True
