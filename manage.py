#!/usr/bin/env python
"""Django's command line, with ./site and the packages on the import path."""

import os
import sys
from pathlib import Path


def main() -> None:
    """Run a command, with the local settings unless DJANGO_SETTINGS_MODULE is set."""
    root = Path(__file__).resolve().parent
    sys.path[:0] = [str(folder) for folder in (root / "site", *root.glob("packages/*"))]
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vipratech.settings.local")

    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as problem:
        # Operators get the reason without a traceback.
        raise SystemExit(f"The shop cannot start: {problem}") from None


if __name__ == "__main__":
    main()
