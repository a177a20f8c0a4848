"""Opening and resolving, from one thread and from many, with texts from anywhere."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from django.db import connection, transaction
from django.db.models.functions import Now

from alerts.models import KEY_LENGTH, MESSAGE_LENGTH, URL_LENGTH, Alert
from alerts.raising import open_keys, raise_alert, resolve_alert, resolve_by_staff
from users.models import User

ODD = "a\0b\ud800c\udfffd"


@pytest.mark.django_db
def test_a_cause_opened_again_keeps_its_row_and_gets_the_new_message() -> None:
    raise_alert("late:1", "An hour late.", url="/admin/orders/1/")
    first = Alert.objects.get()
    raise_alert("late:1", "Two hours late.")
    row = Alert.objects.get()
    assert (row.pk, row.message, row.url, row.times) == (first.pk, "Two hours late.", "", 2)
    assert row.opened_at == first.opened_at
    assert row.seen_at > first.seen_at
    assert row.resolved_at is None


@pytest.mark.django_db
def test_a_cause_that_comes_back_after_it_was_resolved_is_a_new_row() -> None:
    raise_alert("late:1", "Late.")
    assert resolve_alert("late:1")
    raise_alert("late:1", "Late again.")
    old, new = Alert.objects.order_by("pk")
    assert (old.message, old.state, old.times) == ("Late.", "resolved", 1)
    assert (new.message, new.state, new.times) == ("Late again.", "open", 1)


@pytest.mark.django_db
def test_a_fact_that_a_person_has_resolved_stays_resolved_even_when_the_person_is_gone(
    shopper: User,
) -> None:
    raise_alert("amount-differs:1", "A rupee short.", stays_resolved=True)
    raise_alert("amount-differs:1", "A rupee short.", stays_resolved=True)
    row = Alert.objects.get()
    assert row.times == 2
    assert resolve_by_staff(row, shopper, "Sent back.")
    raise_alert("amount-differs:1", "A rupee short.", stays_resolved=True)
    shopper.delete()
    raise_alert("amount-differs:1", "A rupee short.", stays_resolved=True)
    row = Alert.objects.get()
    assert (row.state, row.times, row.note, row.resolver) == (
        "resolved",
        2,
        "Sent back.",
        "a former user",
    )


@pytest.mark.django_db
def test_a_fact_that_went_by_itself_is_opened_again_and_so_is_a_condition_that_a_person_resolved(
    shopper: User,
) -> None:
    raise_alert("amount-differs:1", "Short.", stays_resolved=True)
    resolve_alert("amount-differs:1")
    raise_alert("amount-differs:1", "Short.", stays_resolved=True)
    assert open_keys("amount-differs:") == ["amount-differs:1"]
    raise_alert("late:1", "Late.")
    assert resolve_by_staff(Alert.objects.get(key="late:1"), shopper, "Called them.")
    raise_alert("late:1", "Late again.")
    assert open_keys("late:") == ["late:1"]


@pytest.mark.django_db
def test_a_row_is_resolved_once(shopper: User) -> None:
    raise_alert("late:1", "Late.")
    row = Alert.objects.get()
    resolve_alert("late:1")
    assert not resolve_by_staff(row, shopper, "Too slow.")
    row.refresh_from_db()
    assert (row.note, row.resolved_by, row.resolver) == ("", None, "by itself")


@pytest.mark.django_db
def test_open_causes_are_named_by_their_prefix_word_for_word() -> None:
    for key in ("late:2", "late:1", "late:3", "latent:1", "la%te:1"):
        raise_alert(key, "Look.")
    resolve_alert("late:3")
    assert open_keys("late:") == ["late:1", "late:2"]
    assert open_keys("la%") == ["la%te:1"]
    assert open_keys("\0late:") == ["late:1", "late:2"]
    assert open_keys("lost:") == []


@pytest.mark.django_db
def test_resolving_leaves_other_causes_and_what_was_resolved_before_alone() -> None:
    raise_alert("late:1", "Late.")
    resolve_alert("late:1")
    resolved_at = Alert.objects.get().resolved_at
    raise_alert("late:2", "Late.")
    assert not resolve_alert("late:1")
    assert Alert.objects.get(key="late:1").resolved_at == resolved_at
    assert Alert.objects.get(key="late:2").state == "open"


@pytest.mark.django_db
def test_no_text_is_refused_and_long_ones_are_cut() -> None:
    raise_alert(ODD, ODD, url=ODD)
    row = Alert.objects.get()
    assert (row.key, row.message, row.url) == ("abcd", "abcd", "abcd")
    assert resolve_alert(ODD)
    raise_alert("c" * 10_000, "₹" * 10_000, url="/" + "u" * 10_000)
    row = Alert.objects.get(resolved_at=None)
    assert (len(row.key), len(row.message), len(row.url)) == (
        KEY_LENGTH,
        MESSAGE_LENGTH,
        URL_LENGTH,
    )
    assert row.message.endswith("₹…")
    assert resolve_alert("c" * 10_000)


@pytest.mark.django_db
def test_an_address_that_is_none_is_no_link() -> None:
    for url, link in [
        ("/admin/", "/admin/"),
        ("https://x.example/", "https://x.example/"),
        ("javascript:alert(1)", ""),
    ]:
        raise_alert("bad-link", "Look here.", url=url)
        assert Alert.objects.get().link == link


@pytest.mark.usefixtures("committed_db")
def test_an_opening_is_undone_with_its_transaction() -> None:
    with transaction.atomic():
        raise_alert("late:1", "Late.")
        transaction.set_rollback(True)
    assert not Alert.objects.exists()


@pytest.mark.usefixtures("committed_db")
def test_threads_that_open_one_cause_at_once_make_one_row() -> None:
    def open_often(number: int) -> None:
        try:
            for _ in range(10):
                with transaction.atomic():
                    raise_alert("late:1", f"Says {number}.")
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(open_often, range(8)))
    assert Alert.objects.get().times == 80


@pytest.mark.usefixtures("committed_db")
def test_threads_that_open_and_resolve_leave_at_most_one_open_row_and_lose_no_opening() -> None:
    def turn(number: int) -> None:
        try:
            for _ in range(10):
                raise_alert("late:1", f"Says {number}.")
                resolve_alert("late:1")
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(turn, range(8)))
    assert sum(Alert.objects.values_list("times", flat=True)) == 80
    assert not Alert.objects.filter(resolved_at=None).exists()


@pytest.mark.usefixtures("committed_db")
def test_an_opening_waits_for_another_transaction_and_stands_when_that_resolves() -> None:
    raise_alert("late:1", "Late.")
    resolved = Event()

    def resolve_slowly() -> None:
        try:
            with transaction.atomic():
                Alert.objects.filter(key="late:1").update(resolved_at=Now())
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
        raise_alert("late:1", "Late again.")
        slow.result()
    assert Alert.objects.get(resolved_at=None).message == "Late again."


@pytest.mark.usefixtures("committed_db")
def test_a_fact_noticed_while_a_person_resolves_it_stays_resolved() -> None:
    user = User.objects.create_user("staff@example.com", "a-long-password")
    raise_alert("amount-differs:1", "Short.", stays_resolved=True)
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
        raise_alert("amount-differs:1", "Short.", stays_resolved=True)
        slow.result()
    assert Alert.objects.get().state == "resolved"


def _somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND "
            "datname = current_database()"
        )
        return bool(cursor.fetchone()[0])
