"""Add the variables in `.env` to the environment. Import it before `base`, which reads them."""

from pathlib import Path

import environ

environ.Env.read_env(Path(__file__).resolve().parents[3] / ".env")
