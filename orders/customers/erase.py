"""Erase a customer's data: blank what is personal, and keep what accounting needs.

What is blanked: the account (its email address becomes one that does not exist; its second factor
is deleted), the name, email address, phone number and search text of orders, delivery addresses
except the country (on which the tax depends), notes and reasons that staff wrote in their own
words, emails, Stripe's events and the requests of checkouts. Numbers, products, amounts, refunds,
shipments and the timeline stay. Stripe keeps its own copy, which is erased in its Dashboard.
"""

from uuid import uuid4

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from wagtail.models import ModelLogEntry

from mail.models import Message
from orders.customers.rows import (
    account_emails,
    checkouts_of,
    emails_to,
    emails_to_staff,
    events_about,
    orders_of,
)
from orders.errors import ActionNotAllowed
from orders.models import (
    Checkout,
    Customer,
    Order,
    OrderAddress,
    OrderEvent,
    OrderNote,
    Refund,
    Shipment,
)
from orders.statuses import FulfilmentStatus, RefundStatus
from users.models import User

UNFINISHED = (
    FulfilmentStatus.UNFULFILLED,
    FulfilmentStatus.PARTLY_SHIPPED,
    FulfilmentStatus.ON_HOLD,
)
# The parts of an address; its country stays.
ADDRESS_PARTS = ("name", "line1", "line2", "city", "state", "postal_code")
ERASED = "erased"


def obstacles(customer: Customer) -> list[str]:
    """Why the customer's data cannot be erased now, one sentence per reason."""
    found = []
    if customer.is_superuser or customer.is_staff or customer.groups.exists():
        found.append(
            _("This account has a staff role. Remove the role first, under Settings → Users.")
        )
    if checkouts_of(customer).filter(status__in=Checkout.UNFINISHED).exists():
        found.append(_("A checkout is open, or its payment is being processed."))
    orders = orders_of(customer)
    for order in orders.filter(fulfilment_status__in=UNFINISHED):
        found.append(_("Order %(number)s has not been shipped.") % {"number": order.number})
    open_refunds = (RefundStatus.REQUESTED, RefundStatus.PENDING)
    if Refund.objects.filter(order__in=orders, status__in=open_refunds).exists():
        found.append(_("A refund is still in progress."))
    found += [
        _("The payment of order %(number)s is disputed.") % {"number": order.number}
        for order in orders
        if order.has_open_dispute
    ]
    return found


@transaction.atomic
def erase(customer: Customer, *, by: User) -> None:
    """Blank the customer's personal data. Raises ActionNotAllowed with the reason."""
    # A purchase takes the same lock (`find_or_create` in checkout/start.py).
    User.objects.select_for_update(no_key=True).get(pk=customer.pk)
    if reasons := obstacles(customer):
        raise ActionNotAllowed(" ".join(reasons))
    blank_texts(customer)
    blank_orders(orders_of(customer), by=by)
    checkouts_of(customer).update(request={}, options={}, url="")
    blank_account(customer)


def blank_texts(customer: Customer) -> None:
    """Blank emails and events; must come first, as they are found by the data of the orders."""
    emails_to_staff(customer).update(subject="", text="", html="")
    theirs = emails_to(customer) | account_emails(customer)
    theirs.filter(status=Message.Status.PENDING).update(status=Message.Status.DROPPED)
    theirs.update(recipient="", reply_to="", subject="", text="", html="", data={}, error="")
    events_about(customer).update(body="")


def blank_orders(orders: QuerySet[Order], *, by: User) -> None:
    """Blank the shopper's name and contact details, and what staff wrote in their own words."""
    keys = list(orders.values_list("pk", flat=True))
    OrderAddress.objects.filter(order__in=keys).update(**dict.fromkeys(ADDRESS_PARTS, ""))
    OrderNote.objects.filter(order__in=keys).update(text="")
    Shipment.objects.filter(order__in=keys).update(reason="")
    Refund.objects.filter(order__in=keys).update(note="")
    Order.objects.filter(pk__in=keys).update(name="", email="", phone="", hold_reason="")
    blank_subjects(keys)
    for order in Order.objects.filter(pk__in=keys):
        order.refresh_search_text()
        OrderEvent.objects.create(order=order, by=by, text=_("The customer's data was erased."))


def blank_subjects(keys: list[int]) -> None:
    """Blank the subjects of emails by staff, which the log of their actions had at first."""
    kind = ContentType.objects.get_for_model(Order)
    entries = ModelLogEntry.objects.filter(content_type=kind, object_id__in=list(map(str, keys)))
    entries.filter(data__has_key="subject").update(data={})


def blank_account(customer: Customer) -> None:
    """Blank the account and end its logins; the row stays as the owner of its orders."""
    user = User.objects.get(pk=customer.pk)
    user.email = free_address(user)
    blank_log(user)
    EmailAddress.objects.filter(user=user).delete()
    Authenticator.objects.filter(user=user).delete()
    user.first_name = user.last_name = ""
    user.is_active = False
    user.set_unusable_password()  # this ends their login sessions
    user.save()


def free_address(user: User) -> str:
    """An address that nobody has and nobody can guess; RFC 2606: never a real one."""
    while True:
        address = f"{ERASED}-{user.pk}-{uuid4().hex}@{ERASED}.invalid"
        taken = (User.objects, EmailAddress.objects)
        if not any(rows.filter(email=address).exists() for rows in taken):
            return address


def blank_log(user: User) -> None:
    """Put the new address into the logs, which keep the name that a row had."""
    kinds = ContentType.objects.get_for_models(User, Customer, for_concrete_models=False).values()
    same = {"content_type__in": kinds, "object_id": str(user.pk)}
    ModelLogEntry.objects.filter(**same).update(label=user.email)
    LogEntry.objects.filter(**same).update(object_repr=user.email)
    rows = [str(pk) for pk in EmailAddress.objects.filter(user=user).values_list("pk", flat=True)]
    kind = ContentType.objects.get_for_model(EmailAddress)
    LogEntry.objects.filter(content_type=kind, object_id__in=rows).update(object_repr=user.email)
