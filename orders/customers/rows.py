"""Which rows hold a customer's personal data. The export uses `emails_to`, the erasure
`emails_about` and `events_about`; both use the others.
"""

from django.db.models import Q, QuerySet

from mail.models import Message
from orders.models import Checkout, Customer, Order, StripeEvent
from orders.models.order import OrderQuerySet


def orders_of(customer: Customer) -> OrderQuerySet:
    """Their orders, oldest first."""
    return Order.objects.filter(user=customer).order_by("placed_at", "pk")


def checkouts_of(customer: Customer) -> QuerySet[Checkout]:
    """Their checkouts."""
    return Checkout.objects.filter(user=customer)


def emails_to(customer: Customer) -> QuerySet[Message]:
    """The emails to them, at the addresses that they have or had."""
    return Message.objects.filter(Q(recipient__in=addresses_of(customer)) | about_orders(customer))


def emails_about(customer: Customer) -> QuerySet[Message]:
    """The emails to them, and those to staff that name them next to one of their orders."""
    to_staff = Q()
    for number, name, email in orders_of(customer).values_list("number", "name", "email"):
        for word in filter(None, (name, email)):
            to_staff |= Q(text__contains=number) & Q(text__contains=word)
    to_them = Q(recipient__in=addresses_of(customer)) | about_orders(customer)
    return Message.objects.filter(to_them | to_staff)


def about_orders(customer: Customer) -> Q:
    """Emails of the threads of their orders and checkouts."""
    orders = [f"order:{pk}" for pk in orders_of(customer).values_list("pk", flat=True)]
    checkouts = [f"checkout:{pk}" for pk in checkouts_of(customer).values_list("pk", flat=True)]
    return Q(thread__in=[*orders, *checkouts])


def addresses_of(customer: Customer) -> set[str]:
    """The email addresses of their account and of their orders."""
    found = orders_of(customer).exclude(email="").values_list("email", flat=True)
    return {customer.email, *found, *(address.lower() for address in found)}


def events_about(customer: Customer) -> QuerySet[StripeEvent]:
    """Stripe's events about their sessions and payments, or with their email address."""
    rows = orders_of(customer).values_list("session_id", "payment_intent")
    sessions = checkouts_of(customer).exclude(session_id=None).values_list("session_id", flat=True)
    ids = {value for row in rows for value in row if value} | set(sessions)
    found = Q()
    for word in ids | addresses_of(customer):
        found |= Q(body__contains=word)
    return StripeEvent.objects.filter(found)
