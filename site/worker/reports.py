"""The report in Wagtail's admin: each job with the result of its last run."""

from wagtail.admin.ui.tables import Column, DateColumn, StatusTagColumn
from wagtail.admin.views.reports import ReportView
from wagtail.permission_policies import ModelPermissionPolicy

from worker.models import JobRun

policy = ModelPermissionPolicy(JobRun)


def _state(row: JobRun) -> str:
    if row.every is None:
        return "removed"
    if row.is_late:
        return "late"
    return "failing" if row.failures else "on time"


class JobReport(ReportView):
    """One row per job that a worker has started at least once. It is read-only."""

    model = JobRun
    permission_policy = policy
    any_permission_required = ["view"]
    index_url_name = "jobs"
    index_results_url_name = "jobs_results"
    results_template_name = "worker/admin/jobs_results.html"
    page_title = "Jobs"
    header_icon = "cogs"
    default_ordering = "name"
    is_searchable = False
    columns = (
        Column("name", label="Job", sort_key="name"),
        StatusTagColumn(
            "state", label="State", accessor=_state, primary=lambda row: not row.is_late
        ),
        DateColumn("succeeded_at", label="Last success", sort_key="succeeded_at"),
        Column("every", label="Every", accessor=lambda row: row.every or "–"),
        Column("failures", label="Consecutive failures", sort_key="failures"),
        Column("last_error", label="Last error"),
    )
    list_export: list[str] = []  # the states are true for a minute only
