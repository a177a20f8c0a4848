"""Registers a check of the database that a test can make fail."""

from typing import Any

from django.apps import AppConfig
from django.core import checks

from tests.worker.probe.settings import PROBE_FOLDER


class ProbeConfig(AppConfig):
    name = "tests.worker.probe"

    def ready(self) -> None:
        checks.register(not_refused, checks.Tags.database)


def not_refused(
    app_configs: Any, databases: Any = None, **kwargs: Any
) -> list[checks.CheckMessage]:
    """A check that reads the database, like that of the currency."""
    if databases and (PROBE_FOLDER / "refuse").exists():
        return [checks.Error("This shop must not start.", id="probe.E001")]
    return []
