"""Database engine for local and test use: a private PostgreSQL that lives exactly as long as somebody uses it.

Settings say only where it lives and which database to use; the last part of HOST names the major version, because
the files of one cannot be read by another:

    DATABASES = {
        "default": {"ENGINE": "local_postgres", "NAME": "shop", "HOST": str(ROOT / ".local" / "postgres-18")},
    }

User, password and port are the engine's own business. Tests may add the usual `"OPTIONS": {"options": "-c
synchronous_commit=off"}`. Importing this package, or settings that name it, starts nothing: the first connection
starts the server, and creates the database if it is missing.

How a server ends with its last user, however that one ends: every process that connects takes a shared lock on one
file and never lets go; the kernel drops it when the process is gone. A detached watcher waits for the same lock,
alone; once it has it nobody is left, and it stops the server. Who arrives meanwhile waits for the shared lock, finds
the server stopped, and starts it again.

    base, client   what Django asks for: connections and `manage.py dbshell`
    server         a process's side: take the lock, ask for the server
    keeper         the detached process: starts the server, watches, stops it
    cluster        the server's files, and how it is started and stopped
    programs       PostgreSQL's programs from the wheel, and the user they run as
    place          where all this is, for this user and this clone
    locks          file locks
"""
