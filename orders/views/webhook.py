"""Where Stripe's events arrive."""

import logging

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from orders.events.receive import receive
from stripe_gateway.errors import InvalidEvent, InvalidSignature
from stripe_gateway.events import verify

logger = logging.getLogger(__name__)


@csrf_exempt
@require_POST
def stripe_webhook(request: HttpRequest) -> HttpResponse:
    """200 once stored, even where acting on it must wait; 400 if Stripe did not sign it; 500 if not
    stored.
    """
    try:
        signature = request.headers.get("Stripe-Signature", "")
        receive(verify(request.body, signature, settings.STRIPE_WEBHOOK_SECRETS))
    except (InvalidSignature, InvalidEvent, RequestDataTooBig) as error:
        # Loud: a wrong STRIPE_WEBHOOK_SECRET looks like this, and Stripe gives an endpoint up after
        # some days.
        logger.warning("Webhook refused: %s Is STRIPE_WEBHOOK_SECRET this endpoint's own?", error)
        return HttpResponse(f"{error}\n", status=400, content_type="text/plain")
    except Error:
        logger.exception("A webhook event could not be stored; Stripe sends it again.")
        return HttpResponse(
            "Not stored; please send it again.\n", status=500, content_type="text/plain"
        )
    return HttpResponse("Stored.\n", content_type="text/plain")
