"""/robots.txt: what search engines should leave out (RFC 9309)."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse

LINES = """\
User-agent: *
Disallow: /admin/
Disallow: /django-admin/
Disallow: /accounts/
Disallow: /checkout/
Disallow: /orders/

Sitemap: {site}/sitemap.xml
"""


def robots_txt(request: HttpRequest) -> HttpResponse:
    """Respond with the rules, and the sitemap's address on SITE_URL."""
    return HttpResponse(LINES.format(site=settings.SITE_URL), content_type="text/plain")
