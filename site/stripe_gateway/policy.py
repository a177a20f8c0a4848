"""Time limits of calls to Stripe, and how much of an answer is kept."""

# Seconds to connect and to answer. The library's own limits are 80 and 80.
TIMEOUT = (3.05, 10.0)
# The library's default is no retry at all. One more attempt, under the same idempotency key, is
# enough for a connection that was lost; the callers retry after other failures.
RETRIES = 1
# For calls made while a visitor or a webhook waits, which can be made again later: one attempt.
QUICK_TIMEOUT, QUICK_RETRIES = (3.0, 3.0), 0

# Seconds that a signature stays valid; Stripe re-signs each delivery
# (docs.stripe.com/webhooks#replay-prevention).
SIGNATURE_TOLERANCE = 300

# Objects per page of a list; Stripe's maximum (docs.stripe.com/api/pagination).
PAGE_SIZE = 100

# In characters. Ids, names and email addresses are stored in columns of this length; no id of
# Stripe's is longer (docs.stripe.com/upgrades).
LONGEST_TEXT = 255
# A URL that lost its end leads nowhere, so this is far more than any has.
LONGEST_URL = 100_000
# An error message; a proxy may send a whole page instead.
LONGEST_ERROR = 1000
