"""The files that configure how the shop is run, read as data."""

import ast
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
SETTINGS = ROOT / "site" / "vipratech" / "settings"
TIMEOUT = 60  # seconds that any command here may take

# What a shop with Stripe keys sets on a server. No connection is made.
SERVER = {
    "DJANGO_SETTINGS_MODULE": "vipratech.settings.production",
    "SECRET_KEY": "fifty-random-characters-that-are-used-nowhere-else",
    "ALLOWED_HOSTS": "shop.example",
    "SITE_URL": "https://shop.example",
    "DATABASE_URL": "postgres://shop@127.0.0.1:9/shop",
    "EMAIL_URL": "consolemail://",
    "STRIPE_SECRET_KEY": "sk_test_example",
    "STRIPE_WEBHOOK_SECRET": "whsec_example",
}


def run(*command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command of this virtualenv, with nothing else in its environment."""
    env = {"PATH": f"{Path(sys.executable).parent}:{os.defpath}", **environment}
    return subprocess.run(
        command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=TIMEOUT, check=False
    )


def check(**environment: str) -> subprocess.CompletedProcess[str]:
    """Run `manage.py check` in that environment."""
    return run(sys.executable, "manage.py", "check", **environment)


def compose() -> dict[str, Any]:
    """docker-compose.yml with its anchors resolved."""
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())


def services() -> dict[str, Any]:
    """The services of docker-compose.yml by name."""
    return compose()["services"]


def substituted(text: str) -> set[str]:
    """The variables that docker-compose substitutes: `${NAME}` or `${NAME:-default}`, not `$$`."""
    return set(re.findall(r"(?<!\$)\$\{(\w+)", text))


def with_defaults(value: object) -> str:
    """A value of docker-compose.yml as it is without a .env file."""
    return re.sub(r"\$\{\w+:?-?([^}]*)\}", r"\1", str(value))


def dockerfile() -> list[tuple[str, str]]:
    """The Dockerfile's instructions as (word, rest), without comments and line continuations."""
    lines = [
        line
        for line in (ROOT / "Dockerfile").read_text().splitlines()
        if line and not line.startswith("#")
    ]
    joined = "\n".join(lines).replace("\\\n", " ")
    return [(line.split(" ", 1)[0], line.split(" ", 1)[1]) for line in joined.splitlines()]


def instructions(word: str) -> list[str]:
    """What follows each instruction of that name."""
    return [rest for found, rest in dockerfile() if found == word]


def stages() -> dict[str, list[tuple[str, str]]]:
    """The Dockerfile's instructions by stage; the key "" has those before the first stage."""
    found: dict[str, list[tuple[str, str]]] = {"": []}
    for word, rest in dockerfile():
        if word == "FROM":
            found[rest.partition(" AS ")[2]] = []
        list(found.values())[-1].append((word, rest))
    return found


def image_environment(stage: str = "shop") -> dict[str, str]:
    """The variables that one of the images sets, those of the stages below it included."""
    below = next(rest.partition(" AS ")[0] for word, rest in stages()[stage] if word == "FROM")
    inherited = image_environment(below) if below in stages() else {}
    pairs = [pair for word, rest in stages()[stage] if word == "ENV" for pair in shlex.split(rest)]
    return inherited | dict(pair.split("=", 1) for pair in pairs)


def example(*, active_only: bool = False) -> dict[str, str]:
    """The variables of .env.example; the lines that begin with `#` show defaults."""
    pattern = r"^([A-Z_]+)=(.*)$" if active_only else r"^(?:# )?([A-Z_]+)=(.*)$"
    return dict(re.findall(pattern, (ROOT / ".env.example").read_text(), re.MULTILINE))


def asked_for(path: Path, function: str) -> set[str]:
    """The literal first arguments of calls to functions whose name matches, as in `env("NAME")`."""
    calls = [
        node
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and node.args
    ]
    first = [call.args[0] for call in calls if re.fullmatch(function, ast.unparse(call.func))]
    return {str(argument.value) for argument in first if isinstance(argument, ast.Constant)}


def read_by_settings() -> set[str]:
    """Every variable that the settings read."""
    return {name for path in SETTINGS.glob("*.py") for name in asked_for(path, r"env(\.\w+)?|port")}


def read_beside_settings() -> set[str]:
    """Every variable that the sandbox, gunicorn and docker-compose itself read."""
    paths = [ROOT / "packages/stripe-sandbox/stripe_sandbox/__main__.py", ROOT / "gunicorn.conf.py"]
    asked = {name for path in paths for name in asked_for(path, r"os\.environ\.get")}
    return asked | {"COMPOSE_PROFILES"}
