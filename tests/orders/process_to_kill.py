"""One step of the till in a process of its own, so that it can be killed half-way.

Arguments: the database's name, Stripe's address, and a job as JSON: {"buy": [e-mail, product key, amount]} or
{"receive": [body, signature]} or {"run": ["ask_about_checkouts"]}.
"""

import json
import os
import sys
from collections.abc import Callable
from typing import Any

import django
from django.conf import settings


def main(database: str, address: str, job: dict[str, Any]) -> None:
    """Set up Django on the test's database and do the job."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "vipratech.settings.test"
    settings.DATABASES["default"]["NAME"] = database
    settings.STRIPE_API_BASE = address
    django.setup()
    jobs: dict[str, Callable[..., None]] = {"buy": buy, "receive": receive, "run": run}
    for name, arguments in job.items():
        jobs[name](*arguments)


def buy(email: str, key: str, amount: str) -> None:
    """Press Buy."""
    from django.test import Client

    from users.models import User

    browser = Client()
    browser.force_login(User.objects.get(email=email))
    token = "5e7c4d7e-94c1-4b86-9a5d-8f4c9a8f8d11"
    browser.post("/checkout/", {"token": token, "currency": "inr", "product": key, "quantity": "1", "amount": amount})


def receive(body: str, signature: str) -> None:
    """Take a delivery."""
    from orders import webhook

    webhook.receive(body.encode(), signature)


def run(job: str) -> None:
    """One round of the worker."""
    from orders import asking

    getattr(asking, job)()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], json.loads(sys.argv[3]))
