"""The table of the cache `limits`, as `createcachetable` would create it."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = []

    operations = [
        migrations.RunSQL(
            """
            CREATE TABLE limits_counters (
                cache_key varchar(255) PRIMARY KEY,
                value text NOT NULL,
                expires timestamp with time zone NOT NULL
            );
            CREATE INDEX limits_counters_expires ON limits_counters (expires);
            """,
            "DROP TABLE limits_counters",
        )
    ]
