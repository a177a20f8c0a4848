"""`{{ order.placed_at|short_time }}` and `{{ run.cutoff|exact_time }}`."""

from django import template

from admin_base import times

register = template.Library()
register.filter(times.short_time)
register.filter(times.exact_time)
