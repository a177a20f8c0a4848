"""A process that uses the server. It answers each line of input, an SQL query, with a line of JSON.

python client_process.py FOLDER

Two lines are not SQL: `fork` continues in a child and ends the parent; `spawn` starts a program
that outlives this process.
"""

import json
import os
import subprocess
import sys
from typing import Any

import django
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection


def main() -> None:
    database = {"ENGINE": "django_local_postgres", "NAME": "shop", "HOST": sys.argv[1]}
    settings.configure(DATABASES={"default": database}, USE_TZ=True)
    django.setup()
    while line := sys.stdin.readline():
        print(json.dumps(SPECIAL.get(line.strip(), query)(line)), flush=True)  # noqa: T201 - the answer


def query(sql: str) -> Any:
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchone()
    except (DatabaseError, ImproperlyConfigured) as error:
        connection.close()
        return {type(error).__name__: str(error)}


def fork(_: str) -> int:
    connection.close()
    if os.fork():
        os._exit(0)
    return os.getpid()


def spawn(_: str) -> int:
    return subprocess.Popen(["sleep", "60"], stdout=subprocess.DEVNULL, close_fds=False).pid


SPECIAL = {"fork": fork, "spawn": spawn}

if __name__ == "__main__":
    main()
