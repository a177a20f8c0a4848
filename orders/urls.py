"""The till's addresses.

They stand above Wagtail's pages; the webhook answers with and without its final slash.
"""

from django.urls import path

from orders.views.checkout import cancelled, checkout
from orders.views.orders import order_detail, order_list
from orders.views.success import success
from orders.views.webhook import stripe_webhook

app_name = "shop"

urlpatterns = [
    path("checkout/", checkout, name="checkout"),
    path("checkout/success/", success, name="checkout_success"),
    path("checkout/cancelled/", cancelled, name="checkout_cancelled"),
    path("orders/", order_list, name="order_list"),
    path("orders/<slug:number>/", order_detail, name="order_detail"),
    path("stripe/webhook/", stripe_webhook, name="stripe_webhook"),
    # A redirect to the slash would count as a failed delivery (docs.stripe.com/webhooks).
    path("stripe/webhook", stripe_webhook),
]
