"""The errors that the API returns, in Stripe's format (docs.stripe.com/api/errors)."""

from typing import Any


class ApiError(Exception):
    """A response that is not 2xx: HTTP status, Stripe's error type, and a code and a parameter if
    there are any.
    """

    def __init__(
        self,
        status: int,
        message: str,
        *,
        kind: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.kind = kind
        self.code = code
        self.param = param

    def body(self) -> dict[str, Any]:
        """``{"error": {...}}`` without the fields that have no value, as Stripe returns it."""
        fields = {
            "type": self.kind,
            "message": self.message,
            "code": self.code,
            "param": self.param,
        }
        if self.code:
            fields["doc_url"] = f"https://docs.stripe.com/error-codes#{self.code.replace('_', '-')}"
        return {"error": {name: value for name, value in fields.items() if value is not None}}


class CardError(ApiError):
    """402: the card was declined. The failed payment is stored (docs.stripe.com/declines)."""

    def __init__(self, message: str, code: str, decline_code: str, intent: dict[str, Any]) -> None:
        super().__init__(402, message, kind="card_error", code=code)
        self.decline_code = decline_code
        self.intent = intent

    def body(self) -> dict[str, Any]:
        """The error with the issuer's code and the payment intent that failed."""
        body = super().body()
        body["error"] |= {
            "charge": self.intent["latest_charge"],
            "decline_code": self.decline_code or None,
            "payment_intent": self.intent,
        }
        return body


class InvalidParameter(ApiError):
    """A parameter was refused before the call was carried out: the error is not stored under the
    idempotency key.
    """


def invalid(message: str, param: str, code: str | None = None) -> InvalidParameter:
    """400 about one parameter."""
    return InvalidParameter(400, message, code=code, param=param)


def unknown_parameter(param: str) -> InvalidParameter:
    """400: no such parameter."""
    return invalid(f"Received unknown parameter: {param}", param, "parameter_unknown")


def missing_parameter(param: str) -> InvalidParameter:
    """400: a required parameter was not sent."""
    return invalid(f"Missing required param: {param}.", param, "parameter_missing")


class NotBuilt(InvalidParameter):
    """Stripe has this, but the sandbox does not. It takes precedence over any other mistake."""


def not_built(what: str, param: str | None = None) -> NotBuilt:
    """400: a parameter, value or endpoint that Stripe has and the sandbox does not."""
    message = f"Stripe has this, but it is not built in the sandbox: {what}"
    return NotBuilt(400, message, param=param)


def exclusive(first: str, second: str) -> InvalidParameter:
    """400: two parameters that cannot be sent together."""
    message = f"You may only specify one of these parameters: {first}, {second}."
    return invalid(message, second, "parameters_exclusive")


def refused(message: str, param: str | None = None, code: str | None = None) -> ApiError:
    """400 while a call is carried out: the state does not allow it."""
    return ApiError(400, message, code=code, param=param)


def no_such(kind: str, object_id: str, *, param: str | None = None) -> ApiError:
    """404 for the object of the URL, 400 when a parameter names it."""
    shown = object_id if kind == "checkout.session" else f"'{object_id}'"
    message = f"No such {kind}: {shown}"
    return ApiError(400 if param else 404, message, code="resource_missing", param=param or "id")


def unauthorized(message: str) -> ApiError:
    """401: there is no key, or the sandbox does not accept it."""
    return ApiError(401, message)


def unexpected() -> ApiError:
    """500: a mistake in the sandbox itself."""
    message = "An unexpected error occurred in the sandbox. Its log has the details."
    return ApiError(500, message, kind="api_error")


def unknown_url(method: str, path: str) -> ApiError:
    """404: no such endpoint."""
    message = f"Unrecognized request URL ({method}: {path}). The sandbox does not have it."
    return ApiError(404, message)
