"""Django's PostgreSQL backend on a server that starts with the first connection."""

from contextlib import closing, suppress
from typing import Any

from django.db.backends.postgresql import base
from psycopg2 import OperationalError, connect, errors, sql

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
        except OperationalError:
            server.start(cluster)
            create_database(conn_params)
            return super().get_new_connection(conn_params)


def create_database(conn_params: dict[str, Any]) -> None:
    """Create the database that the parameters name, if it is missing."""
    address = {name: conn_params[name] for name in ("host", "port", "user")}
    with closing(connect(dbname="postgres", **address)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [conn_params["dbname"]])
        # Six processes may start at once, and each would create it.
        with suppress(errors.DuplicateDatabase, errors.UniqueViolation):
            if cursor.fetchone() is None:
                cursor.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(conn_params["dbname"])))
