"""The hypothesis strategies of the steps: shoppers, quantities, prices, faults and so on."""

from hypothesis import strategies as st

from tests.orders.stateful.altered_events import ALTERATIONS
from tests.orders.stateful.environment import BANK_SECONDS

# 0 is the newest of a list, so that a shorter example is about what happened last.
BACK = st.integers(0, 5)
SHOPPERS, PAGES, MOMENTS = (
    st.integers(0, 1),
    st.integers(0, 1),
    st.sampled_from(["before", "after"]),
)
QUANTITIES = st.sampled_from([(1, 0), (0, 1), (2, 1), (3, 0)])
NOT_FOR_SALE = ""
PRICES = st.sampled_from(["1499.00", "2499.00", "1600.50", "99.00", NOT_FOR_SALE])
PAYS, CLOSED, SILENT = "000123456789", "000111111113", "000000000009"
WRONG = st.sampled_from(list(ALTERATIONS))
PAUSES = st.sampled_from([6, 61, 130, BANK_SECONDS + 1, 36 * 60, 25 * 3600])
TABLES = st.sampled_from(
    [
        *(
            ("orders_checkout", "INSERT"),
            ("orders_checkout", "UPDATE"),
            ("orders_checkoutline", "INSERT"),
        ),
        *(
            ("products_reservation", "INSERT"),
            ("orders_order", "INSERT"),
            ("orders_orderline", "INSERT"),
        ),
        *(
            ("orders_orderevent", "INSERT"),
            ("orders_stripeevent", "INSERT"),
            ("orders_stripeevent", "UPDATE"),
        ),
        *(
            ("alerts_alert", "INSERT"),
            ("products_stripeproduct", "UPDATE"),
            ("orders_reconciliation", "INSERT"),
        ),
    ]
)
PATHS = st.sampled_from(
    ["", "/v1/checkout/sessions", "/v1/checkout/sessions/", "/v1/prices", "/v1/products"]
)
FAULTS = st.sampled_from(
    [
        # Twice as likely as others, since these stay with the key that was used.
        *(2 * [{"kind": "error", "moment": "before"}, {"kind": "error", "moment": "after"}]),
        {"kind": "error", "moment": "before", "stored": False},
        {"kind": "error", "moment": "before", "status": 429},
        {"kind": "reset", "moment": "before"},
        {"kind": "reset", "moment": "after"},
    ]
)
PAYMENTS = st.sampled_from(
    [
        *({}, {"bank": PAYS}, {"bank": SILENT}, {"bank": CLOSED}, {"card": "4000000000000002"}),
        *(
            {"shipping": 5000},
            {"discount": 900, "shipping": 100, "tax": 7},
            {"discount": "everything"},
        ),
        *({"bank": SILENT, "tax": 1234}, {"card": "4000002760003184", "discount": 900}),
    ]
)
