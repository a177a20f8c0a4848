"""The event log: read, filtered, replayed by button and by command; an alert is raised when an
event keeps failing.
"""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.admin.utils import quote
from django.contrib.auth.models import Permission
from django.core.management import CommandError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from wagtail.models import ModelLogEntry

from alerts.models import Alert
from orders.events import process
from orders.models import Checkout, Order, StripeEvent
from products.models import ProductPage
from stripe_sandbox import Sandbox
from tests.conftest import calls
from tests.orders.selling import (
    SESSIONS,
    buy,
    deliver_altered,
    make_due,
    make_event,
    only_order,
    replay,
    told,
)
from tests.staff import make_staff
from users.models import User

pytestmark = pytest.mark.django_db
LIST = "/admin/events/"
Browser = Callable[[User], Client]


@pytest.fixture
def staff() -> User:
    return make_staff(role="Order desk", email="orders@example.com")


@pytest.fixture
def reviewer(staff: User, client_of: Browser) -> Client:
    return client_of(staff)


@pytest.fixture
def viewer(client_of: Browser) -> Client:
    return client_of(make_staff("view_stripeevent", email="viewer@example.com"))


def page_of(pk: str) -> str:
    return f"{LIST}inspect/{quote(pk)}/"


def shown(client: Client, **query: str) -> list[str]:
    response = client.get(LIST, query)
    assert response.status_code == 200
    return [row.pk for row in response.context["object_list"]]


def test_the_list_hides_ignored_events_and_is_filtered_and_searched(
    reviewer: Client,
) -> None:
    make_event("evt_old", type="checkout.session.expired", outcome="processed")
    StripeEvent.objects.update(received_at=timezone.now() - timedelta(days=10))
    make_event("evt_new")
    make_event("evt_waits", type="checkout.session.completed", outcome="pending")
    today = timezone.localdate().isoformat()
    assert shown(reviewer) == ["evt_waits", "evt_old"]
    assert "are hidden" in reviewer.get(LIST).content.decode()
    everything = ["evt_waits", "evt_new", "evt_old"]
    assert shown(reviewer, outcome="all") == everything
    assert "are hidden" not in reviewer.get(LIST, {"outcome": "all"}).content.decode()
    assert shown(reviewer, outcome="ignored") == ["evt_new"]
    assert shown(reviewer, outcome="pending") == ["evt_waits"]
    assert shown(reviewer, type="session") == ["evt_waits", "evt_old"]
    assert shown(reviewer, received_at_from=today) == ["evt_waits"]
    assert shown(
        reviewer, received_at_to=(timezone.localdate() - timedelta(days=5)).isoformat()
    ) == ["evt_old"]
    assert shown(reviewer, q="evt_old") == ["evt_old"]
    assert shown(reviewer, q="customer") == ["evt_new"]
    for odd in (
        {"q": "\0"},
        {"outcome": "odd"},
        {"received_at_from": "odd"},
        {"type": "\0"},
        {"p": "99"},
    ):
        assert reviewer.get(LIST, odd).status_code == 200


def test_a_page_of_events_takes_no_more_queries_than_one_and_reads_no_body(
    reviewer: Client,
) -> None:
    make_event("evt_0")
    counts = []
    for number in (1, 60):
        for made in range(1, number):
            make_event(f"evt_{made}")
        reviewer.get(LIST, {"outcome": "all"})
        with CaptureQueriesContext(connection) as queries:
            reviewer.get(LIST, {"outcome": "all"})
        counts.append(len(queries))
    assert counts[0] <= counts[1] <= 15
    assert not any('"body"' in query["sql"] for query in queries)


@pytest.mark.parametrize(
    ("body", "seen"),
    [
        (
            '{"a":{"b":"₹ <script>"}}',
            "{\n  &quot;a&quot;: {\n    &quot;b&quot;: &quot;₹ &lt;script&gt;&quot;",
        ),
        ('{"a":"\\ud800\\u0000"}', "&quot;\\ud800\\u0000&quot;"),
        ("[" * 900 + "]" * 900, "["),
        ("no json <b>", "no json &lt;b&gt;"),
    ],
    ids=["markup", "what cannot be sent", "deep", "no json"],
)
def test_a_page_shows_the_body_in_lines_and_escaped(reviewer: Client, body: str, seen: str) -> None:
    make_event("evt_1/../2?<i>", body)
    answer = reviewer.get(page_of("evt_1/../2?<i>"))
    assert answer.status_code == 200
    assert seen in answer.content.decode()
    assert '<script>"' not in answer.content.decode()


def test_replaying_a_processed_event_finds_its_order(
    synced: Sandbox, processed: StripeEvent, reviewer: Client
) -> None:
    order = only_order()
    page = reviewer.post(page_of(processed.pk), follow=True)
    assert "Processed: The order already existed." in page.content.decode()
    assert only_order() == order
    processed.refresh_from_db()
    assert (processed.outcome, processed.reason) == ("processed", "The order already existed.")
    assert calls(synced) == []


def test_a_year_later_the_order_is_still_found(processed: StripeEvent) -> None:
    long_ago = timezone.now() - timedelta(days=400)
    StripeEvent.objects.update(received_at=long_ago)
    Checkout.objects.update(created_at=long_ago, expires_at=long_ago)
    assert replay(processed.pk) == [
        f"{processed.pk} checkout.session.completed Processed: The order already existed."
    ]
    assert only_order().total == 149900


def test_replaying_an_event_that_was_ignored_by_mistake_creates_its_order(
    synced: Sandbox, member: Client, lamp: ProductPage
) -> None:
    buy(synced, member, lamp)
    make_event(
        "evt_1",
        json.dumps(told(synced)),
        type="checkout.session.completed",
        reason="The session does not belong to this shop.",
    )
    assert replay("evt_1") == ["evt_1 checkout.session.completed Processed: The order was created."]
    row = StripeEvent.objects.get()
    assert (row.outcome, row.reason) == ("processed", "The order was created.")
    assert only_order().total == 149900


def test_the_page_and_the_history_show_who_replayed_an_event(
    processed: StripeEvent, reviewer: Client, staff: User
) -> None:
    for _ in range(2):
        reviewer.post(page_of(processed.pk))
    reviewer.get(page_of(processed.pk))  # shows the messages
    page = reviewer.get(page_of(processed.pk)).content.decode()
    assert page.count("Processed again by orders@example.com on ") == 2
    assert page.count("Processed: The order already existed.") == 2
    entry = ModelLogEntry.objects.filter(action="orders.replay").latest("pk")
    assert (entry.user, entry.object_id, entry.message) == (
        staff,
        processed.pk,
        "Processed an event again",
    )


def test_replaying_an_event_that_the_shop_does_not_use_changes_nothing(
    processed: StripeEvent, reviewer: Client
) -> None:
    event = {
        "id": "evt_2",
        "object": "event",
        "type": "customer.created",
        "livemode": False,
        "data": {"object": {}},
    }
    deliver_altered(event)
    before = list(Order.objects.values())
    assert (
        "Ignored: The shop does not use"
        in reviewer.post(page_of("evt_2"), follow=True).content.decode()
    )
    assert list(Order.objects.values()) == before
    assert StripeEvent.objects.get(pk="evt_2").outcome == "ignored"


def test_a_replay_that_fails_leaves_a_final_outcome_and_shows_that(
    synced: Sandbox, processed: StripeEvent, reviewer: Client
) -> None:
    event = json.loads(processed.body)
    StripeEvent.objects.update(body=json.dumps({**event, "api_version": "2020-08-27"}))
    synced.fail_next(path=SESSIONS, times=None)
    page = reviewer.post(page_of(processed.pk), follow=True).content.decode()
    assert "The event could not be processed. Its outcome is still Processed. " in page
    processed.refresh_from_db()
    assert (processed.outcome, processed.reason) == ("processed", "The order was created.")
    process.process_pending_events()
    assert len(calls(synced, "GET", SESSIONS)) >= 1
    with pytest.raises(CommandError, match="could not be processed: 1"):
        replay(processed.pk)


def test_an_event_that_this_version_cannot_read_keeps_its_outcome(
    reviewer: Client,
) -> None:
    make_event("evt_1", "{}", outcome="processed", reason="created")
    assert "still Processed. " in reviewer.post(page_of("evt_1"), follow=True).content.decode()
    with pytest.raises(CommandError, match="could not be processed: 1"):
        replay("evt_1")
    row = StripeEvent.objects.get()
    assert (row.outcome, row.reason) == ("processed", "created")


def test_a_viewer_sees_no_button_and_may_not_replay(
    synced: Sandbox, stuck: StripeEvent, viewer: Client
) -> None:
    page = viewer.get(page_of(stuck.pk)).content.decode()
    assert stuck.pk in page
    assert "Process again" not in page
    assert viewer.post(page_of(stuck.pk)).status_code == 403
    stuck.refresh_from_db()
    assert stuck.outcome == "pending"
    assert calls(synced) == [] and not Order.objects.exists()


def test_a_form_from_another_site_is_refused(
    synced: Sandbox, stuck: StripeEvent, staff: User
) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(staff)
    assert client.post(page_of(stuck.pk)).status_code == 403
    assert calls(synced) == [] and not Order.objects.exists()


def test_an_editor_sees_no_events(client_of: Browser, processed: StripeEvent) -> None:
    editor = client_of(make_staff(role="Price editors", email="editor@example.com"))
    assert LIST not in editor.get("/admin/").content.decode()
    for answer in (
        editor.get(LIST),
        editor.get(page_of(processed.pk)),
        editor.post(page_of(processed.pk)),
    ):
        assert answer.status_code == 302
    processed.refresh_from_db()
    assert processed.reason == "The order was created."


@pytest.mark.parametrize(
    "path", ["new/", "edit/{}/", "delete/{}/", "history/{}/", "usage/{}/", "copy/{}/"]
)
def test_nobody_can_add_edit_or_delete_an_event(client_of: Browser, path: str) -> None:
    root = client_of(User.objects.create_superuser("admin@example.com", "a-long-password"))
    make_event("evt_1")
    address = LIST + path.format(quote("evt_1"))
    assert root.get(address).status_code == root.post(address).status_code == 404
    assert StripeEvent.objects.get().body == "{}"
    assert "/delete/" not in root.get(page_of("evt_1")).content.decode().split("<main", 1)[1]


def test_the_two_permissions_can_be_given_to_a_group(client_of: Browser) -> None:
    root = client_of(User.objects.create_superuser("admin@example.com", "a-long-password"))
    groups = root.get("/admin/groups/new/").content.decode()
    offered = {
        permission.codename
        for permission in Permission.objects.filter(content_type__model="stripeevent")
        if f'value="{permission.pk}"' in groups
    }
    assert offered == {"view_stripeevent", "change_stripeevent"}


def test_an_event_that_keeps_failing_raises_an_alert_until_it_is_processed(
    synced: Sandbox, stuck: StripeEvent, reviewer: Client
) -> None:
    for tries in range(1, 6):
        assert not Alert.objects.exists()
        make_due()
        process.process_pending_events()
        assert StripeEvent.objects.get().tries == tries
    row = Alert.objects.get()
    assert row.key == f"event-failing:{stuck.pk}"
    assert row.link == page_of(stuck.pk)
    assert "5 attempts" in row.message
    make_due()
    process.process_pending_events()
    assert Alert.objects.get().times == 2, "once for each failing try"
    synced.faults.clear()
    page = reviewer.post(page_of(stuck.pk), follow=True).content.decode()
    assert "Processed: The order was created." in page
    assert Alert.objects.get().state == "resolved"
    assert only_order().total == 149900


def test_an_event_that_ends_the_process_each_time_raises_an_alert_too() -> None:
    row = make_event("evt_1", outcome="pending", tries=4)
    process.postpone(row)
    assert not Alert.objects.exists()
    process.postpone(row)
    assert Alert.objects.get().key == "event-failing:evt_1"
