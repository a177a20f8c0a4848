"""Settings that a merchant makes in the Dashboard and that change what the API does."""

from stripe_sandbox.state import Record, State

KIND = "sandbox.settings"
DEFAULTS: Record = {
    "id": "settings",
    "object": KIND,
    "terms_url": "",  # Public details; needed to ask shoppers to accept the terms
    "tax_percent": None,  # of every address; None: Stripe Tax is not set up
}


def current(state: State) -> Record:
    """The settings as they are now."""
    return {**DEFAULTS, **(state.get(KIND, "settings") or {})}


def change(state: State, terms_url: str, tax_percent: float | None) -> None:
    """Replace the settings. Raises ValueError for an impossible tax."""
    if tax_percent is not None and not 0 <= tax_percent <= 100:
        raise ValueError("tax_percent is between 0 and 100, or None.")
    changed = {**current(state), "terms_url": terms_url, "tax_percent": tax_percent}
    with state.transaction():
        if state.get(KIND, "settings"):
            state.save(changed)
        else:
            state.add(changed)
