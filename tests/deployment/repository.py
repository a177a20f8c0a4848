"""The files that say how the shop is run, read as data."""

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
PATIENCE = 60  # seconds any command here may take

# What a shop with Stripe keys sets on a server. Nothing is connected to.
SERVER = {
    "DJANGO_SETTINGS_MODULE": "vipratech.settings.production",
    "SECRET_KEY": "fifty random characters, which nobody else has seen",
    "ALLOWED_HOSTS": "shop.example",
    "SITE_URL": "https://shop.example",
    "DATABASE_URL": "postgres://shop@127.0.0.1:9/shop",
    "EMAIL_URL": "consolemail://",
    "STRIPE_SECRET_KEY": "sk_test_of_somebody",
    "STRIPE_WEBHOOK_SECRET": "whsec_of_somebody",
}


def run(*command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command of this virtualenv to its end, with nothing else in its environment."""
    env = {"PATH": f"{Path(sys.executable).parent}:{os.defpath}", **environment}
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=PATIENCE, check=False)


def check(**environment: str) -> subprocess.CompletedProcess[str]:
    """`manage.py check` in that environment."""
    return run(sys.executable, "manage.py", "check", **environment)


def compose() -> dict[str, Any]:
    """docker-compose.yml, its anchors followed."""
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())


def services() -> dict[str, Any]:
    """The services of docker-compose.yml by name."""
    return compose()["services"]


def substituted(text: str) -> set[str]:
    """The variables that docker-compose fills in from .env: `${NAME}`, `${NAME:-default}`; `$$` is a plain dollar."""
    return set(re.findall(r"(?<!\$)\$\{(\w+)", text))


def with_defaults(value: object) -> str:
    """A value of docker-compose.yml as it is with an empty .env."""
    return re.sub(r"\$\{\w+:?-?([^}]*)\}", r"\1", str(value))


def dockerfile() -> list[tuple[str, str]]:
    """The Dockerfile's instructions as (word, rest), continued lines joined and comments left out."""
    lines = [line for line in (ROOT / "Dockerfile").read_text().splitlines() if line and not line.startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    return [(line.split(" ", 1)[0], line.split(" ", 1)[1]) for line in joined.splitlines()]


def instructions(word: str) -> list[str]:
    """What follows each instruction of that name."""
    return [rest for found, rest in dockerfile() if found == word]


def image_environment() -> dict[str, str]:
    """The variables that the finished image sets."""
    final = dockerfile()[max(i for i, (word, _) in enumerate(dockerfile()) if word == "FROM") :]
    pairs = [pair for word, rest in final if word == "ENV" for pair in shlex.split(rest)]
    return dict(pair.split("=", 1) for pair in pairs)


def example(*, active_only: bool = False) -> dict[str, str]:
    """The variables of .env.example; those behind a `#` are defaults that nothing sets."""
    pattern = r"^([A-Z_]+)=(.*)$" if active_only else r"^(?:# )?([A-Z_]+)=(.*)$"
    return dict(re.findall(pattern, (ROOT / ".env.example").read_text(), re.MULTILINE))


def asked_for(path: Path, function: str) -> set[str]:
    """The literal first arguments of calls in a module of functions whose name fits a pattern, as in `env("NAME")`."""
    calls = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call) and node.args]
    first = [call.args[0] for call in calls if re.fullmatch(function, ast.unparse(call.func))]
    return {str(argument.value) for argument in first if isinstance(argument, ast.Constant)}


def read_by_settings() -> set[str]:
    """Every variable that settings read."""
    return {name for path in SETTINGS.glob("*.py") for name in asked_for(path, r"env(\.\w+)?|port")}


def read_beside_settings() -> set[str]:
    """Every variable that the sandbox and gunicorn read."""
    paths = [*(ROOT / "sandbox").glob("*.py"), ROOT / "gunicorn.conf.py"]
    return {name for path in paths for name in asked_for(path, r"os\.environ\.get")}
