"""Settings of the probe project: the database is that of the test that starts the process."""

import json
import os
from pathlib import Path

SECRET_KEY = "probe"
USE_TZ = True
INSTALLED_APPS = ["worker", "tests.worker.probe.apps.ProbeConfig"]
DATABASES = {"default": json.loads(os.environ["PROBE_DATABASE"])}
PROBE_FOLDER = Path(os.environ["PROBE_FOLDER"])
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"stderr": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
}
