"""Free orders, and triggers that protect refunds and what Stripe charged from changes."""

from django.db import migrations

FREE = "UPDATE orders_order SET payment_status = 'free' WHERE total = 0"

FREEZE = """
CREATE TRIGGER orders_refund_is_history BEFORE UPDATE OF order_id, amount, shipping ON orders_refund FOR EACH ROW
    WHEN ((OLD.order_id, OLD.amount, OLD.shipping) IS DISTINCT FROM (NEW.order_id, NEW.amount, NEW.shipping))
    EXECUTE FUNCTION orders_refuse_change();

CREATE TRIGGER orders_refundline_is_history BEFORE UPDATE ON orders_refundline
    FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION orders_refuse_change();

CREATE TRIGGER orders_linedetails_is_history BEFORE UPDATE ON orders_linedetails
    FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION orders_refuse_change();

CREATE TRIGGER orders_refund_stays BEFORE DELETE ON orders_refund
    FOR EACH ROW EXECUTE FUNCTION orders_refuse_change();

CREATE TRIGGER orders_refundline_stays BEFORE DELETE ON orders_refundline
    FOR EACH ROW EXECUTE FUNCTION orders_refuse_change();

CREATE TRIGGER orders_linedetails_stays BEFORE DELETE ON orders_linedetails
    FOR EACH ROW EXECUTE FUNCTION orders_refuse_change();

CREATE TRIGGER orders_dispute_stays BEFORE DELETE ON orders_dispute
    FOR EACH ROW EXECUTE FUNCTION orders_refuse_change();
"""

THAW = """
DROP TRIGGER orders_refund_is_history ON orders_refund;
DROP TRIGGER orders_refundline_is_history ON orders_refundline;
DROP TRIGGER orders_linedetails_is_history ON orders_linedetails;
DROP TRIGGER orders_refund_stays ON orders_refund;
DROP TRIGGER orders_refundline_stays ON orders_refundline;
DROP TRIGGER orders_linedetails_stays ON orders_linedetails;
DROP TRIGGER orders_dispute_stays ON orders_dispute;
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0003_refunds_and_disputes")]
    operations = [
        migrations.RunSQL(FREE, migrations.RunSQL.noop),
        migrations.RunSQL(FREEZE, THAW),
    ]
