"""Raising and resolving alerts, from one thread and from many, with texts from anywhere."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from django.db import connection, transaction
from django.db.models.functions import Now

from alerts.alerts import JOB_FAILING
from alerts.models import KEY_LENGTH, MESSAGE_LENGTH, URL_LENGTH, Alert
from alerts.raising import is_open, open_subjects, raise_alert, resolve_alert, resolve_by_staff
from alerts.registry import AlertKind, Severity, declare
from orders.alerts import AMOUNT_DIFFERS
from users.models import User

ODD = "a\0b\ud800c\udfffd"


@pytest.mark.django_db
def test_an_alert_raised_again_keeps_its_row_and_gets_the_new_message() -> None:
    raise_alert(JOB_FAILING, "An hour late.", subject=1, url="/admin/orders/1/")
    first = Alert.objects.get()
    raise_alert(JOB_FAILING, "Two hours late.", subject=1)
    row = Alert.objects.get()
    assert (row.pk, row.message, row.url, row.times) == (first.pk, "Two hours late.", "", 2)
    assert row.opened_at == first.opened_at
    assert row.seen_at > first.seen_at
    assert row.resolved_at is None


@pytest.mark.django_db
def test_a_problem_that_comes_back_after_its_alert_was_resolved_is_a_new_row() -> None:
    raise_alert(JOB_FAILING, "Late.", subject=1)
    assert resolve_alert(JOB_FAILING, subject=1)
    raise_alert(JOB_FAILING, "Late again.", subject=1)
    old, new = Alert.objects.order_by("pk")
    assert (old.message, old.state, old.times) == ("Late.", "resolved", 1)
    assert (new.message, new.state, new.times) == ("Late again.", "open", 1)


@pytest.mark.django_db
def test_a_fact_that_staff_have_resolved_stays_resolved_after_their_account_is_deleted(
    shopper: User,
) -> None:
    raise_alert(AMOUNT_DIFFERS, "A rupee short.", subject=1)
    raise_alert(AMOUNT_DIFFERS, "A rupee short.", subject=1)
    row = Alert.objects.get()
    assert row.times == 2
    assert resolve_by_staff(row, shopper, "Sent back.")
    raise_alert(AMOUNT_DIFFERS, "A rupee short.", subject=1)
    shopper.delete()
    raise_alert(AMOUNT_DIFFERS, "A rupee short.", subject=1)
    row = Alert.objects.get()
    assert (row.state, row.times, row.note, row.resolver) == (
        "resolved",
        2,
        "Sent back.",
        "a former user",
    )


@pytest.mark.django_db
def test_a_fact_that_was_resolved_automatically_is_raised_again_and_so_is_a_resolved_condition(
    shopper: User,
) -> None:
    raise_alert(AMOUNT_DIFFERS, "Short.", subject=1)
    resolve_alert(AMOUNT_DIFFERS, subject=1)
    raise_alert(AMOUNT_DIFFERS, "Short.", subject=1)
    assert open_subjects(AMOUNT_DIFFERS) == ["1"]
    raise_alert(JOB_FAILING, "Late.", subject=1)
    assert resolve_by_staff(Alert.objects.get(key="job-failing:1"), shopper, "Called them.")
    raise_alert(JOB_FAILING, "Late again.", subject=1)
    assert open_subjects(JOB_FAILING) == ["1"]


@pytest.mark.django_db
def test_a_row_is_resolved_once(shopper: User) -> None:
    raise_alert(JOB_FAILING, "Late.", subject=1)
    row = Alert.objects.get()
    resolve_alert(JOB_FAILING, subject=1)
    assert not resolve_by_staff(row, shopper, "Too slow.")
    row.refresh_from_db()
    assert (row.note, row.resolved_by, row.resolver) == ("", None, "automatically")


@pytest.mark.django_db
def test_open_alerts_of_a_kind_are_listed_by_subject() -> None:
    for subject in ("late:2", 1, "3"):
        raise_alert(JOB_FAILING, "Look.", subject=subject)
    Alert.objects.create(key="job-failing-twice:4", message="Another kind.")
    resolve_alert(JOB_FAILING, subject=3)
    assert open_subjects(JOB_FAILING) == ["1", "late:2"]
    assert is_open(JOB_FAILING, subject=1)
    assert not is_open(JOB_FAILING, subject=3)
    assert not is_open(JOB_FAILING)
    assert open_subjects(AMOUNT_DIFFERS) == []


@pytest.mark.django_db
def test_an_alert_of_a_kind_that_is_not_declared_cannot_be_raised() -> None:
    stranger = AlertKind("late", "Late", Severity.WARNING, "Late.", "Wait.", "jobs")
    with pytest.raises(ValueError, match="'late' are not declared"):
        raise_alert(stranger, "Late.")
    with pytest.raises(ValueError, match="already declared"):
        declare(
            JOB_FAILING.key,
            title="Twice",
            severity=Severity.WARNING,
            meaning="Twice.",
            what_to_do="Nothing.",
            admin_link="jobs",
        )
    assert not Alert.objects.exists()


@pytest.mark.django_db
def test_resolving_changes_neither_other_alerts_nor_earlier_ones() -> None:
    raise_alert(JOB_FAILING, "Late.", subject=1)
    resolve_alert(JOB_FAILING, subject=1)
    resolved_at = Alert.objects.get().resolved_at
    raise_alert(JOB_FAILING, "Late.", subject=2)
    assert not resolve_alert(JOB_FAILING, subject=1)
    assert Alert.objects.get(key="job-failing:1").resolved_at == resolved_at
    assert Alert.objects.get(key="job-failing:2").state == "open"


@pytest.mark.django_db
def test_every_text_is_stored_and_long_ones_are_truncated() -> None:
    raise_alert(JOB_FAILING, ODD, subject=ODD, url=ODD)
    row = Alert.objects.get()
    assert (row.key, row.message, row.url) == ("job-failing:abcd", "abcd", "abcd")
    assert resolve_alert(JOB_FAILING, subject=ODD)
    raise_alert(JOB_FAILING, "₹" * 10_000, subject="c" * 10_000, url="/" + "u" * 10_000)
    row = Alert.objects.get(resolved_at=None)
    assert (len(row.key), len(row.message), len(row.url)) == (
        KEY_LENGTH,
        MESSAGE_LENGTH,
        URL_LENGTH,
    )
    assert row.message.endswith("₹…")
    assert resolve_alert(JOB_FAILING, subject="c" * 10_000)


@pytest.mark.django_db
def test_a_url_that_a_browser_must_not_follow_is_not_a_link() -> None:
    for url, link in [
        ("/admin/", "/admin/"),
        ("https://x.example/", "https://x.example/"),
        ("javascript:alert(1)", ""),
    ]:
        raise_alert(JOB_FAILING, "Look here.", url=url)
        row = Alert.objects.get()
        assert row.link == link
        assert row.screen == (link or "/admin/reports/jobs/")


@pytest.mark.usefixtures("committed_db")
def test_an_alert_is_undone_with_its_transaction() -> None:
    with transaction.atomic():
        raise_alert(JOB_FAILING, "Late.", subject=1)
        transaction.set_rollback(True)
    assert not Alert.objects.exists()


@pytest.mark.usefixtures("committed_db")
def test_threads_that_raise_one_alert_at_once_make_one_row() -> None:
    def raise_often(number: int) -> None:
        try:
            for _ in range(10):
                with transaction.atomic():
                    raise_alert(JOB_FAILING, f"Says {number}.", subject=1)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(raise_often, range(8)))
    assert Alert.objects.get().times == 80


@pytest.mark.usefixtures("committed_db")
def test_threads_that_raise_and_resolve_leave_no_open_row_and_lose_no_count() -> None:
    def turn(number: int) -> None:
        try:
            for _ in range(10):
                raise_alert(JOB_FAILING, f"Says {number}.", subject=1)
                resolve_alert(JOB_FAILING, subject=1)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(turn, range(8)))
    assert sum(Alert.objects.values_list("times", flat=True)) == 80
    assert not Alert.objects.filter(resolved_at=None).exists()


@pytest.mark.usefixtures("committed_db")
def test_raising_waits_for_a_transaction_that_resolves_and_then_makes_a_new_row() -> None:
    raise_alert(JOB_FAILING, "Late.", subject=1)
    resolved = Event()

    def resolve_slowly() -> None:
        try:
            with transaction.atomic():
                Alert.objects.filter(key="job-failing:1").update(resolved_at=Now())
                resolved.set()
                # Until the other one waits for this row; it shows in the server's list of locks.
                for _ in range(10_000):
                    if _somebody_waits():
                        return
                raise AssertionError("nobody waited")
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as threads:
        slow = threads.submit(resolve_slowly)
        assert resolved.wait(10)
        raise_alert(JOB_FAILING, "Late again.", subject=1)
        slow.result()
    assert Alert.objects.get(resolved_at=None).message == "Late again."


@pytest.mark.usefixtures("committed_db")
def test_a_fact_noticed_while_staff_resolve_it_stays_resolved() -> None:
    user = User.objects.create_user("staff@example.com", "a-long-password")
    raise_alert(AMOUNT_DIFFERS, "Short.", subject=1)
    resolved = Event()

    def resolve_slowly() -> None:
        try:
            with transaction.atomic():
                assert resolve_by_staff(Alert.objects.get(), user, "Sent back.")
                resolved.set()
                for _ in range(10_000):
                    if _somebody_waits():
                        return
                raise AssertionError("nobody waited")
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as threads:
        slow = threads.submit(resolve_slowly)
        assert resolved.wait(10)
        raise_alert(AMOUNT_DIFFERS, "Short.", subject=1)
        slow.result()
    assert Alert.objects.get().state == "resolved"


def _somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND "
            "datname = current_database()"
        )
        return bool(cursor.fetchone()[0])
