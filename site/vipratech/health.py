"""Two questions a deployment asks: does the process answer, and may it have visitors?"""

from collections.abc import Iterator
from datetime import datetime

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from alerts.models import Alert
from orders.models import StripeEvent
from orders.statuses import EventOutcome
from worker.models import JobRun
from worker.registry import all_jobs


def healthz(request: HttpRequest) -> HttpResponse:
    """200 while the process answers at all. Asks nothing else, so that an outage elsewhere restarts no container."""
    return _answer("ok")


def readyz(request: HttpRequest) -> HttpResponse:
    """200 when the database answers and has every migration, 503 with a sentence otherwise.

    How the rest does stands in the lines that follow, for a monitor to read; it changes no status, since a shop whose
    worker is dead still sells. Anybody may read them: they hold ages and counts, no ids and no texts of errors.
    """
    try:
        executor = MigrationExecutor(connection)
        waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
        if waiting:
            return _answer(f"{len(waiting)} migrations wait.", status=503)
        return _answer("ready", *_jobs(), *_events(), f"attention open: {Alert.objects.open().count()}")
    except DatabaseError:
        return _answer("The database does not answer.", status=503)


def _answer(*lines: str, status: int = 200) -> HttpResponse:
    body = "".join(f"{line}\n" for line in lines)
    return HttpResponse(body, status=status, content_type="text/plain", headers={"Cache-Control": "no-store"})


def _jobs() -> Iterator[str]:
    rows = JobRun.objects.in_bulk()
    for job in all_jobs():
        row = rows.get(job.name)
        late = ", late" if row is None or row.is_late else ""
        yield f"job {job.name}: last success {_ago(row.succeeded_at if row else None)}{late}"


def _events() -> Iterator[str]:
    newest = StripeEvent.objects.order_by("-received_at").values_list("received_at", flat=True).first()
    yield f"webhook: last received {_ago(newest)}"
    yield f"events pending: {StripeEvent.objects.filter(outcome=EventOutcome.PENDING).count()}"


def _ago(time: datetime | None) -> str:
    return f"{max(0, int((timezone.now() - time).total_seconds()))} s ago" if time else "never"
