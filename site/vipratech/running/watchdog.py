"""`python -m vipratech.running.watchdog PID COMMAND…`: run a command until the process PID ends.

A process manager that is killed with SIGKILL cannot stop the processes it started, so each of them
runs under a watchdog.
"""

import os
import signal
import subprocess
import sys

CHECK_EVERY = 1.0  # seconds


def main() -> int:
    """Run the command until it ends. Returns its exit code."""
    manager, command = int(sys.argv[1]), sys.argv[2:]
    for number in (signal.SIGINT, signal.SIGTERM):
        # The whole process group gets the signal, and the command decides what to do.
        signal.signal(number, lambda number, frame: None)
    with subprocess.Popen(command) as process:  # noqa: S603 - the command is ours
        while process.poll() is None:
            try:
                process.wait(CHECK_EVERY)
            except subprocess.TimeoutExpired:
                if not is_alive(manager):
                    os.killpg(0, signal.SIGTERM)
    return process.returncode


def is_alive(pid: int) -> bool:
    """Whether this user has a process with that id."""
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True


if __name__ == "__main__":
    raise SystemExit(main())
