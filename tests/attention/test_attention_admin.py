"""The listing in Wagtail's admin, for those who may view it."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import NoReverseMatch, reverse

from attention import causes
from attention.models import Attention
from users.models import User

pytestmark = pytest.mark.django_db
LIST = "/admin/attention/"


@pytest.fixture
def staff() -> User:
    user = User.objects.create_user("staff@example.com", "a-long-password")
    user.user_permissions.add(Permission.objects.get(codename="access_admin"))
    return user


@pytest.fixture
def viewer(staff: User, client_of: Callable[[User], Client]) -> Client:
    staff.user_permissions.add(Permission.objects.get(codename="view_attention"))
    return client_of(staff)


def shown(client: Client, query: str = "") -> list[str]:
    response = client.get(LIST + query)
    assert response.status_code == 200
    return [row.message for row in response.context["object_list"]]


@pytest.fixture
def three_causes() -> None:
    causes.open("late:1", "The first is late.")
    causes.open("late:2", "The second is late.", url="/admin/orders/2/")
    causes.open("lost:3", "The third is lost.")
    causes.resolve("late:1")


@pytest.mark.usefixtures("three_causes")
def test_a_viewer_sees_all_open_ones_first(viewer: Client) -> None:
    assert shown(viewer) == ["The third is lost.", "The second is late.", "The first is late."]
    page = viewer.get(LIST).content.decode()
    assert 'href="/admin/orders/2/"' in page
    assert "late:1" in page


@pytest.mark.usefixtures("three_causes")
def test_a_viewer_filters_and_searches(viewer: Client) -> None:
    assert shown(viewer, "?state=open") == ["The third is lost.", "The second is late."]
    assert shown(viewer, "?state=resolved") == ["The first is late."]
    assert shown(viewer, "?q=lost") == ["The third is lost."]
    assert shown(viewer, "results/?state=resolved") == ["The first is late."]


@pytest.mark.usefixtures("three_causes")
@pytest.mark.parametrize("query", ["?state=nonsense", "?ordering=-times", "?ordering=secret", "?q=%00", "?p=99"])
def test_odd_questions_get_an_answer(viewer: Client, query: str) -> None:
    assert viewer.get(LIST + query).status_code == 200


def test_the_listing_asks_the_database_as_often_for_many_rows_as_for_one(viewer: Client) -> None:
    counts = []
    for count in (1, 15):
        for number in range(count):
            causes.open(f"late:{number}", "Late.")
        viewer.get(LIST)
        with CaptureQueriesContext(connection) as queries:
            viewer.get(LIST)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 15


@pytest.mark.usefixtures("three_causes")
def test_staff_without_the_permission_see_neither_menu_nor_list(
    staff: User, client_of: Callable[[User], Client]
) -> None:
    client = client_of(staff)
    assert client.get(LIST).status_code == 302
    assert client.get(LIST + "results/").status_code == 302
    assert LIST not in client.get("/admin/").content.decode()


def test_a_viewer_finds_it_in_the_menu(viewer: Client) -> None:
    assert LIST in viewer.get("/admin/").content.decode()


@pytest.mark.usefixtures("three_causes")
def test_nobody_can_add_change_or_delete_superusers_included(client_of: Callable[[User], Client]) -> None:
    client = client_of(User.objects.create_superuser("root@example.com", "a-long-password"))
    before = list(Attention.objects.order_by("pk").values())
    pk = before[0]["id"]
    for path in ("new/", f"edit/{pk}/", f"delete/{pk}/", f"copy/{pk}/", f"history/{pk}/", f"usage/{pk}/"):
        assert client.get(LIST + path).status_code == 404
        assert client.post(LIST + path, {"message": "changed"}).status_code == 404
    client.post(LIST, {"message": "changed"})
    assert list(Attention.objects.order_by("pk").values()) == before
    page = client.get(LIST).content.decode()
    assert "/new/" not in page
    assert "/edit/" not in page.split("<main", 1)[1]


def test_there_are_no_addresses_for_anything_but_the_list() -> None:
    assert reverse("attention:index") == LIST
    with pytest.raises(NoReverseMatch):
        reverse("attention:edit", args=[1])


def test_the_permission_can_be_given_to_a_group_and_is_the_only_one(client_of: Callable[[User], Client]) -> None:
    client = client_of(User.objects.create_superuser("root@example.com", "a-long-password"))
    only = Permission.objects.get(content_type__app_label="attention")
    assert only.codename == "view_attention"
    assert f'value="{only.pk}"' in client.get("/admin/groups/new/").content.decode()
