"""The log holds no values of statements: they can be email addresses and password hashes."""

from pathlib import Path

from local_postgres_processes import Use

SECRETS = ("ann@example.com", "pbkdf2_sha256$1000$hash")
INSERT = "INSERT INTO people VALUES ('ann@example.com', 'pbkdf2_sha256$1000$hash', 1)"


def test_failed_statements_leave_no_values_in_the_log(use: Use, folder: Path) -> None:
    client = use(folder)
    client.server()
    client.ask("CREATE TABLE people (email text UNIQUE, password text NOT NULL, age int)")
    assert client.ask(f"{INSERT} RETURNING age") == [1]
    failing = (
        INSERT,  # DETAIL names the key
        "INSERT INTO people VALUES ('ann@example.com', NULL, 1)",  # DETAIL shows the row
        "INSERT INTO people SELECT 'bob', 'x', email::int FROM people",  # the message has the value
        "SELECT ann@example.com",  # a syntax error shows the statement
        "DO $$ BEGIN RAISE WARNING 'ann@example.com'; END $$",
    )
    errors = [client.ask(statement) for statement in failing]
    assert [type(error) for error in errors] == [dict] * len(errors)
    assert "ann@example.com" in str(errors)  # the client still gets the whole error
    log = (folder / "log").read_text()
    assert "ready to accept connections" in log
    assert [secret for secret in SECRETS if secret in log] == []
    assert "people" not in log


def test_statements_and_parameters_are_never_logged(use: Use, folder: Path) -> None:
    client = use(folder)
    client.server()
    settings = {
        "log_statement": "none",
        "log_min_duration_statement": "-1",
        "log_min_error_statement": "panic",
        "log_min_messages": "log",
        "log_error_verbosity": "terse",
        "log_parameter_max_length": "0",
        "log_parameter_max_length_on_error": "0",
    }
    names = ", ".join(f"current_setting('{name}')" for name in settings)
    assert client.ask(f"SELECT {names}") == list(settings.values())
