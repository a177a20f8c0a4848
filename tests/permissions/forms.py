"""The forms that the matrix sends: what a superuser's browser would send after opening the page."""

from typing import Any

from bs4 import BeautifulSoup, Tag
from django.test import Client

from tests.permissions.rows import CUSTOMER, Rows
from tests.products.conftest import page_form

PAGES = "admin/pages/"
ORDERS = "admin/orders/<int:pk>/"
NOT_SENT = ("submit", "button", "image", "file", "reset")


def form_for(browser: Client, pattern: str, rows: Rows) -> dict[str, Any]:
    """The form that an address shows, filled in so that sending it would change a row."""
    page = browser.get(rows.address(pattern))
    is_html = page.get("Content-Type", "").startswith("text/html") and not page.streaming
    html = page.content.decode(errors="replace") if is_html else ""
    forms = BeautifulSoup(html, "html.parser").select('form[method="post" i]')
    others = [fields_of(form) for form in forms if "logout" not in str(form.get("action"))]
    shown: dict[str, Any] = max(others, key=len, default={})  # the others are buttons
    return shown | entries(rows).get(pattern, {})


def fields_of(form: Tag) -> dict[str, Any]:
    """What a browser sends of a form."""
    found: dict[str, Any] = {}
    for field in form.select("input[name], textarea[name], select[name]"):
        name, kind = str(field["name"]), str(field.get("type", "")).lower()
        if field.name == "select":
            chosen = [str(option.get("value", "")) for option in field.select("option[selected]")]
            found[name] = chosen if field.has_attr("multiple") else (chosen or [""])[0]
        elif field.name == "textarea":
            found[name] = field.text.removeprefix("\n")
        elif kind in ("checkbox", "radio"):
            if field.has_attr("checked"):
                found.setdefault(name, []).append(str(field.get("value", "on")))
        elif kind not in NOT_SENT:
            found[name] = str(field.get("value", ""))
    return found


def entries(rows: Rows) -> dict[str, dict[str, Any]]:
    """What a person would enter, by pattern."""
    done, line = {"confirmed": "yes"}, rows.order.lines.get().pk
    piece = {f"quantity_{line}": "1", **done}
    person = {
        "email": "made@example.com",
        "password1": "a-long-enough-1",
        "password2": "a-long-enough-1",
    }
    return {
        f"{ORDERS}ship/": done,
        f"{ORDERS}refund/": {**piece, "reason": "requested_by_customer"},
        f"{ORDERS}note/": {"text": "A note", **done},
        f"{ORDERS}write/": {"subject": "About it", "text": "Hello", **done},
        f"{ORDERS}hold/": {"reason": "Wait", **done},
        f"{ORDERS}address/": {"line1": "9 New Street", **done},
        f"{ORDERS}release/": done,
        f"{ORDERS}replace/": {"reason": "Broken", **piece},
        f"{ORDERS}receive/": piece,
        f"{ORDERS}cancel/": done,
        f"{ORDERS}tracking/": {"tracking_number": "JD1", **done},
        f"{ORDERS}undo/": done,
        "admin/customers/<int:pk>/erase/": {"email": CUSTOMER},
        "admin/stock/<int:pk>/": {"delta": "1"},
        "admin/alerts/inspect/<int:pk>/": {"edition": rows.alert.edition, "note": "Done"},
        "admin/pages/<int:page_id>/edit/": page_form(price="9.00"),
        f"{PAGES}add/<slug:content_type_app_name>/<slug:content_type_model_name>/<int:parent_page_id>/":
            page_form(title="Made", slug="made"),
        f"{PAGES}<int:page_id>/revisions/<int:revision_id>/revert/": page_form(price="9.00"),
        "admin/pages/<int:page_id>/copy/": {"new_title": "Copy", "new_slug": "copy"},
        "admin/users/new/": person,
        "admin/groups/new/": {"name": "Made"},
        "admin/collections/add/": {"name": "Made", "parent": rows.collection.get_parent().pk},
        "admin/redirects/add/": {"old_path": "/made", "redirect_link": "https://example.com/"},
        "admin/workflows/add/": {"name": "Made"},
        "accounts/email/": {"action_add": "", "email": "added@example.com"},
        "accounts/signup/": person,
        "accounts/password/reset/": {"email": rows.user.email},
    }  # fmt: skip
