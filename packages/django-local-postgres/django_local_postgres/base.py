"""Django's PostgreSQL backend, on a server that the first connection starts."""

from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from django.db.backends.postgresql import base
from django.db.backends.postgresql.psycopg_any import errors, sql

from django_local_postgres import server
from django_local_postgres.client import DatabaseClient
from django_local_postgres.location import find_cluster


class DatabaseWrapper(base.DatabaseWrapper):
    """Connections to the server in the folder that HOST names."""

    client_class = DatabaseClient

    @property
    def server_folder(self) -> Path:
        """The folder that holds the server and all its databases; removing it removes them."""
        return find_cluster(self.settings_dict["HOST"]).home

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Connect; if that fails, start the server, create the database and connect again.

        Raises ImproperlyConfigured where there can be no server, and OperationalError.
        """
        cluster = find_cluster(self.settings_dict["HOST"])
        server.join(cluster)
        try:
            return super().get_new_connection(conn_params | cluster.credentials())
        except (self.Database.OperationalError, FileNotFoundError):
            server.start(cluster)
            self._create_database(conn_params["dbname"], cluster.credentials())
            return super().get_new_connection(conn_params | cluster.credentials())

    def _create_database(self, name: str, credentials: dict[str, str]) -> None:
        with closing(self.Database.connect(dbname="postgres", **credentials)) as connection:
            connection.autocommit = True
            cursor = connection.cursor()
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
            # Another process may create it between the two statements.
            with suppress(errors.DuplicateDatabase, errors.UniqueViolation):
                if cursor.fetchone() is None:
                    cursor.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
