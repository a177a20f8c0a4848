"""Puts the report into Wagtail's admin."""

from django.contrib.auth.models import Permission
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from wagtail import hooks
from wagtail.admin.menu import MenuItem

from worker.reports import JobReport, policy


class JobsMenuItem(MenuItem):
    """Shown to those who may view jobs."""

    def is_shown(self, request: HttpRequest) -> bool:
        """Ask the policy."""
        return bool(policy.user_has_permission(request.user, "view"))


@hooks.register("register_admin_urls")
def register_urls() -> list[URLPattern]:
    """The report, and its table alone for sorting."""
    return [
        path("reports/jobs/", JobReport.as_view(), name="jobs"),
        path("reports/jobs/results/", JobReport.as_view(results_only=True), name="jobs_results"),
    ]


@hooks.register("register_reports_menu_item")
def register_menu_item() -> MenuItem:
    """Add "Jobs" to the reports."""
    return JobsMenuItem("Jobs", reverse("jobs"), name="jobs", icon_name="cogs", order=1000)


@hooks.register("register_permissions")
def register_permissions() -> QuerySet[Permission]:
    """Offer a group the view permission."""
    return Permission.objects.filter(content_type__app_label="worker", codename="view_jobrun")
