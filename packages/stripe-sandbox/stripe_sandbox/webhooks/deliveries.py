"""Sending events: signed, retried with growing pauses, resumed after a restart
(docs.stripe.com/webhooks).
"""

import http.client
import json
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

from stripe_sandbox.errors import ApiError
from stripe_sandbox.faults.rates import Chaos
from stripe_sandbox.objects import events
from stripe_sandbox.state import State, StateClosed
from stripe_sandbox.webhooks.signatures import sign

TIMEOUT = 10.0  # seconds for the endpoint to answer
LONGEST_PAUSE = 60.0  # seconds between two attempts
GIVE_UP_AFTER = 3 * 24 * 3600  # seconds since the event
AT_ONCE = 8  # deliveries in progress
NEVER = 1e18  # the time at which a lost event is due
USER_AGENT = "Stripe-Sandbox/1.0 (webhooks)"


class Deliveries:
    """Sends events to the endpoint, in threads of its own."""

    def __init__(self, state: State, secret: str, chaos: Chaos) -> None:
        self.secret = secret
        self._state = state
        self._chaos = chaos
        self._enabled = True
        self._stopping = False
        self._woken = False  # ``wake`` was called while the thread was busy
        self._in_progress: Counter[str] = Counter()  # event → requests
        self._handled: set[str] = set()  # attempted once, lost or delayed: nobody waits for them
        self._change = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="sandbox-webhooks", daemon=True)

    @property
    def enabled(self) -> bool:
        """Whether events are sent; if not, they wait."""
        return self._enabled

    @enabled.setter
    def enabled(self, value: bool) -> None:
        self._enabled = value
        self.wake()

    def start(self) -> None:
        """Start, with the events that an earlier run has not delivered."""
        self._thread.start()

    def stop(self) -> None:
        """Start no more deliveries; those in progress end on their own."""
        self._stopping = True
        self.wake()
        if self._thread.is_alive():
            self._thread.join(5)

    def wake(self) -> None:
        """Look for events to send now."""
        with self._change:
            self._woken = True
            self._change.notify_all()

    def request_for(self, event_id: str, *, misstated: bool = False) -> tuple[bytes, str]:
        """The body of an event, and a signature with the current time."""
        event = events.retrieve(self._state, {}, event_id)
        shown = events.misstated(event) if misstated else event
        body = json.dumps(shown, indent=2).encode()
        return body, sign(body, self.secret)

    def wait_for(self, event_id: str, seconds: float) -> None:
        """Wait until an event was attempted once, as the payment page does before it redirects.

        Returns at once for an event that is lost or delayed by a fault. Stripe would wait, but here
        a person would have to wait, too.
        """
        if not self._state.rows("SELECT 1 FROM deliveries WHERE event = ?", event_id):
            return
        end = time.monotonic() + seconds
        with self._change:
            while self._active() and event_id not in self._handled and time.monotonic() < end:
                self._change.wait(end - time.monotonic())

    def send_at_once(self, event_id: str, times: int) -> list[str]:
        """Send an event several times at the same time; the outcomes."""
        with ThreadPoolExecutor(times) as pool:
            return list(pool.map(self.send, [event_id] * times))

    def send(self, event_id: str, *, misstated: bool = False) -> str:
        """Send an event now, also if it was sent before.

        Returns the outcome: an HTTP status such as ``"200"``, or an error message.
        """
        outcome = self._post(*self.request_for(event_id, misstated=misstated))
        self._record(event_id, outcome)
        return outcome

    def _active(self) -> bool:
        return self._enabled and not self._stopping and bool(self._state.webhook_url)

    def _run(self) -> None:
        while not self._stopping:
            try:
                pause = self._start_due()
            except StateClosed:
                return
            with self._change:
                if not self._woken:
                    self._change.wait(pause)
                self._woken = False

    def _start_due(self) -> float:
        """Start the deliveries that are due. Returns the seconds until more may be due."""
        if not self._active():
            return 1.0
        # Before the rows are read, so that an event that arrives meanwhile is not sent again.
        busy = set(self._in_progress)
        waiting = self._state.rows(
            "SELECT event, next_at, outcome FROM deliveries WHERE delivered_at IS NULL AND next_at < ? "
            "ORDER BY next_at, rowid",
            time.time() + LONGEST_PAUSE,
        )
        for event_id, next_at, outcome in waiting:
            if next_at > time.time():
                return min(1.0, float(next_at) - time.time())
            if len(self._in_progress) < AT_ONCE and event_id not in busy:
                if next_at == events.SEND_AGAIN:
                    self._state.run("UPDATE deliveries SET next_at = 0 WHERE event = ?", event_id)
                self._start_delivery(event_id, is_new=not outcome)
        return 1.0

    def _start_delivery(self, event_id: str, *, is_new: bool) -> None:
        """Begin to send an event, unless it is new and a random fault loses or delays it."""
        fault, seconds = self._chaos.fault_for_event() if is_new else ("", 0.0)
        if fault == "lost":
            self._postpone(event_id, NEVER, fault)
        elif fault == "delayed":
            self._postpone(event_id, time.time() + seconds, fault)
        else:
            self._begin_sending(
                event_id, times=2 if fault == "doubled" else 1, misstated=fault == "misstated"
            )

    def _postpone(self, event_id: str, until: float, why: str) -> None:
        self._state.run(
            "UPDATE deliveries SET next_at = ?, outcome = ? WHERE event = ?", until, why, event_id
        )
        with self._change:
            self._handled.add(event_id)
            self._woken = True  # what is due next may have changed
            self._change.notify_all()

    def _begin_sending(self, event_id: str, *, times: int, misstated: bool) -> None:
        with self._change:
            self._in_progress[event_id] = times
        for _ in range(times):
            threading.Thread(
                target=self._deliver,
                args=(event_id, misstated),
                name=f"deliver-{event_id}",
                daemon=True,
            ).start()

    def _deliver(self, event_id: str, misstated: bool) -> None:
        try:
            self.send(event_id, misstated=misstated)
        except (StateClosed, ApiError):
            return  # the sandbox was stopped or emptied: there is nothing to record
        finally:
            with self._change:
                self._in_progress -= Counter([event_id])
                self._handled.add(event_id)
            self.wake()

    def _record(self, event_id: str, outcome: str) -> None:
        """Record the outcome of an attempt. After a failure the event is due again in 1, 2, 4 … 60
        seconds; a lost event never, and at once if a resend was requested meanwhile.
        """
        now = time.time()
        with self._state.transaction():
            found = self._state.rows(
                "SELECT attempts, delivered_at, next_at FROM deliveries WHERE event = ?", event_id
            )
            attempts, delivered_at, due = found[0] if found else (0, None, now)
            asked_again = due == events.SEND_AGAIN
            if outcome.startswith("2") and not asked_again:
                delivered_at = delivered_at or now
            pause = min(LONGEST_PAUSE, 2.0**attempts)
            created = events.retrieve(self._state, {}, event_id)["created"]
            given_up = due == NEVER or now - created >= GIVE_UP_AFTER
            next_at = NEVER if given_up else due if asked_again else now + pause
            self._state.run(
                "INSERT OR REPLACE INTO deliveries VALUES (?, ?, ?, ?, ?)",
                event_id, attempts + 1, next_at, delivered_at, outcome,
            )  # fmt: skip

    def _post(self, body: bytes, signature: str) -> str:
        target = urlsplit(self._state.webhook_url)
        if not target.hostname:
            return "failed: no address to send to"
        kind = (
            http.client.HTTPSConnection if target.scheme == "https" else http.client.HTTPConnection
        )
        try:
            connection = kind(target.hostname, target.port, timeout=TIMEOUT)
        except (ValueError, http.client.InvalidURL) as problem:
            return f"failed: {problem}"
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Stripe-Signature": signature,
            "User-Agent": USER_AGENT,
            "Connection": "close",
        }
        path = (target.path or "/") + (f"?{target.query}" if target.query else "")
        try:
            connection.request("POST", path, body, headers)
            return str(connection.getresponse().status)
        except (OSError, http.client.HTTPException) as problem:
            return f"failed: {type(problem).__name__} {problem}"
        finally:
            connection.close()
