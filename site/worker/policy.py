"""Limits and delays of the worker, with their reasons."""

from datetime import timedelta

# A run renews its lease while it lasts, so a killed process delays its jobs by no more than this.
LEASE = timedelta(seconds=10)
RENEW_EVERY = 3.0  # seconds; a lease survives two renewals that fail

# The pause after a failure doubles from the first to the last of these.
FIRST_RETRY = timedelta(seconds=2)
LAST_RETRY = timedelta(minutes=5)
# The same between two attempts to reach the database.
FIRST_OUTAGE_PAUSE = timedelta(seconds=1)
LONGEST_OUTAGE_PAUSE = timedelta(seconds=30)
LONGEST_ERROR = 1000  # characters of an error that are stored

# A worker that crashes repeatedly must not run the jobs `at_start` each time.
FRESH = timedelta(minutes=3)

# A job is late after this many intervals, and this much more, without a success.
INTERVALS_UNTIL_LATE = 3
LATE_AFTER = timedelta(minutes=1)

# A job is stuck if one run takes this long, or if it has failed so often, which takes as long.
STUCK_AFTER = timedelta(hours=1)
FAILURES_UNTIL_STUCK = 20

# All in seconds.
LONGEST_WAIT = 60.0  # until a thread reads its row again
# For running jobs after a signal; a process manager must wait longer before it kills the worker.
GRACE = 25.0
CONNECT_EVERY = 2.0  # between two attempts to connect to the database at startup
