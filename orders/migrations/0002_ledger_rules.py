"""What the models cannot say: this installation's id, sold figures that never change, and who may see orders."""

import uuid

from django.db import migrations

# Money, currency and lines are history: not even a careless script may rewrite them.
FREEZE = """
CREATE FUNCTION orders_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is history and cannot be changed', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE TRIGGER orders_order_is_history
    BEFORE UPDATE OF number, session_id, payment_intent, account, livemode, currency, subtotal, discount, shipping, tax, total
    ON orders_order FOR EACH ROW
    WHEN ((OLD.number, OLD.session_id, OLD.payment_intent, OLD.account, OLD.livemode, OLD.currency, OLD.subtotal,
           OLD.discount, OLD.shipping, OLD.tax, OLD.total)
        IS DISTINCT FROM (NEW.number, NEW.session_id, NEW.payment_intent, NEW.account, NEW.livemode, NEW.currency,
           NEW.subtotal, NEW.discount, NEW.shipping, NEW.tax, NEW.total))
    EXECUTE FUNCTION orders_refuse_change();

CREATE TRIGGER orders_orderline_is_history BEFORE UPDATE ON orders_orderline
    FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION orders_refuse_change();

CREATE TRIGGER orders_orderevent_is_history BEFORE UPDATE ON orders_orderevent
    FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION orders_refuse_change();

CREATE TRIGGER orders_order_stays BEFORE DELETE ON orders_order
    FOR EACH ROW EXECUTE FUNCTION orders_refuse_change();

CREATE TRIGGER orders_orderline_stays BEFORE DELETE ON orders_orderline
    FOR EACH ROW EXECUTE FUNCTION orders_refuse_change();

CREATE TRIGGER orders_orderevent_stays BEFORE DELETE ON orders_orderevent
    FOR EACH ROW EXECUTE FUNCTION orders_refuse_change();
"""

THAW = """
DROP FUNCTION orders_refuse_change() CASCADE;
"""


def name_installation(apps, schema_editor):
    """Give this shop its id."""
    apps.get_model("orders", "Installation").objects.create(id=uuid.uuid4())


def create_reviewers(apps, schema_editor):
    """A group that reviews orders in the admin and edits nothing."""
    ContentType = apps.get_model("contenttypes", "ContentType")
    Permission = apps.get_model("auth", "Permission")
    group, _ = apps.get_model("auth", "Group").objects.get_or_create(name="Order reviewers")
    # Django makes these rows after all migrations, and then finds them here; the group needs them now.
    for app_label, model in (("orders", "order"), ("attention", "attention")):
        kind, _ = ContentType.objects.get_or_create(app_label=app_label, model=model)
        names = {"codename": f"view_{model}", "content_type": kind}
        group.permissions.add(Permission.objects.get_or_create(**names, defaults={"name": f"Can view {model}"})[0])
    group.permissions.add(Permission.objects.get(codename="access_admin", content_type__app_label="wagtailadmin"))


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0001_initial"),
        ("attention", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("wagtailadmin", "0001_create_admin_access_permissions"),
    ]
    operations = [
        migrations.RunSQL(FREEZE, THAW),
        migrations.RunPython(name_installation, migrations.RunPython.noop),
        migrations.RunPython(create_reviewers, migrations.RunPython.noop),
    ]
