"""The alerts in Wagtail's admin, for those who may view and resolve them."""

import re
from collections.abc import Callable

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import NoReverseMatch, reverse

from alerts.alerts import JOB_FAILING
from alerts.models import Alert
from alerts.raising import raise_alert, resolve_alert, resolve_by_staff
from products.alerts import SYNC_FAILING
from users.models import User

pytestmark = pytest.mark.django_db
LIST = "/admin/alerts/"


@pytest.fixture
def staff() -> User:
    user = User.objects.create_user("staff@example.com", "a-long-password")
    user.user_permissions.add(Permission.objects.get(codename="access_admin"))
    return user


@pytest.fixture
def viewer(staff: User, client_of: Callable[[User], Client]) -> Client:
    staff.user_permissions.add(Permission.objects.get(codename="view_alert"))
    return client_of(staff)


def shown(client: Client, query: str = "") -> list[str]:
    response = client.get(LIST + query)
    assert response.status_code == 200
    return [row.message for row in response.context["object_list"]]


@pytest.fixture
def resolver(staff: User, viewer: Client) -> Client:
    staff.user_permissions.add(Permission.objects.get(codename="change_alert"))
    return viewer


@pytest.fixture
def root(client_of: Callable[[User], Client]) -> Client:
    return client_of(User.objects.create_superuser("root@example.com", "a-long-password"))


def page_of(key: str) -> str:
    row = Alert.objects.filter(key=key).latest("pk")
    return f"{LIST}inspect/{row.pk}/"


@pytest.fixture
def three_alerts() -> None:
    raise_alert(JOB_FAILING, "The first is late.", subject=1)
    raise_alert(JOB_FAILING, "The second is late.", subject=2, url="/admin/orders/2/")
    raise_alert(SYNC_FAILING, "The third is lost.", subject=3)
    resolve_alert(JOB_FAILING, subject=1)


@pytest.mark.usefixtures("three_alerts")
def test_a_viewer_sees_all_alerts_with_open_ones_first(viewer: Client) -> None:
    assert shown(viewer) == ["The third is lost.", "The second is late.", "The first is late."]
    page = viewer.get(LIST).content.decode()
    assert f'href="{page_of("job-failing:2")}"' in page


@pytest.mark.usefixtures("three_alerts")
def test_a_viewer_filters_and_searches(viewer: Client) -> None:
    assert shown(viewer, "?state=open") == ["The third is lost.", "The second is late."]
    assert shown(viewer, "?state=resolved") == ["The first is late."]
    assert shown(viewer, "?q=lost") == ["The third is lost."]
    assert shown(viewer, "results/?state=resolved") == ["The first is late."]


@pytest.mark.usefixtures("three_alerts")
def test_alerts_are_filtered_by_the_severity_of_their_kind(viewer: Client) -> None:
    Alert.objects.create(key="removed-kind:1", message="From an older version.")
    critical = ["The second is late.", "The first is late."]
    assert shown(viewer, "?severity=critical") == critical
    assert shown(viewer, "?severity=warning") == ["The third is lost."]
    assert "From an older version." in viewer.get(page_of("removed-kind:1")).content.decode()


@pytest.mark.usefixtures("three_alerts")
@pytest.mark.parametrize(
    "query", ["?state=nonsense", "?ordering=-times", "?ordering=secret", "?q=%00", "?p=99"]
)
def test_odd_queries_get_a_response(viewer: Client, query: str) -> None:
    assert viewer.get(LIST + query).status_code == 200


def test_the_list_takes_as_many_queries_for_many_rows_as_for_one(viewer: Client) -> None:
    counts = []
    for count in (1, 15):
        for number in range(count):
            raise_alert(JOB_FAILING, "Late.", subject=number)
        viewer.get(LIST)
        with CaptureQueriesContext(connection) as queries:
            viewer.get(LIST)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 15


@pytest.mark.usefixtures("three_alerts")
def test_staff_without_the_permission_see_neither_menu_nor_list(
    staff: User, client_of: Callable[[User], Client]
) -> None:
    client = client_of(staff)
    assert client.get(LIST).status_code == 302
    assert client.get(LIST + "results/").status_code == 302
    assert client.get(page_of("job-failing:2")).status_code == 302
    assert client.post(page_of("job-failing:2"), {"note": "Done."}).status_code == 302
    assert Alert.objects.open().count() == 2
    home = client.get("/admin/").content.decode()
    assert LIST not in home
    assert "The third is lost." not in home


@pytest.mark.usefixtures("three_alerts")
def test_the_home_page_and_the_menu_show_how_many_alerts_are_open(viewer: Client) -> None:
    home = viewer.get("/admin/").content.decode()
    assert "Alerts (2)" in home
    assert "<strong>2</strong> open alerts." in home
    assert f'href="{page_of("sync-failing:3")}">A product could not be sent to Stripe</a>' in home
    assert "The third is lost." in home
    resolve_alert(SYNC_FAILING, subject=3)
    assert "Alerts (1)" in viewer.get(LIST).content.decode()
    assert "<strong>1</strong> open alert." in viewer.get("/admin/").content.decode()
    resolve_alert(JOB_FAILING, subject=2)
    home = viewer.get("/admin/").content.decode()
    assert "There are no open alerts." in home
    assert "Alerts (" not in home


def test_many_open_alerts_cost_the_home_page_two_queries(viewer: Client) -> None:
    for number in range(30):
        raise_alert(JOB_FAILING, "Late.", subject=number)
    viewer.get("/admin/")
    with CaptureQueriesContext(connection) as queries:
        viewer.get("/admin/")
    assert sum("alerts_alert" in query["sql"] for query in queries) <= 3


@pytest.mark.usefixtures("three_alerts")
def test_a_page_shows_what_happened_what_to_do_and_the_history(viewer: Client, staff: User) -> None:
    resolve_by_staff(Alert.objects.get(key="job-failing:2"), staff, "Rang the <courier>.")
    raise_alert(JOB_FAILING, "The second is late again.", subject=2, url="/admin/orders/2/")
    page = viewer.get(page_of("job-failing:2")).content.decode()
    for text in (
        "The second is late again.",
        "A job keeps failing",
        "One of the worker&#x27;s jobs has not succeeded for an hour.",
        "Read the error in the message.",
        "Critical",
        'href="/admin/orders/2/"',
        "<code>job-failing:2</code>",
        "once, ",
        "staff@example.com",
        "Rang the &lt;courier&gt;.",
    ):
        assert text in page
    assert "The third is lost." not in page
    assert "There are none." in viewer.get(page_of("job-failing:1")).content.decode()


def edition(browser: Client, address: str) -> str:
    """The message that the page's form was made for."""
    found = re.search(r'name="edition" value="(\w+)"', browser.get(address).content.decode())
    assert found
    return found[1]


@pytest.mark.usefixtures("three_alerts")
def test_a_person_resolves_with_a_note(resolver: Client, staff: User) -> None:
    address = page_of("job-failing:2")
    assert "<form" in resolver.get(address).content.decode().split("<main", 1)[1]
    answer = resolver.post(
        address, {"note": " Rang the courier. ", "edition": edition(resolver, address)}, follow=True
    )
    assert answer.redirect_chain == [(LIST, 302)]
    row = Alert.objects.get(key="job-failing:2")
    assert (row.state, row.resolved_by, row.note) == ("resolved", staff, "Rang the courier.")
    assert Alert.objects.open().get().key == "sync-failing:3"
    assert 'name="note"' not in resolver.get(address).content.decode()


@pytest.mark.usefixtures("three_alerts")
@pytest.mark.parametrize(
    "note",
    ["", "   ", "a\0b", "n" * 100_000],
    ids=["empty", "blank", "with a NUL", "a hundred kilobytes"],
)
def test_a_note_that_cannot_be_kept_is_refused_beside_its_field(
    resolver: Client, note: str
) -> None:
    answer = resolver.post(page_of("job-failing:2"), {"note": note})
    assert answer.status_code == 422
    assert "w-field__errors" in answer.content.decode()
    assert Alert.objects.open().count() == 2
    assert not Alert.objects.exclude(note="").exists()


@pytest.mark.usefixtures("three_alerts")
def test_a_note_on_an_alert_that_was_resolved_automatically_is_refused(
    resolver: Client,
) -> None:
    resolve_alert(JOB_FAILING, subject=2)
    before = Alert.objects.get(key="job-failing:2")
    for note in ("Rang the courier.", ""):
        answer = resolver.post(page_of("job-failing:2"), {"note": note}, follow=True)
        assert "Your note was not saved" in answer.content.decode()
    after = Alert.objects.get(key="job-failing:2")
    assert (after.resolved_at, after.resolved_by, after.note) == (before.resolved_at, None, "")


@pytest.mark.usefixtures("three_alerts")
@pytest.mark.parametrize("told", ["before it is sent", "not at all"])
def test_a_note_is_about_what_the_person_has_read(resolver: Client, told: str) -> None:
    address = page_of("job-failing:2")
    note = {"note": "Rang the courier.", "edition": edition(resolver, address)}
    if told == "not at all":
        del note["edition"]
    raise_alert(JOB_FAILING, "The second is burning.", subject=2)
    answer = resolver.post(address, note)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert (
        "The alert has changed" in page
        and "The second is burning." in page
        and "Rang the courier." in page
    )
    row = Alert.objects.get(key="job-failing:2")
    assert (row.state, row.note) == ("open", "")
    found = re.search(r'name="edition" value="(\w+)"', page)
    assert found
    resolver.post(address, {"note": "Rang both.", "edition": found[1]})
    row.refresh_from_db()
    assert (row.state, row.note) == ("resolved", "Rang both.")


@pytest.mark.usefixtures("three_alerts")
def test_a_viewer_sees_no_form_and_may_not_send_one(viewer: Client) -> None:
    assert (
        "<form" not in viewer.get(page_of("job-failing:2")).content.decode().split('id="row', 1)[1]
    )
    assert viewer.post(page_of("job-failing:2"), {"note": "Done."}).status_code == 403
    assert Alert.objects.open().count() == 2


@pytest.mark.usefixtures("three_alerts")
def test_the_change_permission_without_the_view_permission_allows_nothing(
    staff: User, client_of: Callable[[User], Client]
) -> None:
    staff.user_permissions.add(Permission.objects.get(codename="change_alert"))
    client = client_of(staff)
    assert client.get(LIST).status_code == 302
    assert client.post(page_of("job-failing:2"), {"note": "Done."}).status_code == 302
    assert Alert.objects.open().count() == 2


@pytest.mark.usefixtures("three_alerts", "resolver")
def test_a_form_from_another_site_is_refused(staff: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(staff)
    assert client.post(page_of("job-failing:2"), {"note": "Done."}).status_code == 403
    assert Alert.objects.open().count() == 2


def test_an_alert_that_does_not_exist_is_not_found(viewer: Client) -> None:
    assert viewer.get(LIST + "inspect/1/").status_code == 404


@pytest.mark.usefixtures("three_alerts")
def test_nobody_can_add_edit_or_delete_superusers_included(root: Client) -> None:
    before = list(Alert.objects.order_by("pk").values())
    pk = before[0]["id"]
    for path in (
        "new/",
        f"edit/{pk}/",
        f"delete/{pk}/",
        f"copy/{pk}/",
        f"history/{pk}/",
        f"usage/{pk}/",
    ):
        assert root.get(LIST + path).status_code == 404
        assert root.post(LIST + path, {"message": "changed"}).status_code == 404
    root.post(LIST, {"message": "changed"})
    assert list(Alert.objects.order_by("pk").values()) == before
    for address in (LIST, page_of("job-failing:2")):
        main = root.get(address).content.decode().split("<main", 1)[1]
        assert "/new/" not in main
        assert "/edit/" not in main
        assert "/delete/" not in main


def test_there_are_urls_for_reading_only() -> None:
    assert reverse("alerts_admin:index") == LIST
    with pytest.raises(NoReverseMatch):
        reverse("alerts_admin:edit", args=[1])


def test_the_two_permissions_can_be_given_to_a_group(root: Client) -> None:
    groups = root.get("/admin/groups/new/").content.decode()
    permissions = Permission.objects.filter(content_type__app_label="alerts").order_by("codename")
    assert [permission.codename for permission in permissions] == [
        "change_alert",
        "view_alert",
    ]
    for permission in permissions:
        assert f'value="{permission.pk}"' in groups
