"""docker-compose.yml compared with the repository: commands, ports, folders, and dependencies."""

import re
import shlex
from importlib.util import find_spec
from urllib.parse import urlsplit

import pytest
from django.core.management import get_commands, load_command_class
from django.http.request import validate_host
from django.urls import resolve

from tests.deployment.repository import (
    ROOT,
    check,
    compose,
    example,
    image_environment,
    read_beside_settings,
    read_by_settings,
    run,
    services,
    stages,
    with_defaults,
)

SHOP = ("vipratech_backend", "worker", "migrate")
IMAGE = {"DJANGO_SETTINGS_MODULE": "vipratech.settings.production"}


def environment(service: str) -> dict[str, str]:
    return {
        name: with_defaults(value) for name, value in services()[service]["environment"].items()
    }


def names_in_the_network() -> set[str]:
    aliases = services()["vipratech_backend"]["networks"]["default"]["aliases"]
    return {*services(), *aliases}


def test_the_services_are_the_ones_in_the_documentation() -> None:
    known = {"vipratech_backend", "worker", "migrate", "stripe", "db", "proxy"}
    assert set(services()) == known
    assert services()["proxy"]["profiles"] == ["proxy"]  # a demo starts without it


def test_every_variable_that_is_set_is_read() -> None:
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
    assert (host, outside, inside) == (
        "127.0.0.1",
        example()["SANDBOX_PORT"],
        environment("stripe")["SANDBOX_PORT"],
    )
    assert environment("stripe")["SANDBOX_HOST"] == "0.0.0.0"  # noqa: S104 - inside its container
    assert environment("stripe")["SANDBOX_PUBLIC_URL"] == f"http://localhost:{outside}"


@pytest.mark.parametrize(
    ("service", "variable"),
    [
        ("vipratech_backend", "DATABASE_URL"),
        ("vipratech_backend", "SANDBOX_URL"),
        ("stripe", "SANDBOX_WEBHOOK_URL"),
    ],
)
def test_addresses_name_services_of_this_network(service: str, variable: str) -> None:
    assert urlsplit(environment(service)[variable]).hostname in names_in_the_network()


def test_the_shop_reaches_the_sandbox_where_it_listens() -> None:
    asked = urlsplit(environment("worker")["SANDBOX_URL"])
    assert (asked.hostname, str(asked.port)) == ("stripe", environment("stripe")["SANDBOX_PORT"])


def test_the_sandbox_sends_events_to_the_webhook_under_a_host_name_that_django_accepts() -> None:
    called = urlsplit(environment("stripe")["SANDBOX_WEBHOOK_URL"])
    assert resolve(called.path).url_name == "stripe_webhook"
    assert str(called.port) == environment("vipratech_backend")["PORT"]
    assert called.hostname
    assert "_" not in called.hostname
    assert validate_host(
        called.hostname, environment("vipratech_backend")["ALLOWED_HOSTS"].split(",")
    )


def test_events_are_signed_with_the_secret_that_a_demo_expects() -> None:
    from vipratech.settings import demo

    assert [environment("stripe")["STRIPE_WEBHOOK_SECRET"]] == demo.STRIPE_WEBHOOK_SECRETS


def test_the_database_is_the_one_that_the_shop_connects_to() -> None:
    asked, made = (
        urlsplit(environment("vipratech_backend")["DATABASE_URL"]),
        services()["db"]["environment"],
    )
    assert (asked.username, asked.password, asked.path[1:]) == (
        made["POSTGRES_USER"],
        made["POSTGRES_PASSWORD"],
        made["POSTGRES_DB"],
    )
    assert "ports" not in services()["db"]


def test_all_services_wait_for_the_migration_and_it_waits_for_the_database() -> None:
    for name in ("vipratech_backend", "worker"):
        assert services()[name]["depends_on"] == {
            "migrate": {"condition": "service_completed_successfully"}
        }
    assert services()["migrate"]["depends_on"] == {"db": {"condition": "service_healthy"}}
    assert services()["migrate"]["restart"] == "no"
    assert "healthcheck" in services()["db"]


def test_data_that_must_outlive_a_container_is_in_a_named_volume() -> None:
    for name in SHOP:
        assert services()[name]["volumes"] == [f"media:{image_environment()['MEDIA_ROOT']}"]
        assert environment(name)["MEDIA_ROOT"] == image_environment()["MEDIA_ROOT"]
    assert services()["stripe"]["volumes"] == ["sandbox:/data/sandbox"]
    assert environment("stripe")["SANDBOX_STATE"] == image_environment("demo")["SANDBOX_STATE"]
    # From version 18 on, the image has a folder per version there; .../data would stay empty.
    assert (
        services()["db"] | {"image": "postgres:18", "volumes": ["db:/var/lib/postgresql"]}
        == services()["db"]
    )
    assert set(compose()["volumes"]) == {"db", "media", "sandbox", "certificates"}
    assert "certificates:/data" in services()["proxy"]["volumes"]  # Caddy's image keeps them there


def test_only_a_demo_is_built_with_the_sandbox() -> None:
    builds = [service["build"] for service in services().values() if "build" in service]
    assert {service["image"] for service in services().values() if "build" in service} == {
        "vipratech-shop"
    }
    assert builds == [{"context": ".", "target": "demo-${SHOP_DEMO:-true}"}] * 4
    assert [rest for word, rest in stages()["demo-true"]] == ["demo AS demo-true"]
    assert [rest for word, rest in stages()["demo-false"]] == ["shop AS demo-false"]


def test_no_file_is_needed_that_a_fresh_clone_does_not_have() -> None:
    assert not [name for name, service in services().items() if "env_file" in service]
    text = (ROOT / "docker-compose.yml").read_text()
    defaults = re.findall(r"(?<!\$)\$\{\w+([^}]*)\}", text)
    assert [default for default in defaults if not re.match(":?-", default)] == []


def test_without_any_file_the_shop_is_a_demo_that_passes_its_checks() -> None:
    done = check(**environment("vipratech_backend"), **IMAGE)
    assert (done.returncode, done.stderr) == (0, "")


def test_every_variable_of_the_settings_reaches_the_containers() -> None:
    image = {"DJANGO_SETTINGS_MODULE"}
    beside = {"WEB_CONCURRENCY", "WEB_THREADS"}
    for name in SHOP:
        assert set(environment(name)) == (read_by_settings() - image) | beside, name


def test_defaults_that_are_repeated_here_are_those_of_the_example() -> None:
    same = ("SHOP_DEMO", "ALLOWED_HOSTS", "DATABASE_URL", "PORT", "WEB_CONCURRENCY", "WEB_THREADS")
    for name in (*same, "SANDBOX_PORT", "SANDBOX_PUBLIC_URL"):
        assert environment("worker")[name] == example()[name], name
    assert environment("stripe")["SANDBOX_BANK_SECONDS"] == example()["SANDBOX_BANK_SECONDS"]


def test_the_migration_fails_if_the_demo_content_cannot_be_added() -> None:
    shell = services()["migrate"]["command"][-1].replace("$$", "$")
    assert "|| true" not in shell
    for demo, seeding, code in (("true", 0, 0), ("true", 3, 3), ("false", 3, 0)):
        python = f'python() {{ case "$2" in seed_demo) return {seeding};; esac; }}'
        done = run("sh", "-c", f"{python}; {shell}", SHOP_DEMO=demo)
        assert done.returncode == code, (demo, seeding)


def test_nothing_starts_if_the_migration_fails() -> None:
    shell = services()["migrate"]["command"][-1].replace("$$", "$")
    done = run("sh", "-c", f"python() {{ return 4; }}; {shell}", SHOP_DEMO="true")
    assert done.returncode == 4


def test_the_database_does_not_log_the_values_of_failed_statements() -> None:
    options = services()["db"]["command"]
    assert options[0] == "postgres"
    assert {"log_min_messages=log", "log_min_error_statement=panic"} <= set(options)
