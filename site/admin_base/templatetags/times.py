"""`{{ order.placed_at|short_time }}` and `{{ run.cutoff|exact_moment }}`."""

from django import template

from admin_base import times

register = template.Library()
register.filter("short_time", times.moment)
register.filter(times.exact_moment)
