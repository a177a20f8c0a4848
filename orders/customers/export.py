"""A customer's account, orders, unpaid checkouts and emails as JSON, for the customer."""

from typing import Any

from allauth.account.models import EmailAddress

from money.convert import from_minor
from orders.customers.rows import checkouts_of, emails_to, orders_of
from orders.models import Customer, Order, Refund


def data_of(customer: Customer) -> dict[str, Any]:
    """The account, orders, unpaid checkouts and emails. Amounts are in the currency's unit."""
    orders = orders_of(customer).for_staff()
    checkouts = checkouts_of(customer).filter(orders=None).prefetch_related("lines")
    addresses = EmailAddress.objects.filter(user=customer)
    return {
        "account": {
            "email": customer.email,
            "name": customer.get_full_name(),
            "joined": customer.date_joined,
            "last_login": customer.last_login,
            "addresses": list(addresses.values("email", "verified", "primary")),
        },
        "orders": [order_data(order) for order in orders],
        "checkouts_without_order": [
            {
                "at": checkout.created_at,
                "status": checkout.status,
                "products": [f"{line.quantity} × {line.name}" for line in checkout.lines.all()],
            }
            for checkout in checkouts
        ],
        "emails": list(
            emails_to(customer)
            .filter(is_secret=False)
            .order_by("number")
            .values("created_at", "recipient", "subject", "text")
        ),
    }


def order_data(order: Order) -> dict[str, Any]:
    """One order with its products, addresses, notes, shipments and refunds."""
    return {
        "number": order.number,
        "placed": order.placed_at,
        "name": order.name,
        "email": order.email,
        "phone": order.phone,
        "language": order.language,
        "accepted_terms": order.accepted_terms,
        "currency": order.currency,
        "total": from_minor(order.total, order.currency),
        "status": order.status_text,
        "products": [
            {
                "name": line.name,
                "quantity": line.quantity,
                "price": from_minor(line.unit_amount, order.currency),
            }
            for line in order.lines.all()
        ],
        "addresses": [", ".join(address.lines) for address in order.addresses.all()],
        "notes": [{"at": note.at, "text": note.text} for note in order.notes.all()],
        "shipments": [
            {"at": each.shipped_at, "carrier": each.carrier, "number": each.tracking_number}
            for each in order.visible_shipments
        ],
        "refunds": [refund_data(refund) for refund in order.refunds.all()],
    }


def refund_data(refund: Refund) -> dict[str, Any]:
    return {
        "at": refund.created_at,
        "amount": from_minor(refund.amount, refund.order.currency),
        "status": refund.status,
    }
