"""The emails to shoppers and staff about orders."""

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from django.utils import timezone
from wagtail.models import ModelLogEntry

from home.demo.clock import at
from mail import send
from mail.models import Message
from mail.outbox import send_again
from mail.registry import all_kinds
from orders.checkout.details import ensure_details
from orders.models import Checkout, Order
from orders.notifications import tell_staff_about_orders
from orders.refunds.request import Decision
from orders.refunds.send import send as send_refund
from orders.shipping.cancel import cancel
from orders.shipping.ship import Parcel, correct_parcel, undo
from products.models import ProductPage
from shop_settings.models import ShopSettings
from stripe_sandbox import Sandbox
from tests.conftest import MakeProduct, deliver, publish
from tests.orders.action_forms import fields
from tests.orders.refunding import PENDING, again, refund, request, sell
from tests.orders.selling import open_page
from tests.orders.stocking import call_off, replace, send_out
from tests.staff import make_staff
from users.models import User

ClientOf = Callable[[User], Client]


def sent(kind: str = "") -> list[Message]:
    """Send what is due, and return the emails of a kind that were sent, oldest first."""
    for _ in range(3):
        Message.objects.update(retry_at=timezone.now() - timedelta(seconds=1))
        send.send_due_messages()
    found = Message.objects.filter(status="sent").order_by("number")
    return list(found.filter(kind=kind) if kind else found)


@pytest.fixture
def order(synced: Sandbox, member: Client, lamp: ProductPage) -> Order:
    """Two lamps, sent for 50.00."""
    return sell(synced, member, (lamp, 2), shipping=50_00)


def test_the_confirmation_shows_the_order_as_it_was_sold(order: Order) -> None:
    ShopSettings.objects.create(
        name="Ann's Shop", legal_name="Ann Ltd", legal_address="1 Main St\nLondon", tax_number="GB1"
    )
    (email,) = sent("order-confirmation")
    assert email.recipient == "shopper@example.com" and order.number in email.subject
    for part in (email.text, BeautifulSoup(email.html, "html.parser").get_text(" ", strip=True)):
        for text in (
            "2 × Brass lamp",
            "₹2,998.00",
            "₹50.00",
            "₹3,048.00",
            "1 Main Street",
            "Visa •••• 4242",
            "Ann Ltd",
            "London",
            "GB1",
        ):
            assert text in part
        assert order.get_absolute_url() in email.text and order.get_absolute_url() in email.html


def test_it_waits_for_the_details_for_five_minutes(
    synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    session_id = open_page(member, lamp)
    synced.pay(session_id)
    deliver(synced)
    assert sent() == [] and Message.objects.get().tries == 0
    order = Order.objects.get()
    ensure_details(order)
    assert len(sent("order-confirmation")) == 1


def test_without_details_it_is_sent_after_five_minutes(
    synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    session_id = open_page(member, lamp)
    synced.pay(session_id)
    deliver(synced)
    Order.objects.update(placed_at=timezone.now() - timedelta(minutes=6))
    assert len(sent("order-confirmation")) == 1


def test_events_delivered_again_send_nothing_again(synced: Sandbox, order: Order) -> None:
    for _ in range(3):
        deliver(synced)
    assert len(sent()) == 1


def test_a_shipment_is_announced_with_its_tracking_number(order: Order) -> None:
    """Pitfall 25: the number that was entered in the same form is in the email."""
    parcel = Parcel("DHL", "JD0146", "https://track.example/JD0146")
    shipment = send_out(order, 1, parcel=parcel)
    (email,) = sent("order-shipped")
    assert "1 × Brass lamp" in email.text and "JD0146" in email.text
    assert "https://track.example/JD0146" in email.text and "1 Main Street" in email.text
    correct_parcel(shipment, Parcel("DHL", "JD9999"), by=None)
    send_again(email, by=None)
    assert "JD9999" in sent("order-shipped")[-1].text


def test_a_correction_is_sent_only_of_what_the_shopper_has_read(order: Order) -> None:
    unread = send_out(order, 1)
    undo(unread, by=None, tell_shopper=True)
    told = send_out(order, 1, parcel=Parcel("DHL", "WRONG"))
    assert len(sent("order-shipped")) == 1
    correct_parcel(told, Parcel("DHL", "WRONG"), by=None, tell_shopper=True)  # nothing changed
    correct_parcel(told, Parcel("DHL", "FIRST"), by=None, tell_shopper=False)
    assert not sent("tracking-corrected")
    correct_parcel(told, Parcel("DHL", "RIGHT"), by=None, tell_shopper=True)
    (corrected,) = sent("tracking-corrected")
    assert "RIGHT" in corrected.text and "WRONG" not in corrected.text
    undo(told, by=None, tell_shopper=True)
    (mistake,) = sent("shipment-undone")
    assert "1 × Brass lamp" in mistake.text and "mistake" in mistake.text


def test_the_confirmation_links_to_the_receipt(synced: Sandbox, order: Order) -> None:
    ensure_details(order)
    (email,) = sent("order-confirmation")
    assert f"/orders/{order.number}/receipt/" in email.text
    assert f"/orders/{order.number}/receipt/" in email.html
    assert "invoice" not in email.text.lower()


def test_a_replacement_says_so_and_a_shipment_undone_in_time_says_nothing(order: Order) -> None:
    send_out(order, 1)
    replace(order, 1)
    assert ["replacement" in email.text for email in sent("order-shipped")] == [False, True]
    undo(send_out(order, 1), by=None)
    assert len(sent("order-shipped")) == 2


def test_a_refund_is_announced_once_the_money_is_on_its_way(
    synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    """Pitfall 12: nothing is sent while a refund is pending, nor if it has failed."""
    order = sell(synced, member, (lamp, 2), card=PENDING)
    made = refund(order, {"Brass lamp": 1})
    assert made.stripe_id and sent("order-refunded") == []
    synced.refund_succeeds(made.stripe_id)
    deliver(synced, "refund.updated")
    deliver(synced, "refund.updated")
    (email,) = sent("order-refunded")
    assert "₹1,499.00" in email.text and "1 × Brass lamp" in email.text
    failing = refund(order, other=10_00)
    assert failing.stripe_id
    synced.refund_fails(failing.stripe_id)
    deliver(synced, "refund.failed")
    assert len(sent("order-refunded")) == 1


def test_a_refund_in_the_dashboard_is_announced_too(synced: Sandbox, order: Order) -> None:
    synced.refund(order.session_id, 10_00)
    deliver(synced, "refund.created")
    deliver(synced, "charge.refunded")
    assert len(sent("order-refunded")) == 1


def test_a_cancelled_order_is_announced_before_its_refund(order: Order) -> None:
    _order, made = cancel(order, Decision(), key=uuid4(), refund=True)
    assert made is not None
    send_refund(made)
    assert [email.kind for email in sent()] == [
        "order-confirmation",
        "order-cancelled",
        "order-refunded",
    ]


def test_an_expired_session_was_reported_as_a_failed_payment(
    synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    """Pitfall 24: an expired session sends nothing; a bank that refuses sends one email."""
    session_id = open_page(member, lamp)
    synced.expire(session_id)
    deliver(synced, "checkout.session.expired")
    assert sent() == [] and not Message.objects.exists()
    debited = open_page(member, lamp)
    synced.pay(debited, bank="000000000009")
    deliver(synced)
    (pending,) = sent("payment-pending")
    assert "some days" in pending.text and "Brass lamp" in pending.text
    synced.fail(debited)
    for _ in range(2):
        deliver(synced, "checkout.session.async_payment_failed")
    (failed,) = sent("payment-failed")
    assert "You have not been charged" in failed.text


def test_a_pending_email_that_is_out_of_date_is_not_sent(
    synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    session_id = open_page(member, lamp)
    synced.pay(session_id, bank="000000000009")
    deliver(synced)
    Checkout.objects.update(status="complete")
    assert sent("payment-pending") == [] and Message.objects.get().status == "dropped"


def test_names_with_markup_are_text(
    synced: Sandbox, member: Client, make_product: MakeProduct
) -> None:
    """Pitfall 20: exact in subject and text, escaped once in HTML."""
    lamp = publish(make_product('Tom & Jerry\'s "Lamp"', "10.00"))
    sell(synced, member, (lamp, 1))
    (email,) = sent("order-confirmation")
    assert 'Tom & Jerry\'s "Lamp"' in email.text
    assert "Tom &amp; Jerry" in email.html and "&amp;amp;" not in email.html


def test_staff_get_one_email_about_each_new_order(order: Order) -> None:
    tell_staff_about_orders()
    assert not Message.objects.filter(kind="staff-new-order").exists()
    ShopSettings.objects.create(staff_emails="desk@example.com\nboss@example.com\n")
    for _ in range(2):
        tell_staff_about_orders()
    emails = sent("staff-new-order")
    assert {email.recipient for email in emails} == {"desk@example.com", "boss@example.com"}
    assert order.admin_url in emails[0].text


def test_staff_get_no_email_about_old_orders(order: Order) -> None:
    Order.objects.update(placed_at=timezone.now() - timedelta(days=2))
    ShopSettings.objects.create(staff_emails="desk@example.com")
    tell_staff_about_orders()
    assert not Message.objects.filter(kind="staff-new-order").exists()


def test_staff_can_get_one_email_a_day_about_all_orders(order: Order) -> None:
    morning = timezone.localtime().replace(hour=7, minute=0, second=0, microsecond=0)
    Order.objects.update(placed_at=morning - timedelta(hours=1))
    ShopSettings.objects.create(staff_emails="desk@example.com", order_emails="daily")
    with at(morning - timedelta(minutes=1)):
        tell_staff_about_orders()
    assert not Message.objects.filter(kind__startswith="staff-").exists()
    for minutes in (1, 300):
        with at(morning + timedelta(minutes=minutes)):
            tell_staff_about_orders()
    (email,) = sent("staff-orders")
    assert email.subject == "1 new order"
    assert order.number in email.text and order.name in email.text
    assert not Message.objects.filter(kind="staff-new-order").exists()


def test_a_day_without_orders_sends_nothing(order: Order) -> None:
    Order.objects.update(placed_at=timezone.now() - timedelta(days=4))
    ShopSettings.objects.create(staff_emails="desk@example.com", order_emails="daily")
    with at(timezone.localtime().replace(hour=12)):
        tell_staff_about_orders()
    assert sent("staff-orders") == []
    assert Message.objects.get(kind="staff-orders").status == "dropped"


@pytest.mark.parametrize("choice", ["each", "daily", "never"])
def test_who_wants_no_emails_about_orders_gets_none(order: Order, choice: str) -> None:
    if choice == "never":
        ShopSettings.objects.create(staff_emails="desk@example.com", order_emails="never")
    else:
        ShopSettings.objects.create(order_emails=choice)
    tell_staff_about_orders()
    assert not Message.objects.filter(kind__startswith="staff-").exists()


def test_an_order_without_an_address_loses_only_its_emails(
    synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    order = sell(synced, member, (lamp, 2))
    Order.objects.update(email="")
    call_off(again(order))
    request(again(order), other=100)
    assert not Message.objects.filter(kind="order-cancelled").exists()
    assert again(order).fulfilment_status == "cancelled"


# In the admin


@pytest.fixture
def desk(client_of: ClientOf, db: None) -> Client:
    """A browser of somebody at the order desk."""
    return client_of(make_staff(role="Order desk"))


def test_emails_are_on_the_order_and_can_be_sent_again(desk: Client, order: Order) -> None:
    (email,) = sent("order-confirmation")
    assert email.subject in desk.get(order.admin_url).content.decode()
    assert email.recipient in desk.get("/admin/mail/").content.decode()
    page = desk.get(f"/admin/mail/inspect/{email.pk}/")
    assert "2 × Brass lamp" in page.content.decode()
    assert "2 × Brass lamp" in desk.get(f"/admin/mail/{email.pk}/body/").content.decode()
    desk.post(f"/admin/mail/inspect/{email.pk}/")
    assert len(sent("order-confirmation")) == 2


def test_staff_write_to_the_shopper(desk: Client, order: Order) -> None:
    ShopSettings.objects.create(contact_email="help@example.com")
    url = f"/admin/orders/{order.pk}/write/"
    form = BeautifulSoup(desk.get(url).content, "html.parser")
    key = str(form.select("main form input[name=key]")[0]["value"])
    entered = {"key": key, "subject": "Your lamp", "text": "It is <late>.\nSorry!"}
    assert "shopper@example.com" in desk.post(url, entered).content.decode()
    for _ in range(2):
        desk.post(url, {**entered, "confirmed": "yes"})
    assert order.events.filter(text__startswith="An email").count() == 1
    assert ModelLogEntry.objects.filter(action="orders.letter").count() == 1
    (email,) = sent("letter")
    assert email.reply_to == "help@example.com" and email.subject == "Your lamp"
    assert "It is <late>.\nSorry!" in email.text and "&lt;late&gt;.<br>" in email.html


@pytest.mark.parametrize("address", ["", "no address", f"{'x' * 243}@example.com"])
def test_staff_cannot_write_to_a_shopper_without_an_email_address(
    desk: Client, order: Order, address: str
) -> None:
    url = f"/admin/orders/{order.pk}/write/"
    assert url in desk.get(order.admin_url).text
    entered = fields(desk.get(url))  # opened before the erasure
    entered |= {"subject": "Your lamp", "text": "It is late."}
    Order.objects.filter(pk=order.pk).update(email=address)
    emails, events = Message.objects.count(), order.events.count()
    assert url not in desk.get(order.admin_url).text
    refused = desk.get(url, follow=True)
    assert refused.redirect_chain == [(order.admin_url, 302)]
    assert "This order has no email address to write to." in refused.text
    for data in (entered, {**entered, "confirmed": "yes"}):
        answer = desk.post(url, data)
        assert answer.status_code == 422
        assert "This order has no email address to write to." in answer.text
    assert (Message.objects.count(), order.events.count()) == (emails, events)
    assert not ModelLogEntry.objects.filter(action="orders.letter").exists()


def test_every_kind_has_a_preview_and_a_test_email(desk: Client) -> None:
    page = desk.get("/admin/mail/previews/").content.decode()
    for kind in all_kinds():
        assert str(kind.title) in page
        html = desk.get(f"/admin/mail/previews/{kind.key}/html/")
        assert html.status_code == 200 and "style=" in html.content.decode()
        assert desk.get(f"/admin/mail/previews/{kind.key}/text/").content
    desk.post("/admin/mail/previews/", {"kind": "order-shipped"})
    (email,) = sent("test")
    assert email.recipient == "staff@example.com" and "shipped" in email.subject


@pytest.mark.parametrize("role", ["Editors", "Price editors"])
def test_editors_see_no_emails(client_of: ClientOf, order: Order, role: str) -> None:
    (email,) = sent("order-confirmation")
    browser = client_of(make_staff(role=role))
    for path in (f"inspect/{email.pk}/", f"{email.pk}/body/", "previews/", ""):
        assert browser.get(f"/admin/mail/{path}").status_code in (302, 403)


def test_the_text_of_a_secret_email_is_never_shown(desk: Client, order: Order) -> None:
    (email,) = sent("order-confirmation")
    Message.objects.update(is_secret=True)
    assert "Brass lamp" not in desk.get(f"/admin/mail/inspect/{email.pk}/").content.decode()
    assert desk.get(f"/admin/mail/{email.pk}/body/").status_code == 404
    before = Message.objects.count()
    desk.post(f"/admin/mail/inspect/{email.pk}/")
    assert Message.objects.count() == before
