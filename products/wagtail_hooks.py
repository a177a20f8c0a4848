"""What the catalogue adds to Wagtail's admin."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from wagtail import hooks
from wagtail.admin import messages
from wagtail.models import Page

from products.models import ProductPage


@hooks.register("before_bulk_action")
def refuse_drafts_without_price(
    request: HttpRequest, action_type: str, objects: Iterable[Page], action: Any
) -> HttpResponse | None:
    """Say which drafts still need a price before they are published in bulk, where Wagtail shows no
    form to say it.
    """
    if action_type != "publish":
        return None
    below = bool(action.cleaned_form.cleaned_data.get("include_descendants"))
    titles = [
        draft.title
        for page in objects
        for draft in _drafts(page, below=below)
        if draft.price is None
    ]
    if not titles:
        return None
    messages.error(
        request, f"Nothing was published. These products need a price first: {', '.join(titles)}."
    )
    return redirect(action.next_url)


def _drafts(page: Page, *, below: bool) -> Iterator[ProductPage]:
    """The newest drafts of the product pages that would be published with this one."""
    for found in (
        ProductPage.objects.descendant_of(page, inclusive=True) if below else [page.specific]
    ):
        if isinstance(found, ProductPage):
            yield found.get_latest_revision_as_object()
