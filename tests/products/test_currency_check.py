"""A shop keeps its currency: under another one it refuses to migrate and to work, in one clear
sentence.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core import checks
from django.db import connection
from pytest_django import Settings

from products.models import PricePeriod, ProductPage

ROOT = Path(__file__).parents[2]
SENTENCE = "SHOP_CURRENCY is eur, but this shop's prices are in inr."

SETTINGS = """
from vipratech.settings.test import *
SHOP_CURRENCY = {currency!r}
DATABASES = {{"default": {database!r}}}
"""


def errors() -> list[tuple[str | None, str]]:
    found = checks.run_checks(databases=["default"])
    return [
        (message.id, message.msg) for message in found if str(message.id).startswith("products.")
    ]


def test_a_new_shop_may_have_any_currency(db: None, settings: Settings) -> None:
    settings.SHOP_CURRENCY = "eur"
    assert errors() == []


def test_a_shop_with_prices_keeps_its_currency(lamp: ProductPage, settings: Settings) -> None:
    assert errors() == []
    settings.SHOP_CURRENCY = "eur"
    assert errors() == [("products.E001", SENTENCE)]
    (message,) = [
        found for found in checks.run_checks(databases=["default"]) if found.id == "products.E001"
    ]
    assert "SHOP_CURRENCY=inr" in str(message.hint)


def test_prices_of_the_past_count_too(lamp: ProductPage, settings: Settings) -> None:
    lamp.delete()
    settings.SHOP_CURRENCY = "eur"
    assert errors() == [("products.E001", SENTENCE)]


def run(tmp_path: Path, currency: str, *words: str) -> subprocess.CompletedProcess[str]:
    """`manage.py` on the test's database, under another currency."""
    keys = ("ENGINE", "NAME", "USER", "PASSWORD", "HOST", "PORT")
    database = {key: connection.settings_dict[key] for key in keys}
    (tmp_path / "other_currency.py").write_text(
        SETTINGS.format(currency=currency, database=database)
    )
    env = os.environ | {"DJANGO_SETTINGS_MODULE": "other_currency", "PYTHONPATH": str(tmp_path)}
    command = [sys.executable, "manage.py", *words]
    return subprocess.run(
        command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=60, check=False
    )


COMMANDS = (
    "migrate",
    "worker",
    "runserver 127.0.0.1:0",
    "runserver --noreload 127.0.0.1:0",
    "run_job sync_prices",
    "sync_prices",
    "reconcile_orders",
    "replay_events --pending",
    "seed_demo",
    "publish_scheduled",
    "shell --command pass",
)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_of_the_shop_refuses_another_currency(
    committed_db: None, lamp: ProductPage, tmp_path: Path, command: str
) -> None:
    refused = run(tmp_path, "eur", *command.split())
    assert refused.returncode == 1
    assert SENTENCE in refused.stderr and "products.E001" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert "Starting development server" not in refused.stdout
    assert [period.currency for period in PricePeriod.objects.all()] == ["inr"]


def test_migrate_goes_on_under_the_shops_own_currency(
    committed_db: None, lamp: ProductPage, tmp_path: Path
) -> None:
    done = run(tmp_path, "inr", "migrate")
    assert done.returncode == 0, done.stderr
