"""The part of both forms where the shopper enters what the session asks for: address, shipping,
phone, code, note, consent.
"""

from html import escape

from stripe_sandbox.checkout_page import choices, form_fields
from stripe_sandbox.checkout_page.choices import Choices
from stripe_sandbox.currencies import readable
from stripe_sandbox.objects import settings
from stripe_sandbox.state import Record, State

# name, label, autocomplete, input attributes
ADDRESS_FIELDS = (
    ("shipping_name", "Name for the delivery", "shipping name", ""),
    ("line1", "Address", "shipping address-line1", ""),
    ("line2", "Address line 2 (optional)", "shipping address-line2", "data-optional"),
    ("city", "City", "shipping address-level2", "data-optional"),
    ("state", "State or region (optional)", "shipping address-level1", "data-optional"),
    ("postal_code", "Postal code", "shipping postal-code", "data-optional"),
)
NAMES = ("country", "phone", "promotion_code", "terms", *(row[0] for row in ADDRESS_FIELDS))


def read(session: Record, body: str) -> Choices:
    """What was entered; fields that the session does not ask for stay empty."""
    asked = {f"field_{field['key']}": field["key"] for field in session["custom_fields"]}
    sent = form_fields.read(body, *NAMES, "rate", *asked)
    has_address = session["shipping_address_collection"] is not None
    address = {name: sent[name] for name in choices.EMPTY_ADDRESS} if has_address else {}
    return Choices(
        address=address,
        shipping_name=sent["shipping_name"] if has_address else "",
        phone=sent["phone"] if session["phone_number_collection"]["enabled"] else "",
        rate=int(sent["rate"]) if sent["rate"].isdecimal() and len(sent["rate"]) < 3 else 0,
        promotion_code=sent["promotion_code"] if session["allow_promotion_codes"] else "",
        fields={key: sent[name][:255] for name, key in asked.items()},
        accepts_terms=choices.asks_for_terms(session) and sent["terms"] == "yes",
    )


def shown(
    state: State, session: Record, entered: Choices, problems: dict[str, str], prefix: str = ""
) -> str:
    """The fields as markup, with what was entered and what is wrong with it."""
    parts = []
    if session["shipping_address_collection"]:
        parts.append(_address(session, entered, problems, prefix))
    if session["phone_number_collection"]["enabled"]:
        row = ("phone", "Phone", "tel", 'type="tel"')
        parts.append(_text(row, entered.phone, problems, prefix))
    if session["shipping_options"]:
        parts.append(_rates(state, session, entered, problems, prefix))
    if session["allow_promotion_codes"]:
        row = ("promotion_code", "Promotion code (optional)", "off", "data-optional")
        parts.append(_text(row, entered.promotion_code, problems, prefix))
    for field in session["custom_fields"]:
        parts.append(_custom_field(field, entered, problems, prefix))
    if choices.asks_for_terms(session):
        parts.append(_terms(state, entered, problems, prefix))
    return "".join(parts)


def _text(row: tuple[str, str, str, str], value: str, problems: dict[str, str], prefix: str) -> str:
    markup = form_fields.shown(*row, value=value, problem=problems.get(row[0], ""), prefix=prefix)
    return markup.replace(" required data-optional", "")


def _address(session: Record, entered: Choices, problems: dict[str, str], prefix: str) -> str:
    values = {**entered.address, "shipping_name": entered.shipping_name}
    fields = [_text(row, values.get(row[0], ""), problems, prefix) for row in ADDRESS_FIELDS]
    codes = session["shipping_address_collection"]["allowed_countries"]
    options = "".join(
        f"<option{' selected' if code == values.get('country') else ''}>{code}</option>"
        for code in sorted(codes)
    )
    country = (
        f'<div class="field"><label for="{prefix}country">Country</label>'
        f'<select id="{prefix}country" name="country" autocomplete="shipping country">{options}'
        f"</select>{_error('country', problems, prefix)}</div>"
    )
    return "".join([*fields, country])


def _rates(
    state: State, session: Record, entered: Choices, problems: dict[str, str], prefix: str
) -> str:
    rows = []
    for place, option in enumerate(session["shipping_options"]):
        rate = state.get("shipping_rate", option["shipping_rate"]) or {"display_name": ""}
        checked = " checked" if place == entered.rate else ""
        amount = readable(option["shipping_amount"], session["currency"])
        rows.append(
            f'<label class="choice"><input type="radio" name="rate" value="{place}"{checked}> '
            f'{escape(rate["display_name"])} <span class="amount">{amount}</span></label>'
        )
    error = _error("rate", problems, prefix)
    return f'<fieldset class="field"><legend>Shipping</legend>{"".join(rows)}{error}</fieldset>'


def _custom_field(field: Record, entered: Choices, problems: dict[str, str], prefix: str) -> str:
    label = escape(field["label"]["custom"]) + (" (optional)" if field["optional"] else "")
    name = f"field_{field['key']}"
    attributes = "data-optional" if field["optional"] else ""
    value = entered.fields.get(field["key"], "")
    return _text((name, label, "off", attributes), value, problems, prefix)


def _terms(state: State, entered: Choices, problems: dict[str, str], prefix: str) -> str:
    url = escape(settings.current(state)["terms_url"])
    checked = " checked" if entered.accepts_terms else ""
    return (
        f'<div class="field"><label class="choice"><input type="checkbox" name="terms" value="yes"{checked}> '
        f'<span>I agree to the <a href="{url}">terms of service</a>.</span></label>'
        f"{_error('terms', problems, prefix)}</div>"
    )


def _error(name: str, problems: dict[str, str], prefix: str) -> str:
    problem = problems.get(name, "")
    return f'<p class="error" id="{prefix}{name}-error">{escape(problem)}</p>' if problem else ""
