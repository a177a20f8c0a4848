"""Every limit, lifetime and delay of the order flows, with its unit and its reason."""

from datetime import timedelta

from worker.backoff import pause_after

# --- Checkout -----------------------------------------------------------------------------------
# Stripe accepts 30 minutes to 24 hours (docs.stripe.com/api/checkout/sessions/create); five minutes
# more than the minimum, because Stripe's clock and ours differ.
SESSION_LIFETIME = timedelta(minutes=35)
# A session that expires sooner is not offered again: the shopper could not finish it.
MIN_SESSION_TIME_LEFT = timedelta(minutes=5)
# Stripe keeps the response to an idempotency key for a day, so an old key could return a session
# that has expired since (docs.stripe.com/api/idempotent_requests).
IDEMPOTENCY_KEY_LIFETIME = timedelta(seconds=60)
# How long a double click waits for the first click's session.
CONFLICT_POLLS, CONFLICT_POLL_SECONDS = 20, 0.25
# Card testing needs many payment pages, a shopper does not
# (docs.stripe.com/disputes/prevention/card-testing).
MAX_CHECKOUTS_PER_HOUR = 30
# Checkouts that nobody paid; long enough to compare a month with the same month a year before.
UNPAID_CHECKOUTS_KEPT = timedelta(days=400)
PRUNE_BATCH = 1000  # rows in a transaction
# How often a checkout starts again because the basket changed in the meantime.
START_ROUNDS = 4
# Stripe's maximum of line items (docs.stripe.com/api/checkout/sessions/create).
MAX_LINES = 100
# Products that a basket remembers: more than can be bought, so that the shopper sees which limit
# was passed, but few enough to keep the visitor's session small.
MAX_STORED_LINES = 200

LONGEST_ZONE_KEY = 64  # characters of the delivery zone's key that a basket remembers

# --- Polling unfinished checkouts ---------------------------------------------------------------
FIRST_POLL_AFTER = timedelta(minutes=2)  # webhook and success page come first
SHORTEST_POLL_PAUSE, LONGEST_POLL_PAUSE = timedelta(minutes=2), timedelta(hours=6)
POLL_AFTER_EXPIRY = timedelta(seconds=30)
POLL_BATCH = 100
# The largest difference between Stripe's clock and ours that we allow for.
CLOCK_TOLERANCE = timedelta(minutes=5)

# --- Details of orders --------------------------------------------------------------------------
DETAILS_BATCH = 1000  # per run of the job; after a rush, the confirmations wait for them
DETAILS_RETRIED_FOR = timedelta(days=7)  # afterwards only when somebody needs them

# --- Refunds ------------------------------------------------------------------------------------
# The pause between an attempt that Stripe did not answer and the next one. The first pause
# leaves a minute to the request of the person who clicked.
SHORTEST_REFUND_PAUSE, LONGEST_REFUND_PAUSE = timedelta(minutes=1), timedelta(hours=1)
# After an answer that Stripe repeats for the same key, a new key is used. A call that a proxy has
# abandoned has ended by then.
NEW_KEY_PAUSE = timedelta(minutes=5)
REFUND_BATCH = 50
REFUND_ATTEMPTS_BEFORE_ALERT = 3
# The most characters of a value in Stripe's metadata (docs.stripe.com/api/metadata).
LONGEST_METADATA_VALUE = 500

# --- Shipping -----------------------------------------------------------------------------------
# How long a shipment can be undone: after that, the parcel is on its way.
SHIPMENT_CAN_BE_UNDONE = timedelta(days=1)

# A file of tracking numbers, which is parsed within a request.
TRACKING_FILE_ROWS, TRACKING_FILE_BYTES = 1000, 1_000_000
LONGEST_TRACKING_NUMBER, LONGEST_CARRIER = 100, 60  # characters

# --- Emails -------------------------------------------------------------------------------------
DIGEST_HOUR = 7  # o'clock in TIME_ZONE, when staff get the email about the last day
TELL_STAFF_WITHIN = timedelta(days=1)  # since the order; sends nothing about older ones

# --- Success page -------------------------------------------------------------------------------
# The waiting page queries the status every few seconds, in any number of windows; Stripe is
# queried at most this often about one session.
SUCCESS_PAGE_PAUSE = timedelta(seconds=5)
PROCESSING_PAUSE = timedelta(seconds=60)  # a bank debit takes days

# --- My orders ----------------------------------------------------------------------------------
ORDERS_PER_PAGE = 20
FAILED_PAYMENTS_SHOWN = timedelta(days=60)  # since the checkout: banks take weeks to refuse a debit

# --- Events -------------------------------------------------------------------------------------
# The request that delivers an event processes it; the worker waits this long before it retries.
EVENT_HEAD_START = timedelta(minutes=1)
EVENT_LONGEST_PAUSE = timedelta(hours=1)
EVENT_BATCH = 100
EVENT_ATTEMPTS_BEFORE_ALERT = 5  # by the worker; about a quarter of an hour after the event arrived

# --- Reconciliation -----------------------------------------------------------------------------
RECONCILE_OVERLAP = timedelta(hours=24)  # sessions are paid up to a day after they are created
# Delayed payments take weeks, so once a day a run looks back this far.
DEEP_RECONCILE_SPAN, DEEP_RECONCILE_EVERY = timedelta(days=35), timedelta(days=1)
DISCREPANCIES_KEPT = 100  # per run
MAX_TIMEOUTS_IN_A_ROW = (
    3  # queries about single checkouts without a response, then the run stops asking
)
SECOND_LOOK_SECONDS = 5.0  # a webhook may be creating the order at this moment
RECONCILIATION_IS_FRESH = timedelta(hours=2)
LONGEST_RECONCILIATION = timedelta(hours=1)  # a run without an end after this has been interrupted
# Requests per second, of the 25 that Stripe allows in test mode (docs.stripe.com/rate-limits).
REQUESTS_PER_SECOND = 10
FIRST_RETRY, LONGEST_RETRY = timedelta(seconds=1), timedelta(seconds=16)
# In seconds, after 429, 5xx and timeouts.
RETRY_PAUSES = tuple(
    pause_after(failures, first=FIRST_RETRY, longest=LONGEST_RETRY).total_seconds()
    for failures in range(1, 6)
)
RETRY_PATIENCE = 35.0  # seconds after which no retry begins
