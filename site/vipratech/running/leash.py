"""`python -m vipratech.running.leash PID COMMAND…`: run a command, and end it once the process PID is gone.

A process manager killed with SIGKILL cannot stop what it started; this looks after it from below.
"""

import os
import signal
import subprocess
import sys

LOOK_EVERY = 1.0  # seconds


def main() -> int:
    """Run the command to its end. Returns its exit code."""
    holder, command = int(sys.argv[1]), sys.argv[2:]
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda number, frame: None)  # the whole group gets it, the command decides
    with subprocess.Popen(command) as process:  # noqa: S603 - our own words
        while process.poll() is None:
            try:
                process.wait(LOOK_EVERY)
            except subprocess.TimeoutExpired:
                if not alive(holder):
                    os.killpg(0, signal.SIGTERM)
    return process.returncode


def alive(pid: int) -> bool:
    """Whether there is such a process of ours."""
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True


if __name__ == "__main__":
    raise SystemExit(main())
