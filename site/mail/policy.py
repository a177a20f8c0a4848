"""Limits and delays of the outbox, with units and reasons."""

from datetime import timedelta

SEND_EVERY = timedelta(seconds=5)
BATCH = 1000  # messages per run, so that a rush of orders is not behind for minutes
# Longer than a mail server can keep a connection busy (EMAIL_TIMEOUT per command).
LEASE = timedelta(minutes=5)
# Ten attempts within a day and a half: mail servers that greylist ask for minutes, and broken ones
# are repaired within a day.
TRIES, FIRST_PAUSE, LONGEST_PAUSE = 10, timedelta(minutes=5), timedelta(hours=12)
# A message that is not ready, because something it shows is still being retrieved.
NOT_READY_PAUSE = timedelta(seconds=15)
# Emails this old are held; staff decide whether they are still sent.
HELD_AFTER = timedelta(days=3)
FAILING_AFTER = timedelta(hours=1)  # without a message sent while some wait
