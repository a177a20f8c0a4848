"""`manage.py stripe_setup` says what an operator enters in Stripe's Dashboard."""

from io import StringIO

from django.core.management import call_command

from orders.events.process import HANDLERS


def printed(*words: str) -> str:
    """What the command prints."""
    out = StringIO()
    call_command("stripe_setup", *words, stdout=out)
    return out.getvalue()


def test_the_endpoint_is_described_completely() -> None:
    text = printed()
    assert "/stripe/webhook/" in text and "2026-10-28.endive" in text
    assert all(f"  {name}\n" in text for name in HANDLERS)


def test_the_events_are_printed_for_the_stripe_cli() -> None:
    names = printed("--events").strip().split(",")
    assert names == sorted(HANDLERS) and "refund.failed" in names
