"""What a server process loads before its first request, which all processes pay for."""

import os
import subprocess
import sys

from tests.deployment.repository import ROOT

# Libraries for documents, spreadsheets and plots: whoever needs one imports it then.
HEAVY = ("openpyxl", "xlsxwriter", "tablib", "matplotlib", "plotly", "pandas", "numpy", "reportlab")
LOAD = f"""
import sys
import django; django.setup()
import vipratech.wsgi
from django.urls import get_resolver
from wagtail.hooks import search_for_hooks
search_for_hooks(), len(get_resolver().url_patterns)
print(*(name for name in {HEAVY} if name in sys.modules))
"""


def test_no_heavy_library_is_imported_at_the_start() -> None:
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "vipratech.settings.test"}
    done = subprocess.run(
        [sys.executable, "-c", LOAD],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == ""
