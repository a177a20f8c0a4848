"""docker-compose.yml against the repository: commands, ports, folders, and who waits for whom."""

import shlex
from importlib.util import find_spec
from urllib.parse import urlsplit

import pytest
from django.core.management import get_commands, load_command_class
from django.http.request import validate_host
from django.urls import resolve

from tests.deployment.repository import (
    compose,
    example,
    image_environment,
    read_beside_settings,
    read_by_settings,
    services,
    with_defaults,
)

SHOP = ("vipratech_backend", "worker", "migrate")


def environment(service: str) -> dict[str, str]:
    return {name: with_defaults(value) for name, value in services()[service]["environment"].items()}


def names_in_the_network() -> set[str]:
    aliases = services()["vipratech_backend"]["networks"]["default"]["aliases"]
    return {*services(), *aliases}


def test_the_services_are_the_ones_people_are_told_about() -> None:
    assert set(services()) == {"vipratech_backend", "worker", "migrate", "stripe", "db"}


def test_every_variable_that_is_set_is_read_by_somebody() -> None:
    known = read_by_settings() | read_beside_settings()
    for name in (*SHOP, "stripe"):
        assert set(services()[name]["environment"]) <= known, name


@pytest.mark.parametrize("name", ["worker", "migrate"])
def test_management_commands_that_are_started_exist(name: str) -> None:
    words = shlex.split(" ".join(services()[name]["command"]))
    started = [words[i + 1] for i, word in enumerate(words) if word == "manage.py"]
    assert started
    for command in started:
        load_command_class(get_commands()[command], command)


def test_the_sandbox_is_started_as_a_module_that_exists() -> None:
    python, option, module = services()["stripe"]["command"]
    assert (python, option) == ("python", "-m")
    assert find_spec(f"{module}.__main__")


def test_the_shop_listens_on_the_port_that_is_published() -> None:
    assert services()["vipratech_backend"]["ports"] == ["127.0.0.1:${PORT:-8000}:${PORT:-8000}"]
    assert environment("vipratech_backend")["PORT"] == example()["PORT"] == "8000"


def test_the_sandbox_listens_on_the_port_that_is_published() -> None:
    host, outside, inside = with_defaults(services()["stripe"]["ports"][0]).split(":")
    assert (host, outside, inside) == ("127.0.0.1", example()["SANDBOX_PORT"], environment("stripe")["SANDBOX_PORT"])
    assert environment("stripe")["SANDBOX_HOST"] == "0.0.0.0"  # noqa: S104 - inside its container
    assert environment("stripe")["SANDBOX_PUBLIC_URL"] == f"http://localhost:{outside}"


@pytest.mark.parametrize(
    ("service", "variable"),
    [("vipratech_backend", "DATABASE_URL"), ("vipratech_backend", "SANDBOX_URL"), ("stripe", "SANDBOX_WEBHOOK_URL")],
)
def test_addresses_name_services_of_this_network(service: str, variable: str) -> None:
    assert urlsplit(environment(service)[variable]).hostname in names_in_the_network()


def test_the_shop_reaches_the_sandbox_where_it_listens() -> None:
    asked = urlsplit(environment("worker")["SANDBOX_URL"])
    assert (asked.hostname, str(asked.port)) == ("stripe", environment("stripe")["SANDBOX_PORT"])


def test_the_sandbox_delivers_to_the_webhook_under_a_name_that_django_takes() -> None:
    called = urlsplit(environment("stripe")["SANDBOX_WEBHOOK_URL"])
    assert resolve(called.path).url_name == "stripe_webhook"
    assert str(called.port) == environment("vipratech_backend")["PORT"]
    assert called.hostname
    assert "_" not in called.hostname
    assert validate_host(called.hostname, environment("vipratech_backend")["ALLOWED_HOSTS"].split(","))


def test_events_are_signed_with_the_secret_that_a_demo_expects() -> None:
    from vipratech.settings import demo

    assert [environment("stripe")["STRIPE_WEBHOOK_SECRET"]] == demo.STRIPE_WEBHOOK_SECRETS


def test_the_database_is_the_one_the_shop_asks_for() -> None:
    asked, made = urlsplit(environment("vipratech_backend")["DATABASE_URL"]), services()["db"]["environment"]
    assert (asked.username, asked.password, asked.path[1:]) == (
        made["POSTGRES_USER"],
        made["POSTGRES_PASSWORD"],
        made["POSTGRES_DB"],
    )
    assert "ports" not in services()["db"]


def test_everybody_waits_for_the_migration_and_it_for_the_database() -> None:
    for name in ("vipratech_backend", "worker"):
        assert services()[name]["depends_on"] == {"migrate": {"condition": "service_completed_successfully"}}
    assert services()["migrate"]["depends_on"] == {"db": {"condition": "service_healthy"}}
    assert services()["migrate"]["restart"] == "no"
    assert "healthcheck" in services()["db"]


def test_what_must_outlive_a_container_is_in_a_named_volume() -> None:
    for name in SHOP:
        assert services()[name]["volumes"] == [f"media:{image_environment()['MEDIA_ROOT']}"]
        assert environment(name)["MEDIA_ROOT"] == image_environment()["MEDIA_ROOT"]
    assert services()["stripe"]["volumes"] == ["sandbox:/data/sandbox"]
    assert environment("stripe")["SANDBOX_STATE"] == image_environment()["SANDBOX_STATE"]
    # postgres:18 and later keep a folder per version there; a volume at .../data would stay empty.
    assert services()["db"] | {"image": "postgres:18", "volumes": ["db:/var/lib/postgresql"]} == services()["db"]
    assert set(compose()["volumes"]) == {"db", "media", "sandbox"}


def test_one_image_is_built_for_all() -> None:
    assert {(s["image"], s["build"]) for s in services().values() if "build" in s} == {("vipratech-shop", ".")}
