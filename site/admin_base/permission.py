"""Views of the admin that answer 403 to staff without the permission."""

from typing import Any, cast

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.views.defaults import permission_denied


class AllowedUsersMixin:
    """A mixin for views: responds with 403 unless `is_allowed(user)`."""

    def is_allowed(self, user: Any) -> bool:
        """Whether this user may open the view."""
        raise NotImplementedError

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Respond with 403, or pass the request on."""
        if not self.is_allowed(request.user):
            return permission_denied(request, PermissionDenied())
        return cast(HttpResponseBase, super().dispatch(request, *args, **kwargs))  # type: ignore[misc]
