"""Serves the files of images, and nothing else that may be in the media folder."""

import re

from django.conf import settings
from django.db.models import Q
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe
from django.views.static import serve
from wagtail.models import CollectionViewRestriction

from shop_images.models import ShopImage

# The only types in which `cleaning` and Wagtail's renditions write. None of them can hold a script.
TYPES = {"jpg": "image/jpeg", "png": "image/png", "webp": "image/webp"}
# The folders of AbstractImage.get_upload_to and AbstractRendition.get_upload_to; names are ASCII.
PATH = re.compile(rf"(?:original_images|images)/[A-Za-z0-9_.-]{{1,100}}\.({'|'.join(TYPES)})")


@require_safe
def media(request: HttpRequest, path: str) -> HttpResponseBase:
    """Send the file of an image or a rendition. Raises Http404 for anything else."""
    match = PATH.fullmatch(path)
    if not match or not may_see(request, path):
        raise Http404
    try:
        response = serve(request, path, document_root=settings.MEDIA_ROOT)
    except FileNotFoundError as error:  # deleted since Django looked for it
        raise Http404 from error
    response["Content-Type"] = TYPES[match[1]]  # Python's own list depends on the system
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def may_see(request: HttpRequest, path: str) -> bool:
    """Whether the privacy settings of the image's collection allow this visitor to see it.

    Wagtail checks them for documents only. Staff see all images, because they choose from them.
    """
    if not CollectionViewRestriction.objects.exists():
        return True
    files = Q(file=path) | Q(renditions__file=path)
    image = ShopImage.objects.filter(files).select_related("collection").first()
    if image is None or request.user.has_perm("wagtailadmin.access_admin"):
        return True
    restrictions = image.collection.get_view_restrictions()
    return all(restriction.accept_request(request) for restriction in restrictions)
