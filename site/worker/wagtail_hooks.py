"""Adds the job report to Wagtail's admin."""

from typing import Any

from django.contrib.auth.models import Permission
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.admin.ui.components import Component

from worker.models import JobRun
from worker.reports import JobReport, policy


class JobsMenuItem(MenuItem):
    """Shown to users with the permission to view jobs."""

    def is_shown(self, request: HttpRequest) -> bool:
        """Whether the user may view jobs."""
        return bool(policy.user_has_permission(request.user, "view"))


@hooks.register("register_admin_urls")
def register_urls() -> list[URLPattern]:
    """The report, and its table alone, which Wagtail loads when it is sorted."""
    return [
        path("reports/jobs/", JobReport.as_view(), name="jobs"),
        path("reports/jobs/results/", JobReport.as_view(results_only=True), name="jobs_results"),
    ]


@hooks.register("register_reports_menu_item")
def register_menu_item() -> MenuItem:
    """Add "Jobs" to the reports."""
    return JobsMenuItem(_("Jobs"), reverse("jobs"), name="jobs", icon_name="cogs", order=1000)


class LateJobsPanel(Component):
    """A warning on the admin's home page: a worker that does not run raises no alerts."""

    name = "late_jobs"
    template_name = "worker/admin/home_panel.html"
    order = 40  # above all other panels

    def __init__(self, late: list[str]) -> None:
        self._late = late

    def get_context_data(self, parent_context: Any) -> dict[str, Any]:
        """Return the names of the late jobs."""
        return {"late": self._late}


@hooks.register("construct_homepage_panels")
def add_panel(request: HttpRequest, panels: list[Component]) -> None:
    """Show the panel to users who may view jobs, if a job is late."""
    if policy.user_has_permission(request.user, "view") and (late := JobRun.objects.late()):
        panels.append(LateJobsPanel(late))


@hooks.register("register_permissions")
def register_permissions() -> QuerySet[Permission]:
    """Let administrators give the view permission to a group."""
    return Permission.objects.filter(content_type__app_label="worker", codename="view_jobrun")
