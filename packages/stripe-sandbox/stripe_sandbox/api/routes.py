"""Every endpoint: its method, path, parameters and function."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from stripe_sandbox.api import direct_payments
from stripe_sandbox.errors import not_built, unknown_url
from stripe_sandbox.objects import (
    account,
    disputes,
    events,
    invoices,
    parameters,
    payments,
    prices,
    products,
    refunds,
    session_parameters,
    sessions,
    shipping_rates,
    webhook_endpoints,
)


@dataclass(frozen=True)
class Route:
    """An endpoint. ``{id}`` in the path becomes the last argument of ``work``."""

    method: str
    path: str
    accepts: parameters.Reader
    work: Callable[..., dict[str, Any]]

    def match(self, method: str, path: str) -> re.Match[str] | None:
        """Whether a request is for this endpoint."""
        pattern = self.path.replace("{id}", "([^/]+)")
        return re.fullmatch(pattern, path) if method == self.method else None


CHECKOUT = "/v1/checkout/sessions"
ROUTES = (
    Route("GET", "/v1/account", account.RETRIEVE, account.retrieve),
    Route("POST", "/v1/products", products.CREATE, products.create),
    Route("GET", "/v1/products", products.LIST, products.list_all),
    Route("GET", "/v1/products/{id}", products.RETRIEVE, products.retrieve),
    Route("POST", "/v1/products/{id}", products.UPDATE, products.update),
    Route("POST", "/v1/prices", prices.CREATE, prices.create),
    Route("GET", "/v1/prices", prices.LIST, prices.list_all),
    Route("GET", "/v1/prices/{id}", prices.RETRIEVE, prices.retrieve),
    Route("POST", "/v1/prices/{id}", prices.UPDATE, prices.update),
    Route("POST", CHECKOUT, session_parameters.CREATE, sessions.create),
    Route("GET", CHECKOUT, session_parameters.LIST, sessions.list_all),
    Route("GET", CHECKOUT + "/{id}", session_parameters.RETRIEVE, sessions.retrieve),
    Route("POST", CHECKOUT + "/{id}/expire", session_parameters.EXPIRE, sessions.expire),
    Route(
        "GET",
        CHECKOUT + "/{id}/line_items",
        session_parameters.LIST_LINE_ITEMS,
        sessions.list_line_items,
    ),
    Route(
        "POST",
        "/v1/payment_intents",
        direct_payments.CREATE_INTENT,
        direct_payments.create_intent,
    ),
    Route(
        "POST",
        "/v1/payment_methods",
        direct_payments.CREATE_METHOD,
        direct_payments.create_method,
    ),
    Route(
        "GET",
        "/v1/payment_pages/{id}",
        direct_payments.RETRIEVE_PAGE,
        direct_payments.retrieve_page,
    ),
    Route(
        "POST",
        "/v1/payment_pages/{id}/confirm",
        direct_payments.CONFIRM_PAGE,
        direct_payments.confirm_page,
    ),
    Route("GET", "/v1/payment_intents", payments.LIST_INTENTS, payments.list_intents),
    Route("GET", "/v1/payment_intents/{id}", payments.RETRIEVE, payments.retrieve_intent),
    Route("GET", "/v1/charges", payments.LIST_CHARGES, payments.list_charges),
    Route("GET", "/v1/charges/{id}", payments.RETRIEVE, payments.retrieve_charge),
    Route("GET", "/v1/invoices", invoices.LIST, invoices.list_all),
    Route("GET", "/v1/invoices/{id}", invoices.RETRIEVE, invoices.retrieve),
    Route("GET", "/v1/shipping_rates/{id}", shipping_rates.RETRIEVE, shipping_rates.retrieve),
    Route("POST", "/v1/webhook_endpoints", webhook_endpoints.CREATE, webhook_endpoints.create),
    Route("GET", "/v1/webhook_endpoints", webhook_endpoints.LIST, webhook_endpoints.list_all),
    Route("POST", "/v1/refunds", refunds.CREATE, refunds.create),
    Route("GET", "/v1/refunds", refunds.LIST, refunds.list_all),
    Route("GET", "/v1/refunds/{id}", refunds.RETRIEVE, refunds.retrieve),
    Route("POST", "/v1/refunds/{id}", refunds.UPDATE, refunds.update),
    Route("POST", "/v1/refunds/{id}/cancel", refunds.CANCEL, refunds.cancel),
    Route("GET", "/v1/disputes", disputes.LIST, disputes.list_all),
    Route("GET", "/v1/disputes/{id}", disputes.RETRIEVE, disputes.retrieve),
    Route("POST", "/v1/disputes/{id}", disputes.UPDATE, disputes.update),
    Route("POST", "/v1/disputes/{id}/close", disputes.CLOSE, disputes.close),
    Route("GET", "/v1/events", events.LIST, events.list_all),
    Route("GET", "/v1/events/{id}", events.RETRIEVE, events.retrieve),
    Route("POST", "/v1/events/{id}/retry", events.RETRY, events.retry),
)


# Endpoints of Stripe that a shop may use and the sandbox does not have. Any other path is unknown.
NOT_BUILT = re.compile(
    "/v1/(balance|balance_transactions|billing_portal|charges|checkout/sessions|coupons|credit_notes"
    "|customers|disputes|files|invoices|invoice_payments|invoiceitems|payment_intents|payment_links"
    "|payment_methods|payouts|products|promotion_codes|radar|refunds|setup_intents|shipping_rates"
    "|subscriptions|tax|tax_codes|tax_rates|tokens|webhook_endpoints)(/[^/]+){0,2}"
)


def find(method: str, path: str) -> tuple[Route, tuple[str, ...]]:
    """The endpoint of a request and the ids in its path, or 404."""
    if path.endswith("/search"):
        raise not_built(f"{method} {path}")
    for route in ROUTES:
        match = route.match(method, path)
        if match:
            return route, tuple(unquote(part) for part in match.groups())
    if method in ("GET", "POST", "DELETE") and NOT_BUILT.fullmatch(path):
        raise not_built(f"{method} {path}")
    raise unknown_url(method, path)
