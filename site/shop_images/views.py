"""Serves the files of images, and nothing else that may be in the media folder."""

import re

from django.conf import settings
from django.db.models import Q
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import patch_cache_control
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
    if not match:
        raise Http404
    restrictions = restrictions_of(path)
    if not may_see(request, restrictions):
        raise Http404
    try:
        response = serve(request, path, document_root=settings.MEDIA_ROOT)
    except FileNotFoundError as error:  # deleted since Django looked for it
        raise Http404 from error
    response["Content-Type"] = TYPES[match[1]]  # Python's own list depends on the system
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    if restrictions:
        patch_cache_control(response, private=True, no_store=True)
    return response


def restrictions_of(path: str) -> list[CollectionViewRestriction]:
    """Return the privacy settings of the collection to which an image's file belongs.

    Wagtail itself applies them to documents only.
    """
    if not CollectionViewRestriction.objects.exists():
        return []
    files = Q(file=path) | Q(renditions__file=path)
    image = ShopImage.objects.filter(files).select_related("collection").first()
    return list(image.collection.get_view_restrictions()) if image else []


def may_see(request: HttpRequest, restrictions: list[CollectionViewRestriction]) -> bool:
    """Whether a visitor meets all restrictions. Staff do, because they choose from all images."""
    return (
        not restrictions
        or request.user.has_perm("wagtailadmin.access_admin")
        or all(restriction.accept_request(request) for restriction in restrictions)
    )
