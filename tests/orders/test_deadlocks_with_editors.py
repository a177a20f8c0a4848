"""An editor changes several products in one transaction while a shopper buys them."""

import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import pytest
from django.test import Client

from products.models import Product, ProductIndexPage, ProductPage
from stripe_sandbox import Sandbox
from tests.conftest import form
from tests.orders.selling import at_once, twin
from tests.orders.test_deadlocks import deadlocks
from tests.process_to_kill import held, those_who_wait
from users.models import User


def wait_for(waiting: int) -> None:
    end = time.monotonic() + 5
    while len(those_who_wait()) < waiting:
        assert time.monotonic() < end
        time.sleep(0.01)


def unpublish_in_bulk(editor: Client, pages: list[ProductPage]) -> Any:
    ids = "&".join(f"id={page.pk}" for page in pages)
    url = f"/admin/bulk/wagtailcore/page/unpublish/?{ids}&next=/admin/pages/"
    return editor.post(url, {"include_descendants": ""})


def delete_the_list(editor: Client, pages: list[ProductPage]) -> Any:
    index = ProductIndexPage.objects.get()
    return editor.post(
        f"/admin/pages/{index.pk}/delete/", {"confirm_site_name": "", "confirm": "yes"}
    )


@pytest.mark.parametrize("first", ["lamp", "quilt"])
@pytest.mark.parametrize("end", [unpublish_in_bulk, delete_the_list])
def test_unpublishing_several_pages_and_buying_them_do_not_deadlock(
    committed_db: None, synced: Sandbox, member: Client, lamp: ProductPage, quilt: ProductPage,
    client_of: Callable[[User], Client], end: Callable[..., Any], first: str,
) -> None:  # fmt: skip
    editor = client_of(User.objects.create_superuser("editor@example.com", "a-long-password"))
    if first == "quilt":
        quilt.move(lamp, pos="left")  # pages are locked in the order of the tree, prices by id
    before = deadlocks()

    def sell() -> Any:
        wait_for(1)  # the editor waits for the quilt
        return twin(member).post("/checkout/", form((lamp, 1), (quilt, 1)))

    def release(let_go: Callable[[], None]) -> None:
        with suppress(AssertionError):  # the shopper may have been first, or not have to wait
            wait_for(2)
        let_go()

    with held(Product.objects.filter(translation_key=quilt.translation_key)) as let_go:
        answers = at_once(partial(end, editor, [lamp, quilt]), sell, partial(release, let_go))
    assert answers[0].status_code == 302
    assert answers[1].status_code in (303, 400, 409)
    assert deadlocks() == before
