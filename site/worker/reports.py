"""The report in Wagtail's admin: each job with the result of its last run."""

from django.utils.translation import gettext_lazy as _
from wagtail.admin.ui.tables import Column, StatusTagColumn
from wagtail.admin.views.reports import ReportView
from wagtail.permission_policies import ModelPermissionPolicy

from admin_base.columns import UNBROKEN, MomentColumn
from admin_base.read_only import NoExport
from admin_base.times import EMPTY
from text.locales import duration_text
from worker.models import JobRun

policy = ModelPermissionPolicy(JobRun)


def interval(run: JobRun) -> str:
    """How often the job runs, in words; a dash for a job that is no longer in the code."""
    return duration_text(run.every) if run.every else EMPTY


class JobReport(NoExport, ReportView):
    """One row per job that a worker has started at least once. It is read-only."""

    model = JobRun
    permission_policy = policy
    any_permission_required = ["view"]
    index_url_name = "jobs"
    index_results_url_name = "jobs_results"
    results_template_name = "worker/admin/jobs_results.html"
    page_title = _("Jobs")
    header_icon = "cogs"
    default_ordering = "name"
    is_searchable = False
    columns = (
        Column("name", label=_("Job"), sort_key="name"),
        StatusTagColumn("state", label=_("State"), primary=lambda row: row.is_late),
        MomentColumn(
            "succeeded_at", label=_("Last success"), sort_key="succeeded_at", classname=UNBROKEN
        ),
        Column("every", label=_("Interval"), accessor=interval),
        Column("failures", label=_("Consecutive failures"), sort_key="failures"),
        Column("last_error", label=_("Last error")),
    )
    list_export: list[str] = []  # the states are correct for a minute only
