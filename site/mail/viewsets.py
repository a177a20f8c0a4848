"""Emails in Wagtail's admin: a list, a page per email with a button to send it again, and what
each kind looks like.
"""

from typing import Any

import django_filters
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.defaults import permission_denied
from wagtail.admin import messages
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column, StatusTagColumn, TitleColumn
from wagtail.log_actions import log

from admin_base.columns import UNBROKEN, MomentColumn
from admin_base.read_only import ReadOnlyIndexView, ReadOnlyInspectView, ReadOnlyViewSet
from mail.models import Message
from mail.outbox import send_again
from mail.registry import all_kinds, find
from mail.render import as_html, as_text
from mail.sample_message import send_test

SEND_AGAIN = "mail.send_again"
HIDDEN = gettext_lazy(
    "The text of this email is not shown, because it contains a link to somebody's account."
)


class MessageFilters(WagtailFilterSet):
    """By state and kind."""

    status = django_filters.ChoiceFilter(
        label=gettext_lazy("State"), choices=Message.Status.choices
    )
    kind = django_filters.ChoiceFilter(
        label=gettext_lazy("Kind"), choices=lambda: [(kind.key, kind.title) for kind in all_kinds()]
    )

    class Meta:
        model = Message
        fields = ["status", "kind"]


class MessageIndexView(ReadOnlyIndexView):
    """The list, without the texts."""

    def get_base_queryset(self) -> QuerySet[Message]:
        """Messages with what the list shows of them."""
        return super().get_base_queryset().defer("text", "html", "data")


class MessageInspectView(ReadOnlyInspectView):
    """One email, as text and as it looks."""

    template_name = "mail/admin/message.html"
    page_title = gettext_lazy("Email")

    def get_page_subtitle(self) -> str:
        """The subject, once it is known."""
        return self.object.subject or str(self.object)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add `message`, and whether this user may send it again."""
        return {
            **super().get_context_data(**kwargs),
            "message": self.object,
            "may_send": self.user_has_permission("change") and not self.object.is_secret,
        }

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Write the email into the outbox once more."""
        if not self.user_has_permission("change") or self.object.is_secret:
            return permission_denied(request, PermissionDenied())
        if not self.object.data:
            messages.error(request, _("This email is too old to be sent again."))
            return redirect(request.path)
        again = send_again(self.object, by=request.user)
        log(self.object, SEND_AGAIN, user=request.user)
        messages.success(request, _("The email will be sent again in a moment."))
        return redirect("mail_admin:inspect", again.pk)


def may_view(request: HttpRequest) -> bool:
    """Whether a user may see emails."""
    return request.user.has_perm("mail.view_message")


def previews(request: HttpRequest) -> HttpResponse:
    """What each kind of email looks like, with invented data; POST sends one to oneself."""
    if not may_view(request):
        return permission_denied(request, PermissionDenied())
    if request.method == "POST":
        address = getattr(request.user, "email", "")
        send_test(request.POST.get("kind", ""), to=address)
        text = _("A test email is on its way to %(address)s.")
        messages.success(request, text % {"address": address})
        return redirect(reverse("mail_admin:previews"))
    return render(request, "mail/admin/previews.html", {"kinds": all_kinds()})


@xframe_options_sameorigin
def preview(request: HttpRequest, key: str, form: str) -> HttpResponse:
    """One kind of email as HTML or text."""
    if not may_view(request):
        return permission_denied(request, PermissionDenied())
    try:
        content = find(key).sample()
    except LookupError:
        raise Http404 from None
    if form == "text":
        return HttpResponse(as_text(content), content_type="text/plain; charset=utf-8")
    return HttpResponse(as_html(content))


@xframe_options_sameorigin
def body(request: HttpRequest, pk: int) -> HttpResponse:
    """The HTML of an email that was rendered, for the frame on its page."""
    if not may_view(request):
        return permission_denied(request, PermissionDenied())
    message = Message.objects.filter(pk=pk, is_secret=False).first()
    if message is None:
        raise Http404
    return HttpResponse(message.html)


class MessageViewSet(ReadOnlyViewSet):
    """Emails in the main menu."""

    model = Message
    name = "mail_admin"
    url_prefix = "mail"
    icon = "mail"
    menu_label = gettext_lazy("Emails")
    menu_order = 157
    add_to_admin_menu = True
    index_view_class = MessageIndexView
    inspect_view_class = MessageInspectView
    list_display = (
        TitleColumn(
            "recipient",
            label=gettext_lazy("To"),
            sort_key="recipient",
            url_name="mail_admin:inspect",
        ),
        Column("subject", label=gettext_lazy("Subject"), accessor=lambda row: row.subject or row),
        MomentColumn(
            "created_at", label=gettext_lazy("Written"), sort_key="created_at", classname=UNBROKEN
        ),
        MomentColumn("sent_at", label=gettext_lazy("Sent"), sort_key="sent_at", classname=UNBROKEN),
        StatusTagColumn(
            "get_status_display",
            label=gettext_lazy("State"),
            primary=lambda row: row.status == Message.Status.PENDING,
        ),
        Column("error", label=gettext_lazy("Error"), accessor=lambda row: row.error[:100]),
    )
    filterset_class = MessageFilters
    search_fields = ("recipient", "subject", "subject_key")
    search_hint = gettext_lazy("Address, subject or order")

    def get_urlpatterns(self) -> list[URLPattern]:
        """The list, the page of an email, its HTML, and the previews."""
        return [
            *super().get_urlpatterns(),
            path("previews/", previews, name="previews"),
            path("previews/<slug:key>/<slug:form>/", preview, name="preview"),
            path("<int:pk>/body/", body, name="body"),
        ]
