"""The URLs of basket, checkout, orders and webhook. They come before Wagtail's pages."""

from django.urls import path, re_path

from orders.views.basket import basket
from orders.views.checkout import cancelled, checkout
from orders.views.orders import order_detail, order_document, order_list
from orders.views.success import status, success
from orders.views.webhook import stripe_webhook

app_name = "shop"

urlpatterns = [
    path("basket/", basket, name="basket"),
    path("checkout/", checkout, name="checkout"),
    path("checkout/success/", success, name="checkout_success"),
    path("checkout/status/", status, name="checkout_status"),
    path("checkout/cancelled/", cancelled, name="checkout_cancelled"),
    path("orders/", order_list, name="order_list"),
    path("orders/<slug:number>/", order_detail, name="order_detail"),
    re_path(
        r"^orders/(?P<number>[\w-]+)/(?P<kind>invoice|receipt)/$",
        order_document,
        name="order_document",
    ),
    path("stripe/webhook/", stripe_webhook, name="stripe_webhook"),
    # A redirect to the slash would count as a failed delivery (docs.stripe.com/webhooks).
    path("stripe/webhook", stripe_webhook),
]
