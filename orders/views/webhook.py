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
    """Respond with 200 once the event is stored, even if processing it must wait; with 400 if
    Stripe did not sign it; with 500 if it could not be stored.
    """
    try:
        signature = request.headers.get("Stripe-Signature", "")
        receive(verify(request.body, signature, settings.STRIPE_WEBHOOK_SECRETS))
    except (InvalidSignature, InvalidEvent, RequestDataTooBig) as error:
        # Loud: a wrong STRIPE_WEBHOOK_SECRET looks like this, and Stripe disables an endpoint after
        # some days.
        logger.warning(
            "Webhook refused: %s Is STRIPE_WEBHOOK_SECRET the secret of this endpoint?", error
        )
        return HttpResponse(f"{error}\n", status=400, content_type="text/plain")
    except Error:
        logger.exception("A webhook event could not be stored; Stripe sends it again.")
        return HttpResponse(
            "Not stored; please send it again.\n", status=500, content_type="text/plain"
        )
    return HttpResponse("Stored.\n", content_type="text/plain")
