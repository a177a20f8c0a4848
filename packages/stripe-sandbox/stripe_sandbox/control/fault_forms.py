"""The control page's forms for faults: on the next calls, and at rates."""

from html import escape

from stripe_sandbox.faults.rates import Rates

# label, query of the command
SINGLE = (
    ("Error 500 before the call is carried out", "kind=error&moment=before"),
    ("Error 500 after the call is carried out", "kind=error&moment=after"),
    ("Error 403 (missing permission)", "kind=error&status=403"),
    ("Error 429 (too many calls)", "kind=error&status=429"),
    ("Delay by 2 s", "kind=hang&seconds=2"),
    ("Hang for 30 s", "kind=hang&seconds=30"),
    ("Connection reset before the call is carried out", "kind=reset&moment=before"),
    ("Connection reset after the call is carried out", "kind=reset&moment=after"),
)
# field of Rates, label
CALLS = (
    ("errors", "Error 500"),
    ("hangs", "Hangs"),
    ("resets", "Connection resets"),
    ("limited", "Error 429"),
    ("latency", "Latency, up to (s)"),
    ("hang_seconds", "Length of a hang (s)"),
)
DELIVERIES = (
    ("lost", "Lost"),
    ("doubled", "Sent twice"),
    ("delayed", "Delayed"),
    ("misstated", "Sent with a wrong total"),
    ("longest_delay", "Delay, up to (s)"),
    ("seed", "Seed"),
)
SECONDS = ("latency", "hang_seconds", "longest_delay")


def in_words(rates: Rates | None) -> str:
    """The rates of random faults, for people: ``errors 5 %, lost 30 %``."""
    if rates is None:
        return "none"
    shares = [name for name, _ in CALLS + DELIVERIES if name not in (*SECONDS, "seed")]
    parts = [f"{name} {getattr(rates, name) * 100:g} %" for name in shares if getattr(rates, name)]
    if rates.latency:
        parts.append(f"latency up to {rates.latency:g} s")
    return ", ".join(parts) or "all rates are 0"


def forms(rates: Rates | None) -> str:
    """Both forms as markup, with the current rates, or else with some to start from."""
    buttons = "".join(
        f'<button class="quiet" formaction="/_sandbox/trouble?{escape(query)}">{label}</button>'
        for label, query in SINGLE
    )
    return (
        '<section class="card"><h2>Faults</h2>'
        '<form class="faults" method="post" action="/_sandbox/trouble">'
        '<input type="hidden" name="from_page" value="1">'
        '<label for="times">For the next</label><input id="times" name="times" type="number" min="1" max="1000" '
        f'value="1"><span>API calls:</span>{buttons}</form>'
        f"<details{' open' if rates else ''}><summary>Random faults (chaos)</summary>"
        f"{_chaos(rates or Rates(errors=0.05, lost=0.3, doubled=0.2, delayed=0.3))}</details></section>"
    )


def _chaos(rates: Rates) -> str:
    calls = "".join(_number(rates, name, label) for name, label in CALLS)
    deliveries = "".join(_number(rates, name, label) for name, label in DELIVERIES)
    return (
        '<form class="chaos" method="post" action="/_sandbox/chaos"><input type="hidden" name="from_page" value="1">'
        "<p>Shares between 0 and 1. The same seed causes the same faults.</p>"
        f"<fieldset><legend>API calls</legend>{calls}</fieldset>"
        f"<fieldset><legend>Events</legend>{deliveries}</fieldset><button>Start</button></form>"
    )


def _number(rates: Rates, name: str, label: str) -> str:
    limits = 'min="0" step="any"' if name in SECONDS else 'min="0" max="1" step="any"'
    if name == "seed":
        limits = 'step="1"'
    return (
        f'<div><label for="{name}">{label}</label>'
        f'<input id="{name}" name="{name}" type="number" {limits} value="{getattr(rates, name):g}"></div>'
    )
