"""The limit: a Django project with Django's default middleware, and next to nothing to do.

`/` returns 10 KB. `/webhook/` verifies a signature with Stripe's library and inserts one row.
"""

import os

import django
import environ
import stripe
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

SECRET = os.environ["STRIPE_WEBHOOK_SECRET"]
PAGE = b"<p>" + b"Ten kilobytes. " * 682 + b"</p>"

if not settings.configured:
    settings.configure(
        ROOT_URLCONF=__name__,
        ALLOWED_HOSTS=["127.0.0.1"],
        SECRET_KEY="bench",  # noqa: S106 - protects nothing
        DATABASES={"default": {**environ.Env().db_url("DATABASE_URL"), "CONN_MAX_AGE": None}},
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "django.contrib.messages",
        ],
        MIDDLEWARE=[
            "django.middleware.security.SecurityMiddleware",
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.common.CommonMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
            "django.middleware.clickjacking.XFrameOptionsMiddleware",
        ],
    )
    django.setup()


class Received(models.Model):
    """One event. The table is created by bench/web.py."""

    id = models.CharField(primary_key=True, max_length=255)
    body = models.TextField()

    class Meta:
        app_label = "auth"
        db_table = "bench_received"

    def __str__(self) -> str:
        return self.id


def page(request: HttpRequest) -> HttpResponse:
    """Ten kilobytes."""
    return HttpResponse(PAGE)


@csrf_exempt
def webhook(request: HttpRequest) -> HttpResponse:
    """One row for one signed event."""
    signature = request.headers["Stripe-Signature"]
    event = stripe.Webhook.construct_event(request.body, signature, SECRET)
    Received(id=event.id, body=request.body.decode()).save(force_insert=True)
    return HttpResponse("ok")


urlpatterns = [path("", page), path("webhook/", webhook)]
application = get_wsgi_application()
