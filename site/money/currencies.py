"""Stripe's rules for each currency, from docs.stripe.com/currencies.

The numbers of decimals are Stripe's, not ISO's: ISK and UGX have no decimals in ISO 4217, but two
at Stripe, which must be 00.
"""

ZERO_DECIMAL = frozenset(
    [
        "bif",
        "clp",
        "djf",
        "gnf",
        "jpy",
        "kmf",
        "krw",
        "mga",
        "pyg",
        "rwf",
        "vnd",
        "vuv",
        "xaf",
        "xof",
        "xpf",
    ]
)
THREE_DECIMAL = frozenset(["bhd", "jod", "kwd", "omr", "tnd"])

# Amounts must be a multiple of this many minor units.
STEP = {"isk": 100, "ugx": 100, **dict.fromkeys(THREE_DECIMAL, 10)}

# The minimum charge for a card, in minor units.
MINIMUM = {
    "aed": 200, "ars": 50, "aud": 50, "brl": 50, "cad": 50, "chf": 50, "cop": 50, "czk": 1500,
    "dkk": 250, "eur": 50, "gbp": 30, "hkd": 400, "huf": 17500, "idr": 50, "ils": 50, "inr": 50,
    "jpy": 50, "krw": 50, "mxn": 1000, "myr": 200, "nok": 300, "nzd": 50, "php": 50, "pln": 200,
    "ron": 200, "rub": 50, "sek": 300, "sgd": 50, "thb": 1000, "usd": 50, "zar": 50,
}  # fmt: skip

# Eight digits in every currency. Some cards allow more, but no payment method allows less.
MAXIMUM = 99_999_999


def exponent(currency: str) -> int:
    """The number of decimals of a currency at Stripe: 0, 2 or 3."""
    if currency in ZERO_DECIMAL:
        return 0
    return 3 if currency in THREE_DECIMAL else 2
