"""Wagtail publishes and unpublishes in many ways, and each sends other signals and calls other
hooks. However a page changes, Stripe ends up with what shoppers see.

Each test below is a row of the table of what Wagtail 8 sends: `page_published` and
`page_unpublished` (some within a transaction, some not, some not at all) and the admin's hooks.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from wagtail.models import GroupApprovalTask, Page, Revision, Workflow, WorkflowTask

from products.models import PricePeriod, ProductPage
from products.sync import sync_catalogue
from stripe_sandbox import Sandbox
from tests.conftest import publish
from tests.products.conftest import AtStripe, page_form
from users.models import User

OLD, NEW = 149900, 199900
HOUR = timedelta(hours=1)


def draft(page: ProductPage, price: str = "1999.00") -> Revision:
    """A revision with another price that is not published."""
    fresh = ProductPage.objects.get(pk=page.pk)
    fresh.price = Decimal(price)
    return fresh.save_revision()


def edit_url(page: ProductPage) -> str:
    return f"/admin/pages/{page.pk}/edit/"


def revision_published_in_code(page: ProductPage, editor: Client) -> None:
    draft(page).publish()


def live_page_saved(page: ProductPage, editor: Client) -> None:
    fresh = ProductPage.objects.get(pk=page.pk)
    fresh.price = Decimal("1999.00")
    fresh.save()


def editor_publishes(page: ProductPage, editor: Client) -> None:
    assert editor.post(edit_url(page), page_form(price="1999.00")).status_code == 302


def editor_saves_a_draft(page: ProductPage, editor: Client) -> None:
    assert editor.post(edit_url(page), page_form(action="", price="1999.00")).status_code == 302


def editor_reverts_and_publishes(page: ProductPage, editor: Client) -> None:
    publish(page, price=Decimal("1999.00"))
    first = publish(page, price=Decimal("1499.00")).latest_revision
    assert editor.get(f"/admin/pages/{page.pk}/revisions/{first.pk - 1}/revert/").status_code == 200
    form = page_form(price="1999.00", revision=str(first.pk - 1))
    assert editor.post(edit_url(page), form).status_code == 302


def schedule(page: ProductPage, after: timedelta) -> None:
    fresh = ProductPage.objects.get(pk=page.pk)
    fresh.price, fresh.go_live_at = Decimal("1999.00"), timezone.now() + after
    fresh.save_revision().publish()


def live_page_is_scheduled(page: ProductPage, editor: Client) -> None:
    schedule(page, HOUR)


def unpublished_page_is_scheduled(page: ProductPage, editor: Client) -> None:
    page.unpublish()
    schedule(page, HOUR)


def schedule_goes_live(page: ProductPage, editor: Client) -> None:
    schedule(page, timedelta(seconds=1))
    time.sleep(1.1)
    call_command("publish_scheduled")


def schedule_expires(page: ProductPage, editor: Client) -> None:
    Page.objects.filter(pk=page.pk).update(expire_at=timezone.now() - timedelta(seconds=1))
    call_command("publish_scheduled")


def bulk_publish(page: ProductPage, editor: Client) -> None:
    draft(page)
    url = f"/admin/bulk/wagtailcore/page/publish/?id={page.pk}&next=/admin/pages/"
    assert editor.post(url, {"include_descendants": ""}).status_code == 302


def bulk_unpublish(page: ProductPage, editor: Client) -> None:
    url = f"/admin/bulk/wagtailcore/page/unpublish/?id={page.pk}&next=/admin/pages/"
    assert editor.post(url, {"include_descendants": ""}).status_code == 302


def editor_unpublishes(page: ProductPage, editor: Client) -> None:
    assert editor.post(f"/admin/pages/{page.pk}/unpublish/").status_code == 302


def workflow_is_approved(page: ProductPage, editor: Client) -> None:
    admin = User.objects.create_superuser("admin@example.com", "a-long-password")
    workflow = Workflow.objects.create(name="Two eyes")
    task = GroupApprovalTask.objects.create(name="Look")
    WorkflowTask.objects.create(workflow=workflow, task=task, sort_order=1)
    draft(page)
    state = workflow.start(ProductPage.objects.get(pk=page.pk), admin)
    state.current_task_state.approve(user=admin)


def copy_kept_live(page: ProductPage, editor: Client) -> None:
    attributes = {"title": "Copy", "slug": "copy", "price": Decimal("1999.00")}
    page.copy(update_attrs=attributes, keep_live=True)


def copy_as_draft(page: ProductPage, editor: Client) -> None:
    page.copy(update_attrs={"title": "Copy", "slug": "copy"}, keep_live=False)


def alias_of_live_page(page: ProductPage, editor: Client) -> None:
    page.create_alias(update_slug="again")


def source_of_alias_is_published(page: ProductPage, editor: Client) -> None:
    alias_of_live_page(page, editor)
    editor_publishes(page, editor)


def source_of_alias_is_unpublished(page: ProductPage, editor: Client) -> None:
    alias_of_live_page(page, editor)
    editor_unpublishes(page, editor)


def published_with_a_new_slug(page: ProductPage, editor: Client) -> None:
    assert editor.post(edit_url(page), page_form(price="1999.00", slug="lamp")).status_code == 302


def moved(page: ProductPage, editor: Client) -> None:
    page.copy(update_attrs={"title": "Copy", "slug": "copy"}, keep_live=False)
    page.move(page.get_parent(), pos="last-child")


def deleted(page: ProductPage, editor: Client) -> None:
    assert editor.post(f"/admin/pages/{page.pk}/delete/").status_code == 302


def parent_deleted(page: ProductPage, editor: Client) -> None:
    parent = page.get_parent()
    assert editor.post(f"/admin/pages/{parent.pk}/delete/").status_code == 302


@dataclass(frozen=True)
class Row:
    """One way, the price that Stripe charges afterwards (None: none), and all prices in history."""

    act: Callable[[ProductPage, Client], None]
    charged: int | None
    history: list[int]


TABLE = [
    Row(revision_published_in_code, NEW, [OLD, NEW]),
    Row(live_page_saved, NEW, [OLD, NEW]),
    Row(editor_publishes, NEW, [OLD, NEW]),
    Row(editor_saves_a_draft, OLD, [OLD]),
    Row(editor_reverts_and_publishes, NEW, [OLD, NEW, OLD, NEW]),
    Row(live_page_is_scheduled, OLD, [OLD]),
    Row(unpublished_page_is_scheduled, None, [OLD]),
    Row(schedule_goes_live, NEW, [OLD, NEW]),
    Row(schedule_expires, None, [OLD]),
    Row(bulk_publish, NEW, [OLD, NEW]),
    Row(bulk_unpublish, None, [OLD]),
    Row(editor_unpublishes, None, [OLD]),
    Row(workflow_is_approved, NEW, [OLD, NEW]),
    Row(copy_kept_live, OLD, [OLD]),
    Row(copy_as_draft, OLD, [OLD]),
    Row(alias_of_live_page, OLD, [OLD]),
    Row(source_of_alias_is_published, NEW, [OLD, NEW]),
    Row(source_of_alias_is_unpublished, None, [OLD]),
    Row(published_with_a_new_slug, NEW, [OLD, NEW]),
    Row(moved, OLD, [OLD]),
    Row(deleted, None, [OLD]),
    Row(parent_deleted, None, [OLD]),
]


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.act.__name__)
def test_stripe_ends_up_with_what_shoppers_see(
    editor: Client, sandbox: Sandbox, at_stripe: AtStripe, synced_lamp: ProductPage, row: Row
) -> None:
    page = publish(synced_lamp)  # as every page that an editor has made, it has a revision
    row.act(page, editor)
    assert sync_catalogue() == []
    assert at_stripe.charged(synced_lamp) == row.charged
    periods = PricePeriod.objects.filter(product__translation_key=synced_lamp.translation_key)
    assert [period.amount for period in periods] == row.history
    assert periods.filter(until=None).exists() == (row.charged is not None)
    live = ProductPage.objects.for_sale().filter(pk=synced_lamp.pk).first()
    assert (live.unit_amount if live else None) == row.charged
    copies = at_stripe.products()
    assert copies == (["Brass lamp", "Copy"] if row.act is copy_kept_live else ["Brass lamp"])
    sandbox.requests.clear()
    assert sync_catalogue() == [] and sandbox.requests == []
