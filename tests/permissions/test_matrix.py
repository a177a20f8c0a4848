"""Who may do what: every role at every URL pattern, with GET and POST (`matrix.txt`).

A cell is a status, or `login` for a redirect to a login page, or `home` for Wagtail's way to
refuse: a redirect to the admin's first page. A star says that the response changed a row; the forms
are valid. A refusal changes none.
WRITE_MATRIX=1 writes the cells anew; read the differences before you commit them.
"""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client

from products.models import ProductPage
from stripe_sandbox import Sandbox
from tests.permissions.forms import form_for
from tests.permissions.rows import CUSTOMER, DRAFT, Rows, patterns
from tests.staff import make_staff
from users.models import User

ROLES = (
    "nobody", "shopper", "Editors", "Price editors", "Order desk", "Finance", "Owners", "superuser",
)  # fmt: skip
MATRIX = Path(__file__).parent / "matrix.txt"
WRITE = re.compile(r"^(INSERT INTO|UPDATE|DELETE FROM) \"(?!django_session|limits_counters)", re.I)
REFUSALS = ("login", "home", "403", "404", "405")
# Nobody who works on pages needs to know customers, and the other way round.
KNOW_NO_CUSTOMERS = ("nobody", "shopper", "Editors", "Price editors")
KNOW_NO_DRAFTS = ("nobody", "shopper", "Order desk", "Finance")


def recorded() -> dict[tuple[str, str], list[str]]:
    """The cells, by method and pattern."""
    found = {}
    for line in MATRIX.read_text().splitlines()[1:]:
        method, *cells, pattern = line.split()
        found[method, pattern] = cells
    return found


def browser_of(role: str) -> Client:
    """A browser in which somebody with the role is logged in."""
    browser = Client(raise_request_exception=False)
    if role == "superuser":
        browser.force_login(User.objects.create_superuser("root@example.com", "x"))
    elif role == "shopper":
        browser.force_login(User.objects.create_user("other-shopper@example.com", "x"))
    elif role != "nobody":
        browser.force_login(make_staff(role=role, email=f"{role.split()[0].lower()}@example.com"))
    return browser


@contextmanager
def undone() -> Iterator[list[str]]:
    """Undo what happens inside, and list the statements that wrote."""
    written: list[str] = []

    def note(execute: Any, sql: str, *rest: Any) -> Any:
        if WRITE.match(sql):
            written.append(sql)
        return execute(sql, *rest)

    with transaction.atomic():
        with connection.execute_wrapper(note):
            yield written
        transaction.set_rollback(True)


def cell_of(response: HttpResponse, written: list[str]) -> str:
    """The cell for a response."""
    target = response.get("Location", "")
    if response.status_code == 302 and "/login/" in target:
        return "login"
    if response.status_code == 302 and target.partition("?")[0] == "/admin/" and not written:
        return "home"
    return f"{response.status_code}{'*' if written else ''}"


def what_is_wrong(
    role: str, cell: str, response: HttpResponse, written: list[str]
) -> Iterator[str]:
    """What must not happen, whatever the cell says."""
    text = "" if response.streaming else response.content.decode(errors="replace")
    if cell.removesuffix("*") in REFUSALS and written:
        yield f"refused, but wrote {written}"
    if response.status_code >= 500:
        yield "fails"
    if role in KNOW_NO_CUSTOMERS and CUSTOMER in text:
        yield "shows a customer"
    if role in KNOW_NO_DRAFTS and DRAFT in text:
        yield "shows a draft"


@pytest.mark.django_db
def test_every_role_at_every_address(synced: Sandbox, lamp: ProductPage) -> None:
    rows = Rows(synced, lamp)
    browsers = {role: browser_of(role) for role in ROLES}
    cookies = {role: browsers[role].cookies.output(header="", sep=";") for role in ROLES}
    found: dict[tuple[str, str], list[str]] = {}
    problems: list[str] = []
    for pattern, method in product(patterns(), ("GET", "POST")):
        address = rows.address(pattern)
        with undone():
            form = form_for(browsers["superuser"], pattern, rows) if method == "POST" else {}
        for role, browser in browsers.items():
            browser.cookies.load(cookies[role])  # some responses delete the session
            with undone() as written:
                response = getattr(browser, method.lower())(address, form)
            cell = cell_of(response, written)
            found.setdefault((method, pattern), []).append(cell)
            wrong = what_is_wrong(role, cell, response, written)
            problems += [f"{role}: {method} {address} → {cell}: {text}" for text in wrong]
    if os.environ.get("WRITE_MATRIX"):
        write(found)
    assert not problems, "\n".join(problems)
    assert recorded() == found


def write(found: dict[tuple[str, str], list[str]]) -> None:
    """Write the table, for somebody to read."""
    texts = ["       " + " ".join(role.replace(" ", "_") for role in ROLES) + " pattern"]
    for (method, pattern), cells in found.items():
        texts.append(" ".join(f"{cell:6}" for cell in (method, *cells)) + f" {pattern}")
    MATRIX.write_text("\n".join(texts) + "\n")
