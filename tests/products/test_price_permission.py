"""Whoever lacks the permission can publish texts and pictures, but never a price."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from wagtail.models import GroupApprovalTask, Page, Workflow, WorkflowTask

from products.models import ProductIndexPage, ProductPage
from tests.conftest import publish
from tests.products.conftest import page_form
from tests.staff import make_staff
from users.models import User

LIVE, NEW = Decimal("1499.00"), Decimal("9.00")


@pytest.fixture
def page(lamp: ProductPage) -> ProductPage:
    return publish(lamp)


@pytest.fixture
def editor(db: None) -> User:
    return make_staff(role="Editors", email="editor@example.com")


@pytest.fixture
def price_editor(db: None) -> User:
    return make_staff(role="Price editors", email="price-editor@example.com")


def browser_of(user: User) -> Client:
    browser = Client()
    browser.force_login(user)
    return browser


def edit(user: User, page: ProductPage, **fields: Any) -> Any:
    """Press Publish in the page editor."""
    address = f"/admin/pages/{page.pk}/edit/"
    form = page_form(title=page.title, slug=page.slug, **fields)
    return browser_of(user).post(address, form, follow=True)


def draft(page: ProductPage, price: Decimal = NEW) -> ProductPage:
    """Somebody's draft with another price."""
    changed = ProductPage.objects.get(pk=page.pk)
    changed.price = price
    changed.save_revision()
    return ProductPage.objects.get(pk=page.pk)


def live_price(page: Page) -> Decimal | None:
    return ProductPage.objects.get(pk=page.pk).price


def test_an_editor_publishes_texts(editor: User, page: ProductPage) -> None:
    edit(editor, page, price="1499.00", summary="New words")
    published = ProductPage.objects.get(pk=page.pk)
    assert (published.summary, published.price) == ("New words", LIVE)


def test_an_editors_new_price_is_a_draft_and_the_editor_gets_a_message(
    editor: User, page: ProductPage
) -> None:
    answer = edit(editor, page, price="9.00")
    assert live_price(page) == LIVE
    assert ProductPage.objects.get(pk=page.pk).get_latest_revision_as_object().price == NEW
    assert "only price editors may publish a new price" in answer.text


def test_a_price_editor_publishes_it(price_editor: User, page: ProductPage) -> None:
    edit(price_editor, page, price="9.00")
    assert live_price(page) == NEW


def test_an_editor_cannot_publish_somebody_elses_draft(editor: User, page: ProductPage) -> None:
    changed = draft(page)
    assert not changed.permissions_for_user(editor).can_publish()
    answer = browser_of(editor).post(
        f"/admin/bulk/wagtailcore/page/publish/?id={page.pk}&next=/admin/", follow=True
    )
    assert answer.status_code == 200
    assert live_price(page) == LIVE


@pytest.mark.parametrize(("name", "expected"), [("editor", LIVE), ("price_editor", NEW)])
def test_approving_a_workflow_publishes_no_price_without_the_permission(
    request: pytest.FixtureRequest, page: ProductPage, name: str, expected: Decimal
) -> None:
    user: User = request.getfixturevalue(name)
    task = GroupApprovalTask.objects.create(name="Check")
    task.groups.set(user.groups.all())
    workflow = Workflow.objects.create(name="Checking")
    WorkflowTask.objects.create(workflow=workflow, task=task)
    state = workflow.start(draft(page), user)
    browser_of(user).post(
        f"/admin/pages/workflow/action/{page.pk}/approve/{state.current_task_state.pk}/"
    )
    assert live_price(page) == expected


def test_an_editor_cannot_revert_to_an_old_price(editor: User, page: ProductPage) -> None:
    old = page.latest_revision
    page = publish(page, price=NEW)
    form = page_form(price="1499.00", revision=old.pk)
    browser_of(editor).post(f"/admin/pages/{page.pk}/revisions/{old.pk}/revert/", form)
    browser_of(editor).post(f"/admin/pages/{page.pk}/edit/", form)
    assert live_price(page) == NEW


def test_an_editor_cannot_make_a_product_that_is_for_sale(
    editor: User, price_editor: User, page: ProductPage
) -> None:
    index = ProductIndexPage.objects.get()
    address = f"/admin/pages/add/products/productpage/{index.pk}/"
    browser_of(editor).post(address, page_form(title="Vase", slug="vase"))
    assert ProductPage.objects.get(slug="vase").live is False
    browser_of(price_editor).post(address, page_form(title="Bowl", slug="bowl"))
    assert ProductPage.objects.get(slug="bowl").live is True


def test_a_copy_by_an_editor_is_a_draft(editor: User, page: ProductPage) -> None:
    form = {
        "new_title": "Copy",
        "new_slug": "copy",
        "new_parent_page": page.get_parent().pk,
        "publish_copies": "on",
    }
    browser_of(editor).post(f"/admin/pages/{page.pk}/copy/", form)
    made = ProductPage.objects.filter(slug="copy")
    assert not made.filter(live=True).exists()
