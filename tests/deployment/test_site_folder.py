"""`site` is both a folder of ours and a module of Python: both must work."""

import subprocess
import sysconfig
from pathlib import Path

from tests.deployment.repository import ROOT, run


def test_site_is_neither_a_package_nor_a_module() -> None:
    assert (ROOT / "site").is_dir()
    assert not (ROOT / "site" / "__init__.py").exists()
    assert not (ROOT / "site.py").exists()


def test_python_still_imports_its_own_site_module() -> None:
    told = run(
        "python", "-c", "import site; print(site.__file__)", PYTHONPATH=f"{ROOT}:{ROOT / 'site'}"
    )
    assert Path(told.stdout.strip()) == Path(sysconfig.get_path("stdlib")) / "site.py"


def test_git_ignores_nothing_that_is_in_site() -> None:
    paths = ["site", "site/new.py", "site/vipratech/new.py", "site/static/new.css"]
    git = subprocess.run(
        ["git", "check-ignore", *paths], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (git.returncode, git.stdout) == (1, "")


def test_docker_ignores_nothing_that_is_in_site() -> None:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    assert "!site" in lines
    assert not [line for line in lines if "site" in line and not line.startswith("!")]
