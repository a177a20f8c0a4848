"""Is reading events as plain JSON worth it?

Signature check and JSON against the library's object tree, in one run.
"""

import statistics
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import stripe

from stripe_gateway import events
from stripe_sandbox import Sandbox

SECRET = "whsec_bench"  # noqa: S105 - signs nothing but the bench's events
ROUNDS, REPEAT = 15, 40


def main() -> None:
    """Print the median microseconds of each way, and how many times the slower takes."""
    body, header = _paid_event()
    ways: dict[str, Callable[[], object]] = {
        "verify and parse plain JSON (ours)": lambda: events.parse_event(
            events.verify(body, header, [SECRET])
        ),
        "the library's construct_event": lambda: stripe.Webhook.construct_event(
            body, header, SECRET
        ),
    }
    medians = {name: _median(way) for name, way in ways.items()}
    for name, seconds in medians.items():
        print(f"{name:36} {seconds * 1e6:8.0f} µs")
    ours, theirs = medians.values()
    print(f"{'ratio':36} {theirs / ours:8.1f}   ({len(body)} bytes)")


def _median(way: Callable[[], object]) -> float:
    def one_round() -> float:
        start = time.perf_counter()
        for _ in range(REPEAT):
            way()
        return (time.perf_counter() - start) / REPEAT

    return statistics.median(one_round() for _ in range(ROUNDS))


def _paid_event() -> tuple[bytes, str]:
    """A signed `checkout.session.completed`, made by the sandbox."""
    with (
        TemporaryDirectory() as folder,
        Sandbox(Path(folder) / "state", webhook_secret=SECRET) as sandbox,
    ):
        client = stripe.StripeClient("sk_test_bench", base_addresses={"api": sandbox.url})
        product = client.v1.products.create({"name": "Lamp"})
        price = client.v1.prices.create(
            {"product": product.id, "unit_amount": 149900, "currency": "inr"}
        )
        session = client.v1.checkout.sessions.create(
            {
                "mode": "payment",
                "line_items": [{"price": price.id, "quantity": 1}],
                "success_url": "http://localhost/",
                "metadata": {"installation": "i", "checkout": "c", "user": "1"},
            }
        )
        sandbox.pay(session.id)
        event = sandbox.events("checkout.session.completed")[-1]
        return sandbox.webhook_request(event["id"])


if __name__ == "__main__":
    main()
