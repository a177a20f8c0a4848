"""The content of the shop before a run: tables, products, shoppers."""

from decimal import Decimal

from django.core.management import call_command
from django.db import connection, connections, transaction
from django.test import Client

from products import stock
from products.models import Product, ProductIndexPage, ProductPage
from tests.chaos.editor import PRICES
from tests.chaos.storekeeper import FEW
from users.models import User

STOCKED = 2  # of these have a stock
PRODUCTS = ("Brass lamp", "Quilt", "Tea set", "Stool")


def make_tables() -> None:
    """Run the migrations."""
    call_command("migrate", interactive=False, verbosity=0)
    connections.close_all()


def fill(shoppers: int, sql: str) -> None:
    """Create products and shoppers. `sql` is what a planted bug changes in the database."""
    if sql:
        with connection.cursor() as cursor:
            cursor.execute(sql)
    for title, price in zip(PRODUCTS, PRICES, strict=False):
        _publish(title, price)
    for page in product_pages()[:STOCKED]:
        product = Product.objects.get(translation_key=page.product_key)
        with transaction.atomic():
            stock.count(product.pk, FEW, "first", seen=None)
    for number in range(shoppers):
        User.objects.create_user(f"shopper-{number}@example.com", "a-long-password")


def product_pages() -> tuple[ProductPage, ...]:
    """The pages of the products."""
    return tuple(ProductPage.objects.order_by("path"))


def cookies() -> list[dict[str, str]]:
    """The cookies of every shopper's browser, logged in."""
    return [
        _logged_in(user)
        for user in User.objects.filter(email__startswith="shopper-").order_by("pk")
    ]


def _publish(title: str, price: Decimal) -> None:
    page = ProductPage(title=title, price=price, summary=f"About the {title.lower()}.")
    ProductIndexPage.objects.get().add_child(instance=page)
    page.save_revision().publish()


def _logged_in(user: User) -> dict[str, str]:
    browser = Client()
    browser.force_login(user)
    return {name: morsel.value for name, morsel in browser.cookies.items()}
