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
from home.first_day import add_legal_pages
from home.models import HomePage
from money import InvalidAmount, check_chargeable, to_minor
from orders.models import Installation
from products.models import Product, ProductIndexPage, ProductPage
from shop_settings.models import ShopSettings
from users.models import User

PICTURES = Path(__file__).with_name("pictures")


def reason_to_refuse() -> str:
    """Why this shop must not get demo content, in a sentence; empty if it may."""
    if not settings.SHOP_DEMO:
        return "This shop is not a demo (it has a Stripe key, or SHOP_DEMO is not true)."
    if member := own_staff():
        return (
            f"This shop has staff of its own ({member.email}). Demo content is for a new demo only."
        )
    return ""


def own_staff() -> User | None:
    """A member of staff who is not one of the demo users, or None."""
    return staff().exclude(email__in=[user.email for user in content.USERS]).first()


@transaction.atomic
def seed() -> tuple[int, int]:
    """Create what is missing, all or nothing. Returns how many products and users were created."""
    name_shop()
    fill_in_texts()
    products = sum(add_product(product) for product in content.PRODUCTS)
    users = sum(add_user(user) for user in content.USERS)
    return products, users


def price_of(product: DemoProduct, currency: str) -> Decimal:
    """The product's price, rounded up to whole units if the currency has no smaller ones."""
    price = Decimal(product.price)
    try:
        check_chargeable(to_minor(price, currency), currency)
    except InvalidAmount:
        return price.quantize(Decimal(1), ROUND_UP)
    return price


def staff() -> Any:
    """Everybody who may log in to one of the admins."""
    has_access = Q(groups__permissions__codename="access_admin") | Q(
        user_permissions__codename="access_admin"
    )
    return User.objects.filter(Q(is_staff=True) | Q(is_superuser=True) | has_access)


def name_shop() -> None:
    """Name the shop and publish its legal pages, unless somebody has saved its settings."""
    if not ShopSettings.objects.exists():
        ShopSettings.objects.create(**content.SHOP)
        add_legal_pages(live=True)


def fill_in_texts() -> None:
    """Write the first texts of pages that no editor has changed yet."""
    for home in HomePage.objects.filter(latest_revision=None):
        home.hero_title, home.hero_text = content.HERO_TITLE, content.HERO_TEXT
        publish(home)
    for index in ProductIndexPage.objects.filter(latest_revision=None):
        index.intro = content.INDEX_INTRO
        publish(index)


def publish(page: Page) -> None:
    """Publish a page as the editor's button does."""
    page.save_revision().publish()


def add_product(product: DemoProduct) -> bool:
    """Create the page of a product, unless it exists or has existed."""
    index = ProductIndexPage.objects.first()
    if index is None or exists(product):
        return False
    picture = add_picture(product.picture)
    page = ProductPage(
        title=product.title,
        slug=product.slug,
        translation_key=key_of(product),
        summary=product.summary,
        price=price_of(product, settings.SHOP_CURRENCY),
        image=picture,
        image_alt=product.picture.alt,
        gallery=gallery_of(product),
        body=body_of(product),
        live=False,
    )
    index.add_child(instance=page)
    publish(page)
    return True


def exists(product: DemoProduct) -> bool:
    """Whether the product, which outlives its page, or another page with its address exists."""
    was_sold = Product.objects.filter(translation_key=key_of(product))
    has_page = ProductPage.objects.filter(Q(translation_key=key_of(product)) | Q(slug=product.slug))
    return was_sold.exists() or has_page.exists()


def key_of(product: DemoProduct) -> UUID:
    """The product's key: always the same in one shop, and another in every shop, because two shops
    may share a Stripe account.
    """
    return uuid5(UUID(Installation.current_id()), product.slug)


def gallery_of(product: DemoProduct) -> str:
    """The value of the gallery field."""
    return json.dumps([image_block(picture) for picture in product.gallery])


def image_block(picture: Picture) -> dict[str, Any]:
    """One picture of a gallery."""
    value = {"image": add_picture(picture).pk, "alt_text": picture.alt, "decorative": False}
    return {"type": "image", "value": value}


def body_of(product: DemoProduct) -> str:
    """The value of the body field."""
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


def add_picture(picture: Picture) -> Any:
    """Upload one picture."""
    name = f"{picture.file}.webp"
    with (PICTURES / name).open("rb") as file:
        title = picture.file.replace("-", " ").capitalize()
        return get_image_model().objects.create(
            title=title, description=picture.alt, file=ImageFile(file, name=name)
        )


def add_user(demo: DemoUser) -> bool:
    """Create one user, unless the address exists."""
    if User.objects.filter(email=demo.email).exists():
        return False
    create = User.objects.create_superuser if demo.superuser else User.objects.create_user
    user = create(demo.email, content.PASSWORD)
    if demo.group:
        user.groups.add(Group.objects.get(name=demo.group))
    # The users app does this for staff; the shopper would have to confirm the address by email.
    EmailAddress.objects.get_or_create(
        user=user, email=user.email, defaults={"verified": True, "primary": True}
    )
    return True
