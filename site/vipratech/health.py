"""Liveness and readiness checks, for a deployment and a monitor."""

from collections.abc import Iterator
from datetime import datetime

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Count, Min
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from alerts.models import Alert
from mail.models import Message
from mail.policy import FAILING_AFTER
from orders.models import StripeEvent
from orders.statuses import EventOutcome
from worker.models import JobRun
from worker.registry import all_jobs


def healthz(request: HttpRequest) -> HttpResponse:
    """Respond with 200 as long as the process can respond at all.

    It uses neither the database nor Stripe, so an outage elsewhere does not restart containers.
    """
    return text_response("ok")


def readyz(request: HttpRequest) -> HttpResponse:
    """Respond with 200 if the database answers and is up to date, else with 503 and the reason.

    The other lines are for a monitor and do not change the status: a shop whose worker is down can
    still sell. The page is public, so the lines hold ages and counts, but no ids or error texts.
    """
    try:
        executor = MigrationExecutor(connection)
        unapplied = executor.migration_plan(executor.loader.graph.leaf_nodes())
        if unapplied:
            return text_response(f"migrations not applied: {len(unapplied)}", status=503)
        alerts = f"alerts open: {Alert.objects.open().count()}"
        return text_response("ready", *job_lines(), *event_lines(), *mail_lines(), alerts)
    except DatabaseError:
        return text_response("the database does not answer", status=503)


def text_response(*lines: str, status: int = 200) -> HttpResponse:
    """Return a plain text response that is never cached."""
    body = "".join(f"{line}\n" for line in lines)
    headers = {"Cache-Control": "no-store"}
    return HttpResponse(body, status=status, content_type="text/plain", headers=headers)


def job_lines() -> Iterator[str]:
    """One line per job of the worker."""
    rows = JobRun.objects.in_bulk()
    for job in all_jobs():
        row = rows.get(job.name)
        late = ", late" if row is None or row.is_late else ""
        yield f"job {job.name}: last success {age(row.succeeded_at if row else None)}{late}"


def mail_lines() -> Iterator[str]:
    """How many emails wait, and whether they wait too long."""
    waiting = Message.objects.filter(status=Message.Status.PENDING).aggregate(
        count=Count("pk"), oldest=Min("created_at")
    )
    is_late = waiting["oldest"] and waiting["oldest"] < timezone.now() - FAILING_AFTER
    yield f"emails waiting: {waiting['count']}{', late' if is_late else ''}"


def event_lines() -> Iterator[str]:
    """When Stripe's last event arrived, and how many events wait."""
    newest = StripeEvent.objects.order_by("-received_at").values_list("received_at", flat=True)
    pending = StripeEvent.objects.filter(outcome=EventOutcome.PENDING).count()
    yield f"webhook: last event received {age(newest.first())}"
    yield f"events pending: {pending}"


def age(time: datetime | None) -> str:
    """Return the time as `12 s ago`, or `never`."""
    return f"{max(0, int((timezone.now() - time).total_seconds()))} s ago" if time else "never"
