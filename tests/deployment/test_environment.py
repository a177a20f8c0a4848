"""`.env.example` tells everything that can be set, and nothing else reads the environment."""

import json
import re
import subprocess
import sys

from tests.deployment.repository import (
    ROOT,
    SERVER,
    SETTINGS,
    asked_for,
    compose,
    example,
    read_beside_settings,
    read_by_settings,
    run,
    substituted,
)

OURS = ("home", "orders", "products", "sandbox", "site")
# Names of a module of settings, not settings of a shop.
NOT_FOR_PEOPLE = {"DJANGO_SETTINGS_MODULE"}


def test_the_example_lists_every_variable_that_is_read_and_no_other() -> None:
    assert set(example()) == (read_by_settings() | read_beside_settings()) - NOT_FOR_PEOPLE


def test_the_reader_of_settings_finds_what_is_known_to_be_there() -> None:
    assert {"SECRET_KEY", "STRIPE_WEBHOOK_SECRET", "PORT", "EMAIL_URL", "MEDIA_ROOT"} <= read_by_settings()
    assert {"WEB_THREADS", "SANDBOX_STATE"} <= read_beside_settings()


def test_no_variable_is_listed_twice() -> None:
    names = re.findall(r"^(?:# )?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)
    assert len(names) == len(set(names))


def test_compose_fills_in_only_variables_that_the_example_lists() -> None:
    assert substituted((ROOT / "docker-compose.yml").read_text()) <= set(example())


def test_as_it_is_the_example_sets_nothing_but_a_demo() -> None:
    assert set(example(active_only=True)) == {"SHOP_DEMO", "SECRET_KEY"}
    assert example(active_only=True)["SHOP_DEMO"] == "true"


def test_every_service_of_the_shop_gets_the_whole_env_file() -> None:
    shop = {name: service for name, service in compose()["services"].items() if "build" in service}
    assert {name for name, service in shop.items() if service.get("env_file") == ".env"} == set(shop) - {"stripe"}


def test_only_settings_read_the_environment_of_the_shop() -> None:
    found = {
        path.relative_to(ROOT).as_posix(): asked_for(path, r"(os\.)?(environ\.get|getenv)|env(\.\w+)?")
        for folder in OURS
        for path in (ROOT / folder).rglob("*.py")
        if SETTINGS not in path.parents
    }
    assert {path for path, names in found.items() if names} == {"sandbox/__main__.py"}


def test_what_the_address_of_the_database_says_comes_beside_our_patience_and_before_it() -> None:
    program = "from vipratech.settings import production as s; print(json.dumps(s.DATABASES['default']['OPTIONS']))"
    address = f"{SERVER['DATABASE_URL']}?sslmode=require&connect_timeout=3"
    done = run(
        sys.executable, "-c", f"import json; {program}", **SERVER | {"DATABASE_URL": address, "PYTHONPATH": "site"}
    )
    options = json.loads(done.stdout)
    assert options | {"sslmode": "require", "connect_timeout": 3, "tcp_user_timeout": 30_000} == options


def test_no_env_file_is_in_git_or_would_be() -> None:
    git = subprocess.run(["git", "check-ignore", ".env"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert git.stdout.strip() == ".env"
