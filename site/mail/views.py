"""The demo's inbox: in a demo no email leaves the machine, so shoppers read theirs here."""

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET

from mail.models import Message

SHOWN = 50


def own_messages(request: HttpRequest) -> Any:
    """The emails to the logged-in user, newest first. Raises Http404 outside of demos."""
    if not settings.SHOP_DEMO:
        raise Http404
    address = getattr(request.user, "email", "")
    return Message.objects.filter(
        recipient__iexact=address, status=Message.Status.SENT, is_secret=False
    )


@never_cache
@login_required
@require_GET
def inbox(request: HttpRequest) -> HttpResponse:
    """The newest emails to the logged-in user."""
    return render(request, "mail/inbox.html", {"emails": own_messages(request)[:SHOWN]})


@never_cache
@login_required
@require_GET
@xframe_options_sameorigin
def email(request: HttpRequest, pk: int) -> HttpResponse:
    """One of them, as a mail program would show its text."""
    found = own_messages(request).filter(pk=pk).first()
    if found is None:
        raise Http404
    return render(request, "mail/email.html", {"email": found})
