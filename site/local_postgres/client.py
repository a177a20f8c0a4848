"""`manage.py dbshell`."""

from collections.abc import Iterable
from typing import Any

from django.db.backends.postgresql import client

from local_postgres import server
from local_postgres.cluster import PORT, SUPERUSER
from local_postgres.place import find_cluster


class DatabaseClient(client.DatabaseClient):
    """The wheel's own psql, on the private server."""

    @classmethod
    def settings_to_cmd_args_env(
        cls, settings_dict: dict[str, Any], parameters: Iterable[str]
    ) -> tuple[list[str], dict[str, str] | None]:
        """Start the server, and return the command that talks to it."""
        cluster = find_cluster(settings_dict["HOST"])
        server.join(cluster)
        address = {"HOST": str(cluster.socket_folder), "PORT": PORT, "USER": SUPERUSER}
        command, env = super().settings_to_cmd_args_env({**settings_dict, **address}, parameters)
        return [str(cluster.wheel / "pginstall/bin/psql"), *command[1:]], env
