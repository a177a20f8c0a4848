"""The WSGI application, which gunicorn serves."""

import os

from django.core.wsgi import get_wsgi_application

from vipratech.middleware.chunked_bodies import ChunkedBodies
from vipratech.middleware.page_cache import CachedPages
from vipratech.middleware.request_charset import RequestCharset

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vipratech.settings.production")

application = CachedPages(RequestCharset(ChunkedBodies(get_wsgi_application())))
