#!/usr/bin/env python
"""Django's command line, with ./site on the import path."""

import os
import sys
from pathlib import Path


def main() -> None:
    """Run the command named on the command line, with the local settings unless told otherwise."""
    sys.path.insert(0, str(Path(__file__).resolve().parent / "site"))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vipratech.settings.local")

    from django.core.management import execute_from_command_line  # the path comes first

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
