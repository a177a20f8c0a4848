"""Links in rich text: a hand-made request cannot store one that breaks the page or its editor."""

import json
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from wagtail.admin.rich_text import get_rich_text_editor_widget
from wagtail.models import Page

from home.models import HomePage, TextPage
from products.models import ProductPage
from tests.products.conftest import edit_page
from text.rich_text import validate_rich_text

EDITOR = get_rich_text_editor_widget(features=["bold", "link", "ul"])
REASON = "A link in this text does not work. Remove it, or choose it again."


def content(data: dict[str, Any], **block: Any) -> str:
    """What the rich text editor sends for the word "here" with a link."""
    text = {
        "key": "aaaaa",
        "type": "unstyled",
        "depth": 0,
        "text": "here",
        "inlineStyleRanges": [],
        "entityRanges": [{"offset": 0, "length": 4, "key": 0}],
        **block,
    }
    link = {"type": "LINK", "mutability": "MUTABLE", "data": data}
    return json.dumps({"blocks": [text], "entityMap": {"0": link}})


def publish_product(editor: Client, lamp: ProductPage, sent: str) -> Any:
    """Publish the lamp with one block of rich text."""
    block = {"deleted": "", "order": "0", "type": "text", "id": "", "value": sent}
    fields = {f"body-0-{name}": value for name, value in block.items()}
    return edit_page(editor, lamp, **{**fields, "body-count": "1"})


def publish_terms(editor: Client, page: TextPage, sent: str) -> Any:
    """Publish a text page."""
    counts = {"comments-TOTAL_FORMS": "0", "comments-INITIAL_FORMS": "0", "action-publish": "1"}
    data = {"title": page.title, "slug": page.slug, "body": sent, **counts}
    return editor.post(f"/admin/pages/{page.pk}/edit/", data)


@pytest.fixture
def terms(db: None) -> TextPage:
    """A text page."""
    page: TextPage = HomePage.objects.get().add_child(
        instance=TextPage(title="Terms", slug="terms", body="<p>Hello</p>")
    )
    return page


def state() -> list[Any]:
    """Everything that an editor can change here."""
    bodies = [str(page.body) for page in (*ProductPage.objects.all(), *TextPage.objects.all())]
    return [*bodies, *Page.objects.values_list("pk", "latest_revision")]


@pytest.mark.parametrize(
    "data",
    [
        {"id": "x", "url": None},
        {"id": "", "url": None},
        {"id": "-1", "url": None},
        {"id": 99999999999999999999, "url": None},
        {"id": "9" * 5000, "url": None},
        {"id": "²", "url": None},
        {"id": {"a": [1]}, "url": None},
        {"url": "http://["},
        {"url": "https://"},
        {"url": "https://example.com:99999999/"},
    ],
)
def test_a_link_that_cannot_work_is_an_error_of_the_form(
    editor: Client, client: Client, lamp: ProductPage, terms: TextPage, data: dict[str, Any]
) -> None:
    before = state()
    answer = publish_terms(editor, terms, content(data))
    assert answer.status_code == 200 and answer.context["form"].errors == {"body": [REASON]}
    answer = publish_product(editor, lamp, content(data))
    assert answer.status_code == 200 and REASON in answer.text
    assert list(answer.context["form"].errors) == ["body"]
    assert state() == before
    for page in (lamp, terms):
        assert client.get(page.url).status_code == 200
        assert editor.get(f"/admin/pages/{page.pk}/edit/").status_code == 200


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        ({"id": 2147483647, "url": None}, "<a>here</a>"),  # the page was deleted
        ({"id": 2, "url": "/"}, None),
        ({"url": "https://example.com/?a=b"}, '<a href="https://example.com/?a=b">here</a>'),
        ({"url": "/products/"}, '<a href="/products/">here</a>'),
        ({"url": "#top"}, '<a href="#top">here</a>'),
        ({"url": "mailto:shop@example.com"}, '<a href="mailto:shop@example.com">here</a>'),
        ({"url": "javascript:alert(1)"}, "<a>here</a>"),
    ],
)
def test_links_that_work_are_published(
    editor: Client,
    client: Client,
    lamp: ProductPage,
    terms: TextPage,
    data: dict[str, Any],
    shown: str | None,
) -> None:
    assert publish_product(editor, lamp, content(data)).status_code == 302
    assert publish_terms(editor, terms, content(data)).status_code == 302
    for page in (lamp, terms):
        assert (shown or ">here</a>") in client.get(page.url).text
        assert editor.get(f"/admin/pages/{page.pk}/edit/").status_code == 200


@pytest.mark.parametrize(
    "sent",
    [
        "",
        "{",
        "[]",
        "null",
        "[" * 60_000,
        '{"blocks":[{"text":1}],"entityMap":{}}',
        content({"url": "/"}, entityRanges=[{"offset": 0, "length": 4, "key": "no such"}]),
        content({"url": 5}),
        content({"url": "/"}, entityRanges="x"),
        content({"url": "/"}, inlineStyleRanges=[{"offset": "x", "length": 1, "style": "BOLD"}]),
    ],
)
def test_what_the_editor_never_sends_changes_nothing(
    editor: Client, lamp: ProductPage, terms: TextPage, sent: str
) -> None:
    editor.raise_request_exception = False
    before = state()
    assert publish_product(editor, lamp, sent).status_code in (200, 400)
    assert publish_terms(editor, terms, sent).status_code in (200, 400)
    assert state() == before


def test_a_page_that_has_such_a_link_is_shown_and_can_be_mended(
    editor: Client, client: Client, lamp: ProductPage, terms: TextPage
) -> None:
    broken = '<p>Read <a linktype="page" id="x">this</a> or <a linktype="page">that</a>.</p>'
    lamp.body = [("text", broken)]
    lamp.save_revision().publish()
    TextPage.objects.update(body=broken)
    for page in (lamp, terms):
        text = client.get(page.url).text
        assert "Read <a>this</a> or <a>that</a>." in text
        assert editor.get(f"/admin/pages/{page.pk}/edit/").status_code == 200
    assert publish_terms(editor, terms, content({"url": "/"})).status_code == 302
    assert publish_product(editor, lamp, content({"url": "/"})).status_code == 302


@pytest.mark.parametrize("html", ["<p><b>a</p></b>", "<li>a</li>", "<p><a href='/'>a</p>"])
def test_markup_that_the_editor_cannot_show_is_refused(db: None, html: str) -> None:
    with pytest.raises(ValidationError, match="cannot be shown"):
        validate_rich_text(html, EDITOR)


@pytest.mark.parametrize("key", ["x", "99999999999"])
def test_a_picture_whose_id_cannot_be_one_is_refused(db: None, key: str) -> None:
    with pytest.raises(ValidationError, match="link"):
        validate_rich_text(f'<embed embedtype="image" id="{key}" />', EDITOR)
