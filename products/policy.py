"""Every limit and delay of the catalogue, with its unit and its reason."""

from datetime import timedelta

# --- Jobs ---------------------------------------------------------------------------------------
# A published price reaches Stripe within seconds. A run that finds nothing to do is two queries.
SYNC_EVERY = timedelta(seconds=2)
# Finding what somebody changed in the Dashboard takes two requests for each product.
REPAIR_EVERY = timedelta(hours=1)
# Editors schedule to the minute.
PUBLISH_SCHEDULED_EVERY = timedelta(minutes=1)

# --- Sync ---------------------------------------------------------------------------------------
# The pause after a failed sync doubles from the first to the longest of these.
FIRST_RETRY, LONGEST_RETRY = timedelta(seconds=2), timedelta(minutes=5)
# Syncs of one product in a row that fail; the fifth comes half a minute after the first.
FAILURES_UNTIL_ALERT = 5

# --- Comparison with Stripe ---------------------------------------------------------------------
# A product is compared this often at most when events say that it has changed at Stripe.
COMPARE_AGAIN_AFTER = timedelta(minutes=1)
# Products about which Stripe gives no answer, one after another; each failed request takes seconds.
UNANSWERED_UNTIL_PAUSE = 3

# --- Old prices ---------------------------------------------------------------------------------
# An old price is archived when it has not been live for this long. Stripe lets a session live for
# a day at most (docs.stripe.com/api/checkout/sessions/create), and ours live for 35 minutes.
ARCHIVE_AFTER = timedelta(hours=24)

# --- Sales --------------------------------------------------------------------------------------
# The lowest price of this long before a sale is shown next to the reduced one (directive 98/6/EC).
PRIOR_PRICE_PERIOD = timedelta(days=30)

# --- Stock --------------------------------------------------------------------------------------
# Pages say how many items are left when there are this many or fewer.
FEW_LEFT = 10

# --- Quantities ---------------------------------------------------------------------------------
# The largest quantity of one product in an order: Stripe's own maximum for an adjustable quantity.
MAX_QUANTITY = 99
