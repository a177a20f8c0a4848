"""Form fields with Bootstrap's classes."""

from django import forms, template
from django.forms import BoundField
from django.utils.safestring import SafeString

register = template.Library()


@register.filter
def control(field: BoundField) -> SafeString:
    """Render a field's input with Bootstrap's classes and without a placeholder, which would only
    repeat the label.

    Django itself adds aria-invalid, and aria-describedby for help text and errors.
    """
    css = "form-check-input" if is_checkbox(field) else "form-control"
    return field.as_widget(
        attrs={"class": f"{css} is-invalid" if field.errors else css, "placeholder": False}
    )


@register.filter
def is_checkbox(field: BoundField) -> bool:
    """Whether the field is a checkbox; its label comes after it."""
    return isinstance(field.field.widget, forms.CheckboxInput)
