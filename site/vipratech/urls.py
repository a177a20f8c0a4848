"""All URLs of the shop, except those of the health checks (`middleware/health_checks.py`).

Wagtail's pages come last, because their pattern matches every path.
"""

from django.contrib import admin
from django.urls import include, path, re_path
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as wagtailadmin_urls
from wagtail.contrib.sitemaps.views import sitemap

from home import admin_views
from home.serving import serve
from shop_images.views import media
from users.views import account, admin_login, admin_logout, page_login
from vipratech import robots
from vipratech.theme import theme

urlpatterns = [
    path("accounts/", account, name="account"),
    path("accounts/", include("allauth.urls")),
    # Before Wagtail's own views, which would skip allauth's checks of the login.
    path("admin/login/", admin_login),
    path("admin/logout/", admin_logout),
    path("_util/login/", page_login),
    path("admin/account/", admin_views.account),
    path("admin/choose-external-link/", admin_views.choose_external_link),
    path("admin/", include(wagtailadmin_urls)),
    path("django-admin/", admin.site.urls),
    path("sitemap.xml", sitemap),
    path("robots.txt", robots.robots_txt),
    path("theme-<slug:colour>.css", theme, name="theme"),
    path("media/<path:path>", media),
    path("", include("orders.urls")),
    path("", include("mail.urls")),
    re_path(wagtail_urls.serve_pattern, serve),
    path("", include(wagtail_urls)),
]

handler400 = "vipratech.error_pages.bad_request"
handler403 = "vipratech.error_pages.permission_denied"
handler404 = "vipratech.error_pages.page_not_found"
handler429 = "vipratech.error_pages.too_many_requests"  # allauth's
handler500 = "vipratech.error_pages.server_error"
