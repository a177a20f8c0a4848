"""`.env.example` lists everything that can be set, and only the settings read the environment."""

import json
import re
import subprocess
import sys

from tests.deployment.repository import (
    ROOT,
    SERVER,
    SETTINGS,
    asked_for,
    example,
    read_beside_settings,
    read_by_settings,
    run,
    substituted,
)

SANDBOX = "packages/stripe-sandbox/stripe_sandbox"
OURS = ("home", "orders", "products", SANDBOX, "site")
# Chooses the settings; it is not one of them.
NOT_FOR_PEOPLE = {"DJANGO_SETTINGS_MODULE"}


def test_the_example_lists_every_variable_that_is_read_and_no_other() -> None:
    assert set(example()) == (read_by_settings() | read_beside_settings()) - NOT_FOR_PEOPLE


def test_the_search_for_variables_finds_known_ones() -> None:
    assert {
        "SECRET_KEY",
        "STRIPE_WEBHOOK_SECRET",
        "PORT",
        "EMAIL_URL",
        "MEDIA_ROOT",
    } <= read_by_settings()
    assert {"WEB_THREADS", "SANDBOX_STATE"} <= read_beside_settings()


def test_no_variable_is_listed_twice() -> None:
    names = re.findall(r"^(?:# )?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)
    assert len(names) == len(set(names))


def test_compose_substitutes_only_variables_that_the_example_lists() -> None:
    assert substituted((ROOT / "docker-compose.yml").read_text()) <= set(example())


def test_the_example_sets_nothing() -> None:
    assert example(active_only=True) == {}


def test_an_empty_variable_counts_as_not_set() -> None:
    module = {"DJANGO_SETTINGS_MODULE": "vipratech.settings.production", "PYTHONPATH": "site"}
    program = "from django.conf import settings as s; s.ALLOWED_HOSTS; print(json.dumps(SETTINGS))"
    names = ("SHOP_LOCALE", "TIME_ZONE", "SHOP_CURRENCY", "DEFAULT_FROM_EMAIL")
    values = "[" + ", ".join(f"s.{name}" for name in (*names, "EMAIL_BACKEND", "CACHES")) + "]"
    command = (sys.executable, "-c", f"import json; {program.replace('SETTINGS', values)}")
    demo = {"SHOP_DEMO": "true", "ALLOWED_HOSTS": "localhost", "DATABASE_URL": "postgres://a/b"}
    unset = run(*command, **module, **demo)
    empty = dict.fromkeys(read_by_settings() - set(demo) - NOT_FOR_PEOPLE, "")
    assert unset.returncode == 0, unset.stderr
    assert run(*command, **module, **demo, **empty).stdout == unset.stdout


def test_only_settings_read_the_environment_of_the_shop() -> None:
    found = {
        path.relative_to(ROOT).as_posix(): asked_for(
            path, r"(os\.)?(environ\.get|getenv)|env(\.\w+)?"
        )
        for folder in OURS
        for path in (ROOT / folder).rglob("*.py")
        if SETTINGS not in path.parents
    }
    assert {path for path, names in found.items() if names} == {f"{SANDBOX}/__main__.py"}


def test_options_in_the_database_url_override_our_timeouts() -> None:
    options = "s.DATABASES['default']['OPTIONS']"
    program = f"from vipratech.settings import production as s; print(json.dumps({options}))"
    address = f"{SERVER['DATABASE_URL']}?sslmode=require&connect_timeout=3"
    done = run(
        sys.executable,
        "-c",
        f"import json; {program}",
        **SERVER | {"DATABASE_URL": address, "PYTHONPATH": "site"},
    )
    options = json.loads(done.stdout)
    assert (
        options | {"sslmode": "require", "connect_timeout": 3, "tcp_user_timeout": 30_000}
        == options
    )


def test_git_ignores_env_files() -> None:
    git = subprocess.run(
        ["git", "check-ignore", ".env"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert git.stdout.strip() == ".env"
