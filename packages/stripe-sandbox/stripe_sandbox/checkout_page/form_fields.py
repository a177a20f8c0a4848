"""What the forms of the payment page have in common: reading fields, checking them, showing them
again.
"""

from html import escape
from urllib.parse import parse_qs

from stripe_sandbox.objects import parameters

LONGEST_NAME = 200
LONGEST_VALUE = 1000


def read(body: str, *names: str) -> dict[str, str]:
    """The named fields of a form-encoded body; unreadable bytes are replaced, missing fields are
    empty.
    """
    try:
        sent = parse_qs(body, keep_blank_values=True, max_num_fields=50)
    except ValueError:
        sent = {}
    return {name: sent.get(name, [""])[-1].strip()[:LONGEST_VALUE] for name in names}


def email_problem(value: str) -> str:
    """What is wrong with an email address, or ""."""
    return (
        ""
        if parameters.is_email(value)
        else "Enter an email address, for example name@example.com."
    )


def name_problem(value: str, whose: str) -> str:
    """What is wrong with a name, or ""."""
    if not value:
        return f"Enter the name on the {whose}."
    return "" if len(value) <= LONGEST_NAME else "This name is too long."


def shown(
    name: str,
    label: str,
    autocomplete: str,
    attributes: str,
    *,
    value: str,
    problem: str = "",
    prefix: str = "",
) -> str:
    """One field as markup, with its error. ``prefix`` makes its id different from that of the other
    form.

    The browser scrolls to the first field with an error: on a phone it may be far below.
    """
    field_id = prefix + name
    state = f' aria-invalid="true" aria-describedby="{field_id}-error" autofocus' if problem else ""
    error = f'<p class="error" id="{field_id}-error">{escape(problem)}</p>' if problem else ""
    kind = "" if "type=" in attributes else 'type="text" '
    return (
        f'<div class="field"><label for="{field_id}">{label}</label>'
        f'<input {kind}id="{field_id}" name="{name}" value="{escape(value)}" autocomplete="{autocomplete}" required '
        f"{attributes}{state}>{error}</div>"
    )
