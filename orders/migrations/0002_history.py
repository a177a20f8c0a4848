"""What the models cannot express: the id of this installation, and triggers that protect orders from changes."""

import uuid

from django.db import migrations

# Money, currency and lines never change: not even a careless script may rewrite them.
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


def create_installation(apps, schema_editor):
    """Create the one row that identifies this shop."""
    apps.get_model("orders", "Installation").objects.create(id=uuid.uuid4())


class Migration(migrations.Migration):
    dependencies = [("orders", "0001_initial")]
    operations = [
        migrations.RunSQL(FREEZE, THAW),
        migrations.RunPython(create_installation, migrations.RunPython.noop),
    ]
