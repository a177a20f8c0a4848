"""Decimal to Stripe's minor units and back, for every currency that Stripe names."""

from contextlib import suppress
from decimal import Decimal, getcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from money import InvalidAmount, check_chargeable, currencies, from_minor, to_minor

# One currency of each kind at Stripe, and all that Stripe lists by name.
NAMED = sorted(
    {
        *currencies.MINIMUM,
        *currencies.ZERO_DECIMAL,
        *currencies.THREE_DECIMAL,
        *currencies.STEP,
        "bgn",
    }
)
CURRENCIES = st.sampled_from(NAMED)
MINOR = st.integers(-(2**63), 2**63 - 1)


@given(minor=MINOR, currency=CURRENCIES)
def test_minor_units_survive_the_round_trip(minor: int, currency: str) -> None:
    assert to_minor(from_minor(minor, currency), currency) == minor


@given(amount=st.decimals(-(10**17), 10**17, places=3), currency=CURRENCIES)
def test_an_amount_is_converted_exactly_or_refused(amount: Decimal, currency: str) -> None:
    try:
        minor = to_minor(amount, currency)
    except InvalidAmount:
        assert amount % Decimal(1).scaleb(-currencies.exponent(currency)) != 0
    else:
        assert from_minor(minor, currency) == amount


@given(amount=st.decimals(), currency=CURRENCIES)
def test_any_decimal_gives_an_int_or_invalid_amount(amount: Decimal, currency: str) -> None:
    with suppress(InvalidAmount):
        assert isinstance(to_minor(amount, currency), int)


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("499.50", "inr", 49950),
        ("19.99", "usd", 1999),  # as floats 1998
        ("0.29", "eur", 29),
        ("500", "jpy", 500),
        ("500.000", "jpy", 500),
        ("5.120", "kwd", 5120),
        ("1500", "isk", 150000),  # no decimals in ISO 4217, two at Stripe
        ("3000", "ugx", 300000),
        ("1E+3", "inr", 100000),
        ("-1.50", "inr", -150),
        ("0E-999999", "inr", 0),
    ],
)
def test_known_amounts(text: str, currency: str, minor: int) -> None:
    assert to_minor(Decimal(text), currency) == minor


@pytest.mark.parametrize(
    ("text", "currency", "message"),
    [
        ("0.001", "inr", "INR amounts can have at most 2 decimals."),
        ("1.5", "jpy", "JPY amounts cannot have decimals."),
        ("1.0001", "kwd", "KWD amounts can have at most 3 decimals."),
        # More digits than Python's default context: rounding would make these valid.
        ("1.00000000000000000000000000001", "inr", "INR amounts can have at most 2 decimals."),
        ("99999999999999999999999999999.999", "inr", "INR amounts can have at most 2 decimals."),
        ("1E+999999", "inr", "INR amounts can have at most 2 decimals."),
        ("1E-999999", "inr", "INR amounts can have at most 2 decimals."),
        ("NaN", "inr", "Enter an amount."),
        ("sNaN", "inr", "Enter an amount."),
        ("Infinity", "inr", "Enter an amount."),
        ("-Infinity", "jpy", "Enter an amount."),
    ],
)
def test_invalid_amounts(text: str, currency: str, message: str) -> None:
    with pytest.raises(InvalidAmount) as refusal:
        to_minor(Decimal(text), currency)
    assert str(refusal.value) == message


def test_conversion_does_not_depend_on_the_threads_decimal_context() -> None:
    before = getcontext().prec
    getcontext().prec = 3
    try:
        assert to_minor(Decimal("123456.78"), "inr") == 12345678
        assert from_minor(12345678, "inr") == Decimal("123456.78")
    finally:
        getcontext().prec = before


@given(currency=CURRENCIES)
def test_the_minimum_and_the_maximum_of_every_currency_can_be_charged(currency: str) -> None:
    step = currencies.STEP.get(currency, 1)
    least = currencies.MINIMUM.get(currency, step)
    most = currencies.MAXIMUM // step * step
    check_chargeable(least, currency)
    check_chargeable(most, currency)
    for beyond in (least - 1, most + 1, 0, -least):
        with pytest.raises(InvalidAmount):
            check_chargeable(beyond, currency)


@pytest.mark.parametrize(
    ("minor", "currency", "message"),
    [
        (49, "inr", "The minimum amount is ₹0.50."),
        (0, "inr", "The minimum amount is ₹0.50."),
        (49, "jpy", "The minimum amount is JP¥50."),
        (100_000_000, "inr", "The maximum amount is ₹9,99,999.99."),
        (99_999_995, "kwd", "The maximum amount is KWD 99,999.990."),
        (5_125, "kwd", "KWD amounts must be multiples of KWD 0.010."),
        (150_050, "isk", "ISK amounts must be multiples of ISK 1.00."),
        (50, "ugx", "The minimum amount is UGX 1.00."),
    ],
)
def test_amounts_that_stripe_would_refuse_give_a_clear_message(
    minor: int, currency: str, message: str
) -> None:
    with pytest.raises(InvalidAmount) as refusal:
        check_chargeable(minor, currency)
    assert str(refusal.value).replace("\xa0", " ") == message
