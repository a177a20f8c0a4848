#!/usr/bin/env python
"""Django's command line, with ./site on the import path."""

import os
import sys
from pathlib import Path


def main() -> None:
    """Run the command named on the command line, with the local settings unless told otherwise."""
    sys.path.insert(0, str(Path(__file__).resolve().parent / "site"))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vipratech.settings.local")

    from django.core.exceptions import ImproperlyConfigured  # the path comes first
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as problem:  # a sentence for the operator, not a traceback
        raise SystemExit(f"The shop does not start: {problem}") from None


if __name__ == "__main__":
    main()
