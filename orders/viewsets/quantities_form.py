"""A form with a number of pieces for each line of an order."""

from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext as _

from orders.models import Order, OrderLine


class QuantitiesForm(forms.Form):
    """Subclasses say how many pieces of a line there can be, and how many are suggested.

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
                    help_text=_("Up to %(count)s pieces.") % {"count": most},
                    widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
                )
        added = [name for name in self.fields if name not in others]
        self.order_fields([*added, *others])

    def most(self, line: OrderLine) -> int:
        """How many pieces of a line there can be at most."""
        raise NotImplementedError

    def suggested(self, line: OrderLine) -> int:
        """How many pieces of a line the form suggests."""
        return 0

    def name_of(self, line: OrderLine) -> str:
        """The name of a line's field."""
        return f"pieces_{line.pk}"

    @property
    def pieces(self) -> dict[int, int]:
        """The pieces that were entered, by the id of their line."""
        entered = {line.pk: self.cleaned_data.get(self.name_of(line)) for line in self.lines}
        return {pk: count for pk, count in entered.items() if count}

    def sentences(self) -> list[str]:
        """The pieces that were entered, such as `2 × Brass Lamp`."""
        return [
            f"{self.pieces[line.pk]} × {line.name}" for line in self.lines if line.pk in self.pieces
        ]

    def clean(self) -> dict[str, Any]:
        """Ask for at least one piece."""
        cleaned: dict[str, Any] = super().clean() or {}
        if not self.errors and not self.pieces:
            raise forms.ValidationError(_("Enter how many pieces."))
        return cleaned
