"""A form with a quantity for each line of an order."""

from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext as _

from orders.models import Order, OrderLine


class QuantitiesForm(forms.Form):
    """Subclasses say which quantity of a line is possible, and which is suggested.

    `key` is new for each form that is opened, so that a second click does nothing.
    """

    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def __init__(self, *args: Any, order: Order, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order = order
        found = order.lines.with_fulfilment()
        self.lines: list[OrderLine] = list(found)
        others = list(self.fields)
        for line in self.lines:
            if most := self.most(line):
                self.fields[self.name_of(line)] = forms.IntegerField(
                    label=line.name,
                    required=False,
                    min_value=0,
                    max_value=most,
                    initial=self.suggested(line),
                    help_text=_("At most %(count)s.") % {"count": most},
                    widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
                )
        added = [name for name in self.fields if name not in others]
        self.order_fields([*added, *others])

    def most(self, line: OrderLine) -> int:
        """Return the largest possible quantity of a line; 0 leaves the line out."""
        raise NotImplementedError

    def suggested(self, line: OrderLine) -> int:
        """Return the quantity that the form suggests for a line."""
        return 0

    def name_of(self, line: OrderLine) -> str:
        """Return the name of a line's field."""
        return f"quantity_{line.pk}"

    @property
    def quantities(self) -> dict[int, int]:
        """The quantities that were entered, by the id of their line."""
        entered = {line.pk: self.cleaned_data.get(self.name_of(line)) for line in self.lines}
        return {pk: count for pk, count in entered.items() if count}

    def sentences(self) -> list[str]:
        """The quantities with their products, such as `2 × Brass Lamp`."""
        return [
            f"{self.quantities[line.pk]} × {line.name}"
            for line in self.lines
            if line.pk in self.quantities
        ]

    def clean(self) -> dict[str, Any]:
        """Ask for at least one item."""
        cleaned: dict[str, Any] = super().clean() or {}
        if not self.errors and not self.quantities:
            raise forms.ValidationError(_("Enter a quantity."))
        return cleaned
