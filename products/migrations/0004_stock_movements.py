"""Triggers: stock is the sum of its movements, and movements are history."""

from django.db import migrations

GUARD = """
CREATE FUNCTION products_check_stock() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    product bigint := COALESCE(NEW.product_id, OLD.product_id);
    kept bigint := COALESCE((SELECT on_hand FROM products_stock WHERE product_id = product), 0);
    moved bigint := COALESCE((SELECT sum(delta) FROM products_stockmovement WHERE product_id = product), 0);
BEGIN
    IF kept <> moved THEN
        RAISE EXCEPTION 'the stock of product % is %, but its movements add up to %', product, kept, moved
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER products_stock_is_its_movements AFTER INSERT OR UPDATE OR DELETE ON products_stock
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION products_check_stock();

CREATE CONSTRAINT TRIGGER products_movements_are_the_stock AFTER INSERT OR UPDATE OR DELETE ON products_stockmovement
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION products_check_stock();

CREATE FUNCTION products_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is history and cannot be changed', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE TRIGGER products_stockmovement_is_history BEFORE UPDATE OF product_id, kind, delta, source
    ON products_stockmovement FOR EACH ROW
    WHEN ((OLD.product_id, OLD.kind, OLD.delta, OLD.source) IS DISTINCT FROM (NEW.product_id, NEW.kind, NEW.delta, NEW.source))
    EXECUTE FUNCTION products_refuse_change();

CREATE TRIGGER products_stockmovement_stays BEFORE DELETE ON products_stockmovement
    FOR EACH ROW EXECUTE FUNCTION products_refuse_change();
"""

RELEASE = """
DROP FUNCTION products_check_stock() CASCADE;
DROP FUNCTION products_refuse_change() CASCADE;
"""


class Migration(migrations.Migration):
    dependencies = [("products", "0003_stock")]
    operations = [migrations.RunSQL(GUARD, RELEASE)]
