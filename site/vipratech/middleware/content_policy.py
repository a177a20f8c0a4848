"""The Content-Security-Policy: strict for the shop, and as narrow as Wagtail allows in the admin.

No nonces, because a cached page cannot carry one.
"""

from csp.constants import SELF, UNSAFE_INLINE
from csp.middleware import CSPMiddleware, PolicyParts
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

ADMINS = ("/admin/", "/django-admin/")
# Wagtail's date fields, choosers and inline panels contain scripts, and its page editor styles
# (github.com/wagtail/wagtail/issues/1288).
ADMIN_CHANGES = {
    "script-src": [SELF, UNSAFE_INLINE],
    "style-src": [SELF, UNSAFE_INLINE],
    "img-src": [SELF, "data:", "blob:"],
    "frame-src": [SELF],  # previews
}


class ContentPolicyMiddleware(CSPMiddleware):
    """CONTENT_SECURITY_POLICY, with what is different in the admin and for this shop's payments."""

    def get_policy_parts(
        self, request: HttpRequest, response: HttpResponseBase, report_only: bool = False
    ) -> PolicyParts:
        """The policy of one response."""
        parts = super().get_policy_parts(request, response, report_only)
        if request.path.startswith(ADMINS):
            parts.replace = {**ADMIN_CHANGES, **(parts.replace or {})}
        else:
            parts.update = {"form-action": payment_pages(), **(parts.update or {})}
        return parts


def payment_pages() -> list[str]:
    """Where Pay leads to: Chrome applies `form-action` to the redirect after the form, too."""
    if settings.SHOP_DEMO:
        return [settings.SANDBOX_PUBLIC_URL]
    own = settings.STRIPE_CHECKOUT_DOMAIN
    return ["https://checkout.stripe.com", *([f"https://{own}"] if own else [])]
