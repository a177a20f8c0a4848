"""One row of each kind that an address of the shop can name, and an address per URL pattern."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone
from taggit.models import Tag
from wagtail.admin.models import EditingSession
from wagtail.contrib.redirects.models import Redirect
from wagtail.images import get_image_model
from wagtail.images.tests.utils import get_test_image_file
from wagtail.models import (
    Collection,
    GroupApprovalTask,
    Page,
    PageViewRestriction,
    Site,
    UploadedFile,
    Workflow,
    WorkflowTask,
)

from alerts.models import Alert
from mail.models import Message
from orders.models import Checkout, Reconciliation, StripeEvent
from products.models import ProductIndexPage, ProductPage
from shop_settings.models import ShopSettings
from stripe_sandbox import Sandbox
from tests.orders.refunding import sell
from tests.orders.stocking import put_in_stock, send_out
from users.models import User

DRAFT = "Hidden draft 7731"  # a page that only those who work on pages may know of
CUSTOMER = "private-customer@example.com"
PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>|\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)")


def patterns() -> list[str]:
    """Every URL pattern of the shop, each once; the order is that of the resolver."""

    def below(found: list[Any], prefix: str) -> Iterator[str]:
        for pattern in found:
            route = prefix + str(pattern.pattern)
            if isinstance(pattern, URLResolver):
                yield from below(pattern.url_patterns, route)
            elif isinstance(pattern, URLPattern):
                yield route

    return list(dict.fromkeys(below(get_resolver().url_patterns, "")))


class Rows:
    """The rows, and what to write into addresses and forms to mean them."""

    def __init__(self, sandbox: Sandbox, lamp: ProductPage) -> None:
        self.page = lamp
        self.make_pages()
        self.make_workflow()
        self.make_settings()
        self.make_order(sandbox)

    def make_pages(self) -> None:
        """A draft, a revision, a private page and what belongs to pages."""
        self.revision = self.page.save_revision()
        self.draft = ProductPage(title=DRAFT, slug="hidden-draft", price="12.00", live=False)
        ProductIndexPage.objects.get().add_child(instance=self.draft)
        self.draft.save_revision()
        self.restriction = PageViewRestriction.objects.create(
            page=self.draft, restriction_type="password", password="secret"
        )
        self.image = get_image_model().objects.create(
            title="A picture", file=get_test_image_file(colour="white", size=(64, 48))
        )
        self.redirect = Redirect.objects.create(old_path="/old", redirect_link="/")
        self.collection = Collection.get_first_root_node().add_child(name="Pictures")

    def make_workflow(self) -> None:
        """A workflow in which somebody approves the draft."""
        self.task = GroupApprovalTask.objects.create(name="Check")
        self.workflow = Workflow.objects.create(name="Checking")
        WorkflowTask.objects.create(workflow=self.workflow, task=self.task)
        editor = User.objects.create_superuser("checker@example.com", "x")
        self.workflow_state = self.workflow.start(self.draft, editor)
        self.session = EditingSession.objects.create(
            user=editor, content_object=self.page, last_seen_at="2026-01-01T00:00Z"
        )

    def make_settings(self) -> None:
        """Rows that belong to no page and no order."""
        self.user = User.objects.create_user("somebody@example.com", "x")
        self.address_row = EmailAddress.objects.create(user=self.user, email="second@example.com")
        self.tag = Tag.objects.create(name="Brass")
        self.upload = UploadedFile.objects.create(file=get_test_image_file(), uploaded_by_user=None)
        self.shop = ShopSettings.objects.create(name="Lamps")
        self.alert = Alert.objects.create(key="low_stock:1", message="Low")
        self.message = Message.objects.create(
            kind="letter", subject_key="x", recipient=CUSTOMER, language="en", data={}
        )
        now = timezone.now()
        self.reconciliation = Reconciliation.objects.create(
            account="acct_1", since=now, cutoff=now, started_at=now, currency="inr"
        )

    def make_order(self, sandbox: Sandbox) -> None:
        """An order of a customer, one item of which is shipped."""
        put_in_stock(self.page, 9)
        buyer = Client()
        buyer.force_login(User.objects.create_user(CUSTOMER, "x"))
        self.order = sell(sandbox, buyer, (self.page, 2), shipping=50_00)
        self.shipment = send_out(self.order, 1)
        self.checkout = Checkout.objects.get()
        self.event = StripeEvent.objects.first()

    def address(self, pattern: str) -> str:
        """An address that the pattern matches and that names rows which exist."""
        path = PARAMETER.sub(lambda found: str(self.value(pattern, found[1] or found[2])), pattern)
        path = path.replace(r"\.\.\.", "...").replace("^", "").replace("$", "")
        path = path.replace(r"((?:[\w\-]+/)*)", "").replace(".*", "no-such-page")
        return f"/{path}{self.query(pattern)}"

    def query(self, pattern: str) -> str:
        """What follows the path where a view reads it."""
        if pattern.startswith("admin/bulk/"):
            return f"?id={self.page.pk}"
        if pattern.endswith(("/tracking/", "/undo/")):
            return f"?shipment={self.shipment.pk}"
        return f"?q={quote(DRAFT)}" if "search" in pattern else ""

    def value(self, pattern: str, name: str) -> Any:
        """What stands for a parameter of a pattern."""
        if pattern.startswith("admin/settings/") and name == "model_name":
            return "shopsettings"
        if pattern.startswith("admin/pages/workflow/") and name == "page_id":
            return self.draft.pk
        for prefix, value in self.by_prefix.items():
            if pattern.startswith(prefix) and name in ("pk", "id", "object_id"):
                return value
        return self.by_name[name]

    @property
    def by_prefix(self) -> dict[str, Any]:
        """Primary keys, by how the patterns begin."""
        product_id = self.shipment.lines.get().line.product_id
        return {
            "admin/api/main/^images/": self.image.pk,
            "admin/api/main/^pages/": self.page.pk,
            "admin/pages/": self.page.pk,
            "admin/collections/": self.collection.pk,
            "admin/workflows/tasks/": self.task.pk,
            "admin/workflows/": self.workflow.pk,
            "admin/settings/": self.shop.pk,
            "admin/images/": self.image.pk,
            "admin/customers/": self.order.user_id,
            "admin/orders/": self.order.pk,
            "admin/stock/": product_id,
            "admin/reports/prices/": product_id,
            "admin/checkouts/": self.checkout.pk,
            "admin/events/": self.event.pk if self.event else "evt_1",
            "admin/reconciliations/": self.reconciliation.pk,
            "admin/alerts/": self.alert.pk,
            "admin/mail/": self.message.pk,
            "demo/emails/": self.message.pk,
            "admin/users/": self.user.pk,
            "admin/groups/": Group.objects.get(name="Editors").pk,
            "admin/sites/": Site.objects.get().pk,
            "admin/editing-sessions/": self.page.pk,
            "django-admin/auth/": Group.objects.get(name="Editors").pk,
            "django-admin/users/": self.user.pk,
            "django-admin/account/": self.address_row.pk,
            "django-admin/taggit/": self.tag.pk,
            "django-admin/": 1,
        }

    @property
    def by_name(self) -> dict[str, Any]:
        """Everything else that a pattern can ask for."""
        page, image, state = self.page.pk, self.image.pk, self.workflow_state
        home, index = Page.objects.get(depth=2).pk, ProductIndexPage.objects.get().pk
        return {
            "page_id": page, "parent_page_id": index, "page_to_move_id": page,
            "destination_id": home, "page_pk": page,
            "page_view_restriction_id": self.restriction.pk, "object_id": page,
            "revision_id": self.revision.pk, "revision_id_a": "earliest", "revision_id_b": "latest",
            "task_state_id": state.current_task_state.pk, "workflow_state_id": state.pk,
            "task_id": self.task.pk, "workflow_pk": self.workflow.pk, "session_id": self.session.pk,
            "action_name": "approve", "action": "publish", "content_type_id": 1, "colour": "8c3219",
            "content_type_app_name": "products", "content_type_model_name": "productpage",
            "app_label": "wagtailcore", "app_name": "shop_settings", "model_name": "page",
            "collection_id": self.collection.pk, "redirect_id": self.redirect.pk,
            "image_id": image, "uploaded_file_id": self.upload.pk, "filter_spec": "max-99x99",
            "number": self.order.number, "kind": "receipt", "path": self.image.file.name,
            "key": "order-shipped", "form": "text", "uidb36": "1", "uidb64": "MQ", "token": "x-y",
            "url": "no-such-page",
        }  # fmt: skip
