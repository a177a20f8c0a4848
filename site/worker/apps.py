"""Loads the jobs of all apps at startup."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class WorkerConfig(AppConfig):
    """The registry, the rows and the commands of periodic jobs."""

    name = "worker"

    def ready(self) -> None:
        """Import each app's `jobs.py`, which registers its jobs."""
        autodiscover_modules("jobs")
