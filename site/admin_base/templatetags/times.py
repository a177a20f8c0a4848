"""`{{ order.placed_at|moment }}` and `{{ run.cutoff|exact_moment }}`."""

from django import template

from admin_base import times

register = template.Library()
register.filter(times.moment)
register.filter(times.exact_moment)
