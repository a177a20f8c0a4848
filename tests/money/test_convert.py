"""Decimal to Stripe's minor units and back, for every currency Stripe names."""

from contextlib import suppress
from decimal import Decimal, getcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from money import InvalidAmount, check_chargeable, currencies, from_minor, to_minor

# One of each kind that Stripe tells apart, and all that it lists by name.
NAMED = sorted({*currencies.MINIMUM, *currencies.ZERO_DECIMAL, *currencies.THREE_DECIMAL, *currencies.STEP, "bgn"})
CURRENCIES = st.sampled_from(NAMED)
MINOR = st.integers(-(2**63), 2**63 - 1)


@given(minor=MINOR, currency=CURRENCIES)
def test_minor_units_come_back_as_they_went(minor: int, currency: str) -> None:
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
def test_whatever_decimal_there_is_gives_an_int_or_invalid_amount(amount: Decimal, currency: str) -> None:
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
        ("1500", "isk", 150000),  # no decimals at ISO, two at Stripe
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
        ("0.001", "inr", "INR has 2 decimals."),
        ("1.5", "jpy", "JPY has no decimals."),
        ("1.0001", "kwd", "KWD has 3 decimals."),
        # More digits than Python's context holds: rounding would turn these into amounts.
        ("1.00000000000000000000000000001", "inr", "INR has 2 decimals."),
        ("99999999999999999999999999999.999", "inr", "INR has 2 decimals."),
        ("1E+999999", "inr", "INR has 2 decimals."),
        ("1E-999999", "inr", "INR has 2 decimals."),
        ("NaN", "inr", "That is no amount."),
        ("sNaN", "inr", "That is no amount."),
        ("Infinity", "inr", "That is no amount."),
        ("-Infinity", "jpy", "That is no amount."),
    ],
)
def test_amounts_that_are_none(text: str, currency: str, message: str) -> None:
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
def test_the_least_and_the_most_of_every_currency_can_be_charged(currency: str) -> None:
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
        (49, "inr", "The least that can be charged is ₹0.50."),
        (0, "inr", "The least that can be charged is ₹0.50."),
        (49, "jpy", "The least that can be charged is JP¥50."),
        (100_000_000, "inr", "The most that can be charged is ₹9,99,999.99."),
        (99_999_995, "kwd", "The most that can be charged is KWD 99,999.990."),
        (5_125, "kwd", "KWD amounts go in steps of KWD 0.010."),
        (150_050, "isk", "ISK amounts go in steps of ISK 1.00."),
        (50, "ugx", "The least that can be charged is UGX 1.00."),
    ],
)
def test_amounts_stripe_would_refuse_are_refused_in_words(minor: int, currency: str, message: str) -> None:
    with pytest.raises(InvalidAmount) as refusal:
        check_chargeable(minor, currency)
    assert str(refusal.value).replace("\xa0", " ") == message
