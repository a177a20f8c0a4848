"""Which rows hold a customer's personal data; used by the export and the erasure.

An email address alone never decides that something is theirs: a shopper can enter anybody's address
on Stripe's page, and an address that one account gave up can belong to another one today.
"""

from allauth.account.models import EmailAddress
from django.db.models import Q, QuerySet

from mail.models import Message
from orders.models import Checkout, Customer, Order, StripeEvent
from orders.models.order import OrderQuerySet
from users.account_emails import ALL_KINDS, about
from users.models import User

ABOUT_AN_ACCOUNT = r"^account:[0-9]+:"


def orders_of(customer: Customer) -> OrderQuerySet:
    """Their orders, oldest first."""
    return Order.objects.filter(user=customer).order_by("placed_at", "pk")


def checkouts_of(customer: Customer) -> QuerySet[Checkout]:
    """Their checkouts."""
    return Checkout.objects.filter(user=customer)


def emails_to(customer: Customer) -> QuerySet[Message]:
    """The emails to the shopper of their orders and checkouts."""
    orders = [f"order:{pk}" for pk in orders_of(customer).values_list("pk", flat=True)]
    checkouts = [f"checkout:{pk}" for pk in checkouts_of(customer).values_list("pk", flat=True)]
    return Message.objects.filter(thread__in=[*orders, *checkouts])


def account_emails(customer: Customer) -> QuerySet[Message]:
    """The emails about their account, and those that name no account and went to an address that
    only they have or had.
    """
    to_them = Q(pk__in=[])
    for address in own_addresses(customer):
        to_them |= Q(recipient__iexact=address)
    theirs = Q(subject_key__startswith=about(customer))
    nobodys = ~Q(subject_key__regex=ABOUT_AN_ACCOUNT)
    return Message.objects.filter(Q(kind__in=ALL_KINDS) & (theirs | (to_them & nobodys)))


def own_addresses(customer: Customer) -> set[str]:
    """The email addresses that their account has or had, and that no other account has now."""
    rows = EmailAddress.objects.filter(user=customer).values_list("email", flat=True)
    written_to = Message.objects.filter(
        kind__in=ALL_KINDS, subject_key__startswith=about(customer)
    ).values_list("recipient", flat=True)
    prefilled = checkouts_of(customer).values_list("request__customer_email", flat=True)
    found = {customer.email, *rows, *written_to, *prefilled}
    return {address for address in found if address and not is_anothers(address, customer)}


def is_anothers(address: str, customer: Customer) -> bool:
    """Whether another account has an address."""
    users = User.objects.exclude(pk=customer.pk).filter(email__iexact=address)
    rows = EmailAddress.objects.exclude(user=customer).filter(email__iexact=address)
    return users.exists() or rows.exists()


def emails_to_staff(customer: Customer) -> QuerySet[Message]:
    """The emails to staff that name them next to one of their orders."""
    found = Q(pk__in=[])
    for number, name, email in orders_of(customer).values_list("number", "name", "email"):
        for word in filter(None, (name, email)):
            found |= Q(text__contains=number) & Q(text__contains=word)
    return Message.objects.filter(found, thread="")  # emails to shoppers have one


def events_about(customer: Customer) -> QuerySet[StripeEvent]:
    """Stripe's events that name one of their sessions, payments or checkouts."""
    orders = orders_of(customer).values_list("session_id", "payment_intent")
    checkouts = checkouts_of(customer).values_list("pk", "session_id")
    found = Q(pk__in=[])
    for key in {key for row in (*orders, *checkouts) for key in row if key}:
        found |= Q(body__contains=f'"{key}"')
    return StripeEvent.objects.filter(found)
