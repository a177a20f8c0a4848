"""Finds the jobs of all apps at start."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class WorkerConfig(AppConfig):
    """Registry, rows and commands of the periodic jobs."""

    name = "worker"

    def ready(self) -> None:
        """Import each app's `jobs.py`, so that whoever asks the registry sees every job."""
        autodiscover_modules("jobs")
