"""Django database engine for local and test use: it starts a private PostgreSQL server on demand.

The settings name a folder and a database. End the folder's name with PostgreSQL's major version,
because one major version cannot read the files of another:

    DATABASES = {
        "default": {
            "ENGINE": "django_local_postgres",
            "NAME": "shop",
            "HOST": str(ROOT / ".local" / "postgres-18"),
        },
    }

The engine chooses the user, the password and the port. The first connection starts the server and
creates the database; importing the package starts nothing. The server stops when the last process
that uses it has ended, however that process ended: every process that connects holds a shared lock
on one file until it ends, and a detached supervisor stops the server once it gets the exclusive
lock.

    base, client   what Django needs: connections and `manage.py dbshell`
    server         used by every process: take the shared lock, have the server started
    supervisor     the detached process that starts, watches and stops the server
    cluster        the server's files and password, and how it is started and stopped
    programs       PostgreSQL's programs from the wheel, and the user they run as
    location       where the files are, for this user and this folder
    locks          file locks
"""
