"""`manage.py dbshell`."""

from collections.abc import Iterable
from typing import Any

from django.db.backends.postgresql import client

from django_local_postgres import server
from django_local_postgres.location import find_cluster


class DatabaseClient(client.DatabaseClient):
    """The psql program of the wheel, connected to the private server."""

    @classmethod
    def settings_to_cmd_args_env(
        cls, settings_dict: dict[str, Any], parameters: Iterable[str]
    ) -> tuple[list[str], dict[str, str] | None]:
        """Start the server, and return the command and environment that connect to it."""
        cluster = find_cluster(settings_dict["HOST"])
        server.join(cluster)
        address = {name.upper(): value for name, value in cluster.credentials().items()}
        command, env = super().settings_to_cmd_args_env({**settings_dict, **address}, parameters)
        return [str(cluster.wheel / "pginstall/bin/psql"), *command[1:]], env
