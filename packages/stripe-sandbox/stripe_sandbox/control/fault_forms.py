"""The control page's forms for trouble: on the next calls, and at rates."""

from html import escape

from stripe_sandbox.faults.rates import Rates

# label, query of the order
SINGLE = (
    ("500 before the work", "kind=error&moment=before"),
    ("500 after the work", "kind=error&moment=after"),
    ("403", "kind=error&status=403"),
    ("429", "kind=error&status=429"),
    ("Slow by 2 s", "kind=hang&seconds=2"),
    ("Hang for 30 s", "kind=hang&seconds=30"),
    ("Reset before", "kind=reset&moment=before"),
    ("Reset after", "kind=reset&moment=after"),
)
# field of Rates, label
CALLS = (
    ("errors", "500 answers"),
    ("hangs", "Hangs"),
    ("resets", "Broken connections"),
    ("limited", "429 answers"),
    ("latency", "Latency up to, s"),
    ("hang_seconds", "A hang lasts, s"),
)
DELIVERIES = (
    ("lost", "Lost"),
    ("doubled", "Doubled"),
    ("delayed", "Delayed"),
    ("misstated", "Misstated"),
    ("longest_delay", "Delay up to, s"),
    ("seed", "Seed"),
)
SECONDS = ("latency", "hang_seconds", "longest_delay")


def in_words(rates: Rates | None) -> str:
    """The chaos in force, for people: ``errors 5 %, lost 30 %``."""
    if rates is None:
        return "none"
    shares = [name for name, _ in CALLS + DELIVERIES if name not in (*SECONDS, "seed")]
    parts = [f"{name} {getattr(rates, name) * 100:g} %" for name in shares if getattr(rates, name)]
    if rates.latency:
        parts.append(f"latency up to {rates.latency:g} s")
    return ", ".join(parts) or "all rates are 0"


def forms(rates: Rates | None) -> str:
    """Both forms as markup, with the rates in force or some to begin with."""
    buttons = "".join(
        f'<button class="quiet" formaction="/_sandbox/trouble?{escape(query)}">{label}</button>'
        for label, query in SINGLE
    )
    return (
        '<section class="card"><h2>Trouble</h2>'
        '<form class="trouble" method="post" action="/_sandbox/trouble">'
        '<input type="hidden" name="from_page" value="1">'
        '<label for="times">For the next</label><input id="times" name="times" type="number" min="1" max="1000" '
        f'value="1"><span>API calls:</span>{buttons}</form>'
        f"<details{' open' if rates else ''}><summary>Chaos: trouble at rates</summary>"
        f"{_chaos(rates or Rates(errors=0.05, lost=0.3, doubled=0.2, delayed=0.3))}</details></section>"
    )


def _chaos(rates: Rates) -> str:
    calls = "".join(_number(rates, name, label) for name, label in CALLS)
    deliveries = "".join(_number(rates, name, label) for name, label in DELIVERIES)
    return (
        '<form class="chaos" method="post" action="/_sandbox/chaos"><input type="hidden" name="from_page" value="1">'
        "<p>Shares between 0 and 1. The same seed makes the same trouble.</p>"
        f"<fieldset><legend>API calls</legend>{calls}</fieldset>"
        f"<fieldset><legend>Events</legend>{deliveries}</fieldset><button>Let it happen</button></form>"
    )


def _number(rates: Rates, name: str, label: str) -> str:
    limits = 'min="0" step="any"' if name in SECONDS else 'min="0" max="1" step="any"'
    if name == "seed":
        limits = 'step="1"'
    return (
        f'<div><label for="{name}">{label}</label>'
        f'<input id="{name}" name="{name}" type="number" {limits} value="{getattr(rates, name):g}"></div>'
    )
