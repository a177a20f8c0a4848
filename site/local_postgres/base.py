"""Django's PostgreSQL backend on a server that starts with the first connection."""

from contextlib import closing, suppress
from typing import Any

from django.db.backends.postgresql import base
from django.db.backends.postgresql.psycopg_any import errors, sql

from local_postgres import server
from local_postgres.client import DatabaseClient
from local_postgres.cluster import PORT, SUPERUSER
from local_postgres.place import find_cluster


class DatabaseWrapper(base.DatabaseWrapper):
    """Connections to the server in the folder named by HOST."""

    client_class = DatabaseClient

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Connect; if that fails, see that server and database are there, and connect again."""
        cluster = find_cluster(self.settings_dict["HOST"])
        conn_params |= {"host": str(cluster.socket_folder), "port": PORT, "user": SUPERUSER}
        server.join(cluster)
        try:
            return super().get_new_connection(conn_params)
        except self.Database.OperationalError:
            server.start(cluster)
            self._create_database(conn_params)
            return super().get_new_connection(conn_params)

    def _create_database(self, conn_params: dict[str, Any]) -> None:
        """Create the database that the parameters name, if it is missing."""
        name = conn_params["dbname"]
        address = {key: conn_params[key] for key in ("host", "port", "user")}
        with closing(self.Database.connect(dbname="postgres", **address)) as connection:
            connection.autocommit = True
            cursor = connection.cursor()
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
            # Other processes that start at the same moment create it too.
            with suppress(errors.DuplicateDatabase, errors.UniqueViolation):
                if cursor.fetchone() is None:
                    cursor.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
