"""Requests as fuzzing makes them: known addresses and fields; valid, odd and hostile values."""

import json
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

METHODS = ["GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS"]
KEY = "{key}"  # stands for the key of a product that is for sale

ODD_TEXTS = st.sampled_from(
    [
        "", " ", "0", "-1", "1.5", "1e400", "9" * 40, "NaN", "٣", "\x00", "a\x00b", "\u202etxt.exe",
        "<script>alert(1)</script>", "{{ 7*7 }}", "%(x)s", "' OR 1=1 --", "../../etc/passwd",
        "http://evil.example/", "//evil.example", "javascript:alert(1)", "x" * 5000, "\ud800",
        "00000000-0000-0000-0000-000000000000", "cs_test_" + "a" * 60, "é", "\r\nSet-Cookie: a=b",
    ]
)  # fmt: skip
TEXTS = st.one_of(ODD_TEXTS, st.text(max_size=30))
NUMBERS = st.one_of(st.sampled_from(["1", "2", "99", "149900", "0"]), TEXTS)
PRODUCTS = st.one_of(st.just(KEY), TEXTS)
BASKET = {
    "product": PRODUCTS, "quantity": NUMBERS, "amount": NUMBERS, "currency": TEXTS, "token": TEXTS,
    "zone": TEXTS, "next": TEXTS, "action": TEXTS, "remove": PRODUCTS,
}  # fmt: skip
ACCOUNT = {
    "login": TEXTS, "email": TEXTS, "password": TEXTS, "password1": TEXTS, "password2": TEXTS,
    "oldpassword": TEXTS, "next": TEXTS, "remember": TEXTS, "action_add": TEXTS,
    "action_primary": TEXTS, "action_remove": TEXTS, "action_send": TEXTS,
}  # fmt: skip
QUERY = {
    "session_id": TEXTS, "checkout": TEXTS, "page": NUMBERS, "sort": TEXTS, "q": TEXTS,
    "next": TEXTS, "product": PRODUCTS, "export": TEXTS, "p": NUMBERS,
}  # fmt: skip
# Path, and the fields of its forms.
ENDPOINTS: list[tuple[str, dict[str, Any]]] = [
    ("/", {}), ("/products/", {}), ("/products/brass-lamp/", {}), ("/sitemap.xml", {}),
    ("/robots.txt", {}), ("/basket/", BASKET), ("/checkout/", BASKET), ("/checkout/success/", {}),
    ("/checkout/status/", {}), ("/checkout/cancelled/", {}), ("/orders/", {}),
    ("/stripe/webhook/", {}), ("/demo/emails/", {}), ("/accounts/", {}),
    ("/accounts/login/", ACCOUNT), ("/accounts/signup/", ACCOUNT), ("/accounts/email/", ACCOUNT),
    ("/accounts/password/reset/", ACCOUNT), ("/accounts/password/change/", ACCOUNT),
    ("/accounts/reauthenticate/", ACCOUNT), ("/accounts/confirm-email/", {}),
    ("/accounts/logout/", {}), ("/_util/login/", {}), ("/healthz", {}), ("/readyz", {}),
    ("/admin/login/", ACCOUNT),
]  # fmt: skip
# Paths with a part that anybody may choose.
OPEN_PATHS = [
    "/orders/{}/", "/orders/{}/receipt/", "/media/{}", "/demo/emails/{}/", "/products/{}/",
    "/accounts/confirm-email/{}/", "/accounts/password/reset/key/{}/", "/{}", "/{}/",
    "/_util/authenticate_with_password/{}/1/", "/static/{}",
]  # fmt: skip
CONTENT_TYPES = st.one_of(
    st.just("application/x-www-form-urlencoded"),
    st.sampled_from(
        [
            "multipart/form-data; boundary=x", "multipart/form-data", "application/json", "",
            "text/html; charset=zlib", "application/x-www-form-urlencoded; charset=utf-16", "x/y/z",
            "multipart/form-data; boundary=" + "b" * 300,
        ]
    ),
)  # fmt: skip
LATIN = st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=40)
HEADER_NAMES = [
    "HTTP_REFERER", "HTTP_ORIGIN", "HTTP_SEC_FETCH_SITE", "HTTP_ACCEPT_LANGUAGE",
    "HTTP_ACCEPT_ENCODING", "HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_RANGE",
    "HTTP_X_FORWARDED_FOR", "HTTP_STRIPE_SIGNATURE", "HTTP_COOKIE", "HTTP_X_REQUESTED_WITH",
]  # fmt: skip
HEADERS = st.dictionaries(st.sampled_from(HEADER_NAMES), LATIN, max_size=3)
MANY = {name: st.lists(values, max_size=2) for name, values in QUERY.items()}


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=6,
)
SESSION = {
    "id": TEXTS, "object": st.just("checkout.session"), "amount_total": JSON, "currency": JSON,
    "client_reference_id": TEXTS, "metadata": JSON, "payment_status": st.just("paid"),
    "status": JSON, "payment_intent": JSON, "customer_details": JSON, "total_details": JSON,
}  # fmt: skip
EVENT_TYPES = [
    "checkout.session.completed", "checkout.session.expired", "charge.refunded", "refund.updated",
    "charge.dispute.created", "product.updated", "no.such.type",
]  # fmt: skip
# Events as somebody could send them who knows the signing secret, or Stripe in another version.
EVENTS = st.fixed_dictionaries(
    {"object": st.just("event")},
    optional={
        "id": TEXTS, "type": st.one_of(st.sampled_from(EVENT_TYPES), TEXTS), "created": JSON,
        "api_version": JSON, "livemode": JSON, "account": JSON, "request": JSON,
        "data": st.one_of(
            st.fixed_dictionaries({"object": st.fixed_dictionaries({}, optional=SESSION)}), JSON
        ),
    },
)  # fmt: skip


@dataclass(frozen=True)
class Sent:
    """One request. `form` is None where `body` is sent instead."""

    method: str
    path: str
    query: dict[str, list[str]]
    form: dict[str, list[str]] | None
    body: bytes
    content_type: str
    headers: dict[str, str]
    has_session: bool
    is_signed: bool  # as Stripe signs an event


@st.composite
def requests(draw: st.DrawFn) -> Sent:
    """Mostly requests that reach a view; some that no view expects."""
    path, fields = draw(st.sampled_from(ENDPOINTS))
    if draw(st.integers(0, 4)) == 0:
        path, fields = draw(st.sampled_from(OPEN_PATHS)).format(draw(TEXTS)), {}
    expected = "POST" if fields or path == "/stripe/webhook/" else "GET"
    is_event = path == "/stripe/webhook/" and draw(st.integers(0, 3)) > 0
    headers = {} if draw(st.integers(0, 3)) else draw(HEADERS)
    if draw(st.integers(0, 3)):
        headers["HTTP_SEC_FETCH_SITE"] = "same-origin"
    known = {name: st.lists(values, max_size=3) for name, values in (fields or QUERY).items()}
    has_form = not is_event and draw(st.integers(0, 5)) > 0
    return Sent(
        method=expected if draw(st.integers(0, 5)) else draw(st.sampled_from(METHODS)),
        path=path,
        query=draw(st.fixed_dictionaries({}, optional=MANY)) if draw(st.booleans()) else {},
        form=draw(st.fixed_dictionaries({}, optional=known)) if has_form else None,
        body=json.dumps(draw(EVENTS)).encode() if is_event else draw(st.binary(max_size=200)),
        content_type=draw(CONTENT_TYPES),
        headers=headers,
        has_session=draw(st.integers(0, 3)) > 0,
        is_signed=is_event,
    )
