"""PricePeriod: from the first publish on, what a product cost and when, without gaps of our making
or overlaps.
"""

import threading
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connections, transaction
from django.utils import timezone

from products.models import PricePeriod, Product, ProductPage
from products.price_history import record, record_all
from tests.conftest import MakeProduct, publish


def amounts(page: ProductPage) -> list[int]:
    return [period.amount for period in periods(page)]


def periods(page: ProductPage) -> list[PricePeriod]:
    return list(PricePeriod.objects.filter(product__translation_key=page.translation_key))


def check_no_overlap(page: ProductPage) -> None:
    found = periods(page)
    for earlier, later in zip(found, found[1:], strict=False):
        assert earlier.until is not None and earlier.since <= earlier.until <= later.since


def test_the_first_publish_opens_a_period(lamp: ProductPage) -> None:
    (period,) = periods(lamp)
    assert (period.amount, period.currency, period.until) == (149900, "inr", None)
    assert timezone.now() - period.since < timedelta(minutes=1)


def test_a_new_price_ends_one_period_and_begins_the_next_in_the_same_moment(
    lamp: ProductPage,
) -> None:
    publish(lamp, price=Decimal("1999.00"))
    publish(lamp, price=Decimal("1499.00"))
    first, second, third = periods(lamp)
    assert (first.amount, second.amount, third.amount) == (149900, 199900, 149900)
    assert (first.until, second.until, third.until) == (second.since, third.since, None)


def test_publishing_other_words_or_the_same_price_writes_nothing(lamp: ProductPage) -> None:
    publish(lamp, title="Another title")
    publish(lamp, price=Decimal("1499.000"))
    record(lamp.translation_key)
    record_all()
    assert amounts(lamp) == [149900]


def test_unpublishing_ends_the_period_and_publishing_again_begins_another(
    lamp: ProductPage,
) -> None:
    lamp.unpublish()
    (period,) = periods(lamp)
    assert period.until is not None
    publish(lamp)
    assert amounts(lamp) == [149900, 149900]
    check_no_overlap(lamp)


def test_deleting_a_page_or_its_parent_ends_the_period_at_once(make_product: MakeProduct) -> None:
    lamp, quilt = make_product("Lamp"), make_product("Quilt")
    lamp.delete()
    assert periods(lamp)[0].until is not None and periods(quilt)[0].until is None
    quilt.get_parent().specific.delete()
    assert periods(quilt)[0].until is not None
    assert Product.objects.count() == 2


def test_a_page_that_vanishes_without_a_signal_is_caught_later(
    lamp: ProductPage, quilt: ProductPage
) -> None:
    ProductPage.objects.filter(pk=lamp.pk).update(live=False)
    ProductPage.objects.filter(pk=quilt.pk).update(price=Decimal("1.00"))
    record_all()
    assert periods(lamp)[0].until is not None
    assert amounts(quilt) == [249900, 100]


def test_scheduling_a_draft_writes_nothing(lamp: ProductPage) -> None:
    lamp.unpublish()
    page = ProductPage.objects.get(pk=lamp.pk)
    page.price, page.go_live_at = Decimal("1.00"), timezone.now() + timedelta(hours=1)
    page.save_revision().publish()
    assert amounts(lamp) == [149900] and periods(lamp)[0].until is not None


def test_a_draft_that_was_never_published_has_no_history(lamp: ProductPage) -> None:
    draft = ProductPage(title="Draft", price=Decimal("1.00"), live=False)
    lamp.get_parent().add_child(instance=draft)
    draft.save_revision()
    record_all()
    assert PricePeriod.objects.count() == 1


def test_an_alias_writes_nothing(lamp: ProductPage) -> None:
    alias = lamp.create_alias(update_slug="again").specific
    publish(lamp, price=Decimal("1.00"))
    alias.unpublish()
    record_all()
    assert amounts(lamp) == [149900, 100] and PricePeriod.objects.count() == 2
    assert periods(lamp)[-1].until is None


def test_a_publish_that_is_rolled_back_leaves_no_history(lamp: ProductPage) -> None:
    with transaction.atomic():
        publish(lamp, price=Decimal("1.00"))
        assert amounts(lamp) == [149900, 100]
        transaction.set_rollback(True)
    assert amounts(lamp) == [149900]


def test_a_clock_that_was_set_back_does_not_keep_a_price_from_being_published(
    lamp: ProductPage,
) -> None:
    PricePeriod.objects.update(since=timezone.now() + timedelta(hours=1))
    publish(lamp, price=Decimal("1.00"))
    assert amounts(lamp) == [149900, 100]
    check_no_overlap(lamp)


def test_the_database_refuses_what_history_cannot_be(lamp: ProductPage) -> None:
    product, now = Product.objects.get(), timezone.now()
    wrong = [
        PricePeriod(product=product, amount=100, currency="inr", since=now),  # a second open one
        PricePeriod(
            product=product, amount=100, currency="inr", since=now, until=now - timedelta(seconds=1)
        ),
        PricePeriod(product=product, amount=0, currency="inr", since=now, until=now),
    ]
    for period in wrong:
        with pytest.raises(IntegrityError), transaction.atomic():
            period.save()
    assert amounts(lamp) == [149900]


def test_a_product_with_history_cannot_be_deleted(lamp: ProductPage) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Product.objects.all().delete()
    assert amounts(lamp) == [149900]


def test_publishes_at_once_leave_one_open_period_at_the_live_price(
    committed_db: None, lamp: ProductPage
) -> None:
    begin = threading.Barrier(6)
    failures: list[BaseException] = []

    def change(number: int) -> None:
        try:
            begin.wait(20)
            for step in range(4):
                publish(lamp, price=Decimal(number * 10 + step + 1))
                record_all()
        except BaseException as failure:
            failures.append(failure)
            raise
        finally:
            connections.close_all()

    threads = [threading.Thread(target=change, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    lamp.refresh_from_db()
    record_all()
    open_periods = [period for period in periods(lamp) if period.until is None]
    assert [period.amount for period in open_periods] == [lamp.unit_amount]
    check_no_overlap(lamp)
