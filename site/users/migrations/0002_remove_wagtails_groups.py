"""Remove the groups and the workflow that Wagtail creates in a new database: roles.py has the shop's own."""

from django.db import migrations


def remove_groups(apps, schema_editor):
    """Remove Wagtail's groups, unless somebody is in them, and the workflow that asks them to approve pages."""
    Group = apps.get_model("auth", "Group")
    Task = apps.get_model("wagtailcore", "Task")
    Workflow = apps.get_model("wagtailcore", "Workflow")
    Group.objects.filter(name__in=["Moderators", "Editors"], user=None).delete()
    Workflow.objects.filter(name="Moderators approval", workflow_states=None).delete()
    Task.objects.filter(name="Moderators approval", workflow_tasks=None, task_states=None).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("users", "0001_initial"),
        # The migrations that give these groups their permissions.
        ("wagtailadmin", "0001_create_admin_access_permissions"),
        ("wagtailcore", "0066_collection_management_permissions"),
        ("wagtailimages", "0023_add_choose_permissions"),
    ]
    operations = [migrations.RunPython(remove_groups, migrations.RunPython.noop)]
