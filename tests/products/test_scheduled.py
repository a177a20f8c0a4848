"""A scheduled change that cannot be made stays scheduled, and staff are alerted."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone
from wagtail.models import Page, Revision

from alerts.models import Alert
from products.jobs import publish_scheduled
from products.models import ProductIndexPage, ProductPage
from tests.conftest import MakeProduct

pytestmark = pytest.mark.django_db


def schedule(**fields: Any) -> Revision:
    """Create a page as a draft that is to be published, and let its time come."""
    page = ProductPage(price="10.00", live=False, **fields)
    ProductIndexPage.objects.get().add_child(instance=page)
    page.go_live_at = timezone.now() + timedelta(hours=1)
    revision = page.save_revision()
    revision.publish()
    let_the_time_come(revision)
    return revision


def let_the_time_come(revision: Revision) -> None:
    past = timezone.now() - timedelta(seconds=1)
    content = {**revision.content, "go_live_at": past.isoformat()}
    Revision.objects.filter(pk=revision.pk).update(approved_go_live_at=past, content=content)


def take_the_slug_of(revision: Revision, make_product: MakeProduct) -> ProductPage:
    """Publish another page under the slug that the scheduled revision has."""
    page = ProductPage.objects.get(pk=revision.object_id)
    ProductPage.objects.filter(pk=page.pk).update(slug="moved-away")
    return make_product("Another", slug=page.slug)


def open_alerts() -> list[str]:
    return [row.key for row in Alert.objects.open()]


@pytest.mark.parametrize("run", [publish_scheduled, lambda: call_command("publish_scheduled")])
def test_a_slug_that_is_taken_keeps_the_schedule_until_the_clash_is_fixed(
    make_product: MakeProduct, run: Any
) -> None:
    revision = schedule(title="Lamp", slug="lamp")
    other = take_the_slug_of(revision, make_product)
    run()
    run()
    page = ProductPage.objects.get(pk=revision.object_id)
    assert not page.live
    revision.refresh_from_db()
    assert revision.approved_go_live_at
    alert = Alert.objects.open().get()
    assert alert.key == f"schedule-failed:{page.pk}"
    assert "The scheduled change of the page “Lamp” could not be made" in alert.message
    assert "already in use" in alert.message
    assert alert.url == f"/admin/pages/{page.pk}/edit/"

    other.slug = "another"
    other.save_revision().publish()
    run()
    page.refresh_from_db()
    assert page.live and page.slug == "lamp"
    assert open_alerts() == []


def test_one_change_that_fails_does_not_stop_the_others(make_product: MakeProduct) -> None:
    failing = schedule(title="Lamp", slug="lamp")
    take_the_slug_of(failing, make_product)
    fine = schedule(title="Quilt", slug="quilt")
    publish_scheduled()
    assert Page.objects.get(pk=fine.object_id).live
    assert not Page.objects.get(pk=failing.object_id).live
    assert len(open_alerts()) == 1


def test_an_error_of_another_kind_raises_an_alert_too() -> None:
    revision = schedule(title="Lamp", slug="lamp")
    content = {**revision.content, "price": "not a number"}
    content["go_live_at"] = (timezone.now() - timedelta(hours=1)).isoformat()
    Revision.objects.filter(pk=revision.pk).update(content=content)
    publish_scheduled()
    assert open_alerts() == [f"schedule-failed:{revision.object_id}"]
    revision.refresh_from_db()
    assert revision.approved_go_live_at


def test_the_alert_is_resolved_when_the_schedule_is_cancelled(make_product: MakeProduct) -> None:
    revision = schedule(title="Lamp", slug="lamp")
    take_the_slug_of(revision, make_product)
    publish_scheduled()
    assert len(open_alerts()) == 1
    Revision.objects.filter(pk=revision.pk).update(approved_go_live_at=None)
    publish_scheduled()
    assert open_alerts() == []


def test_a_page_expires_at_its_time(lamp: ProductPage) -> None:
    Page.objects.filter(pk=lamp.pk).update(expire_at=timezone.now() - timedelta(seconds=1))
    publish_scheduled()
    lamp.refresh_from_db()
    assert not lamp.live and lamp.expired
    assert open_alerts() == []
