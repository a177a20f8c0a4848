"""One payable attempt per shopper, orders in the order of Stripe's lists, reconciliations, and who may see them."""

from django.conf import settings
from django.db import migrations, models

# The attempt's first call to Stripe made the session; an order without one was found soon after it was paid.
DATE_SESSIONS = """
UPDATE orders_order SET session_created_at = COALESCE(
    (SELECT created_at FROM orders_checkout WHERE orders_checkout.id = checkout_id), placed_at)
"""
# Two open pages of one shopper: the newer stays. The older can still be paid; it becomes an order then.
ONE_PER_SHOPPER = """
UPDATE orders_checkout AS older SET status = 'superseded'
WHERE status IN ('opening', 'open') AND EXISTS (
    SELECT 1 FROM orders_checkout AS newer
    WHERE newer.user_id = older.user_id AND newer.status IN ('opening', 'open')
    AND (newer.created_at, newer.id) > (older.created_at, older.id));
DELETE FROM products_reservation WHERE key IN (SELECT id FROM orders_checkout WHERE status = 'superseded')
"""


def let_reviewers_see(apps, schema_editor):
    """The group that reviews orders reads everything about payments, resolves attention and replays events."""
    ContentType = apps.get_model("contenttypes", "ContentType")
    Permission = apps.get_model("auth", "Permission")
    group, _ = apps.get_model("auth", "Group").objects.get_or_create(name="Order reviewers")
    allowed = [
        ("orders", "checkout", "view"),
        ("orders", "reconciliation", "view"),
        ("orders", "stripeevent", "view"),
        ("orders", "stripeevent", "change"),
        ("attention", "attention", "change"),
    ]
    # Django makes these rows after all migrations, and then finds them here; the group needs them now.
    for app_label, model, action in allowed:
        kind, _ = ContentType.objects.get_or_create(app_label=app_label, model=model)
        names = {"codename": f"{action}_{model}", "content_type": kind}
        group.permissions.add(Permission.objects.get_or_create(**names, defaults={"name": f"Can {action} {model}"})[0])


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0002_ledger_rules"),
        ("attention", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.CreateModel(
            name="Reconciliation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("account", models.CharField(max_length=255)),
                ("is_deep", models.BooleanField(default=False, help_text="The daily look back over five weeks and more.", verbose_name="deep")),
                ("since", models.DateTimeField()),
                ("cutoff", models.DateTimeField(help_text="The books agree as of this moment.")),
                ("started_at", models.DateTimeField(verbose_name="started")),
                ("finished_at", models.DateTimeField(help_text="Empty for a run that broke off.", null=True, verbose_name="finished")),
                ("error", models.TextField(blank=True, help_text="Why it broke off.")),
                ("currency", models.CharField(max_length=3)),
                ("sessions", models.PositiveIntegerField(default=0, help_text="Paid sessions of this shop at Stripe.")),
                ("orders", models.PositiveIntegerField(default=0, help_text="Orders of the same time in our books.")),
                ("stripe_total", models.BigIntegerField(default=0, help_text="What those sessions came to, in minor units.")),
                ("orders_total", models.BigIntegerField(default=0, help_text="What those orders came to, in minor units.")),
                ("settled", models.PositiveIntegerField(default=0, help_text="Orders that this run had to write.")),
                ("ignored", models.PositiveIntegerField(default=0, help_text="Sessions of other shops on the same account.")),
                ("difference_count", models.PositiveIntegerField(default=0, verbose_name="differences")),
                ("differences", models.JSONField(default=list, help_text="The first hundred: session, order, and what differs.")),
            ],
            options={"ordering": ["-started_at", "-pk"], "default_permissions": ("view",)},
        ),
        migrations.AddField("order", "session_created_at", models.DateTimeField(null=True)),
        migrations.RunSQL(DATE_SESSIONS, migrations.RunSQL.noop),
        migrations.AlterField(
            "order", "session_created_at", models.DateTimeField(help_text="By Stripe's clock; its lists are in this order.")
        ),
        migrations.AddIndex(
            "order", models.Index(fields=["account", "session_created_at"], name="orders_order_as_at_stripe")
        ),
        migrations.AddIndex("checkout", models.Index(fields=["-created_at"], name="orders_checkout_newest")),
        migrations.AddIndex("stripeevent", models.Index(fields=["-received_at"], name="orders_stripeevent_newest")),
        migrations.RemoveConstraint("checkout", "orders_checkout_one_payable_per_token"),
        migrations.RemoveConstraint("checkout", "orders_checkout_one_payable_per_choice"),
        migrations.RunSQL(ONE_PER_SHOPPER, migrations.RunSQL.noop),
        migrations.AddConstraint(
            "checkout",
            models.UniqueConstraint(
                fields=["user"],
                condition=models.Q(status__in=["opening", "open"]),
                name="orders_checkout_one_payable_per_shopper",
            ),
        ),
        migrations.RunPython(let_reviewers_see, migrations.RunPython.noop),
    ]
