"""Fill the environment from `.env` at the top of the clone. Local settings import it before base reads anything."""

from pathlib import Path

import environ

environ.Env.read_env(Path(__file__).resolve().parents[3] / ".env")
