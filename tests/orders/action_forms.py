"""The forms of the actions on an order's page, filled in and confirmed as staff do it."""

from typing import Any

from bs4 import BeautifulSoup
from django.test import Client

from orders.models import Order


def fields(response: Any) -> dict[str, str]:
    """The names and values of a form's fields as a browser would send them."""
    form = BeautifulSoup(response.content, "html.parser").select_one("main form")
    assert form is not None, response.content.decode()[-500:]
    return {
        str(field["name"]): field.get_text() if field.name == "textarea" else str(field["value"])
        for field in form.select("input[value], textarea")
        if field.get("type") != "checkbox" or field.has_attr("checked")
    }


def act(browser: Client, order: Order, action: str, query: str = "", **entered: Any) -> Any:
    """Open a form, fill it in, press Continue, and confirm; returns the last answer."""
    url = f"/admin/orders/{order.pk}/{action}/{query}"
    sent = {**fields(browser.get(url)), **entered}
    answer = browser.post(url, sent)
    if answer.status_code != 200:
        return answer
    return browser.post(url, fields(answer), follow=True)
