"""Form fields for whole units and for money typed in major units."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from wtforms import StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]

from erp_core.errors import ErpError
from plugins.inventory.domain.money import from_minor, to_minor
from plugins.inventory.domain.quantities import whole
from plugins.inventory.views.drawing import currency


def options(pairs: Iterable[tuple[str, str]]) -> list[Any]:
    """Return (value, words) pairs as choices of a select or radio field."""
    return [SelectChoice(str(value), words) for value, words in pairs]


class MoneyField(StringField):
    """An amount such as 12.50, kept exactly as minor units; empty is 0."""

    data: Any

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return from_minor(int(self.data or 0), currency())

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read what was typed; raises ValueError that says what is allowed."""
        if valuelist:
            self.data = to_minor(str(valuelist[0]).strip() or "0", currency())


class UnitsField(StringField):
    """A number of stock units from 0; empty is 0."""

    data: Any

    def _value(self) -> str:
        return str(self.raw_data[0]) if self.raw_data else str(self.data or 0)

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read what was typed; raises ValueError that says what is allowed."""
        if valuelist:
            self.data = whole(str(valuelist[0]).strip() or "0", 0)


def demand_choice(field: Any) -> None:
    """Refuse a chosen row that is gone; a form library would quietly take it as no choice.

    Raises ErpError naming the field.
    """
    typed = [text for text in field.raw_data or () if text and text != "__None"]
    if typed and field.data is None:
        raise ErpError(f"{field.label.text}: what was chosen does not exist (any more).")
