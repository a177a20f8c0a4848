"""Half a minute of `make chaos`, on a database, processes and ports of its own."""

import os
import subprocess
import sys

from tests.chaos.processes import ROOT, SOURCES

PATIENCE = 400  # seconds, on a machine that has other things to do


def test_every_payment_becomes_one_order_whatever_fails() -> None:
    command = [sys.executable, "-m", "tests.chaos", "--small", "--checkouts=40"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, SOURCES))}
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    ) as run:
        try:
            said, _ = run.communicate(timeout=PATIENCE)
        finally:
            run.terminate()  # which stops the processes it has started
    summary = said.splitlines()[-1]
    assert summary.startswith("OK:"), said
    assert "lost 0, doubled 0, amounts off 0" in summary
