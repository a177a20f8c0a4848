"""Replace Wagtail's welcome page by the shop: a home page, and the list of products below it."""

from django.db import migrations


def build_site(apps, schema_editor):
    """Create home, products and the default site."""
    ContentType = apps.get_model("contenttypes", "ContentType")
    Locale = apps.get_model("wagtailcore", "Locale")
    Page = apps.get_model("wagtailcore", "Page")
    Site = apps.get_model("wagtailcore", "Site")
    HomePage = apps.get_model("home", "HomePage")
    ProductIndexPage = apps.get_model("products", "ProductIndexPage")

    def type_of(model):
        return ContentType.objects.get_or_create(app_label=model._meta.app_label, model=model._meta.model_name)[0]

    Page.objects.filter(pk=2, slug="home", depth=2).delete()  # "Welcome to your new Wagtail site!"
    locale = Locale.objects.first()
    home = HomePage.objects.create(
        title="Home", draft_title="Home", slug="home", content_type=type_of(HomePage), locale=locale,
        path="00010001", depth=2, numchild=1, url_path="/home/",
    )
    ProductIndexPage.objects.create(
        title="Products", draft_title="Products", slug="products", content_type=type_of(ProductIndexPage),
        locale=locale, path="000100010001", depth=3, numchild=0, url_path="/home/products/", show_in_menus=True,
    )
    Page.objects.filter(depth=1).update(numchild=1)
    Site.objects.all().delete()
    Site.objects.create(hostname="localhost", port=80, root_page=home, is_default_site=True)


class Migration(migrations.Migration):
    dependencies = [
        ("home", "0001_initial"),
        ("products", "0001_initial"),
        ("wagtailcore", "0054_initial_locale"),
    ]
    operations = [migrations.RunPython(build_site, migrations.RunPython.noop, elidable=False)]
