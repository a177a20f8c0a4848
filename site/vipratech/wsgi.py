"""The WSGI application, which gunicorn serves."""

import os

from django.core.wsgi import get_wsgi_application

from vipratech.middleware.chunked_bodies import ChunkedBodies
from vipratech.middleware.request_charset import RequestCharset

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vipratech.settings.production")

application = RequestCharset(ChunkedBodies(get_wsgi_application()))
