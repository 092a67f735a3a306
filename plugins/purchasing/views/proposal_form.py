"""The rows of a proposal as a form sends them back: which are left, and how many units of each."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from werkzeug.datastructures import MultiDict

from plugins.purchasing.services.proposals import Chosen
from plugins.purchasing.views.typed import quantity

_ROW = re.compile(r"([0-9]{1,18})-([0-9]{1,18})-([0-9]{1,18})-([0-9]{1,9})")
NOTHING = "Nothing is left to order: leave at least one row in."
CHECK = "Nothing was ordered: please check the marked quantities."


@dataclass(slots=True)
class Filled:
    """What was typed, what it means, and what is wrong by field name."""

    rows: list[Chosen] = field(default_factory=list)
    values: Mapping[str, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def problem(self) -> str:
        """Say why nothing can be ordered; empty when something can."""
        return CHECK if self.errors else "" if self.rows else NOTHING

    def get(self, name: str, default: object) -> str:
        """Return what was typed into a field, else what is proposed."""
        return self.values.get(name, str(default))


def chosen_rows(form: MultiDict[str, str]) -> Filled:
    """Read the rows that were not removed (F086); an empty quantity leaves a row out, too."""
    filled = Filled(values=form.to_dict())
    for text in dict.fromkeys(form.getlist("row")):
        match = _ROW.fullmatch(text)
        if match:
            _read(filled, *(int(part) for part in match.groups()))
    return filled


def _read(filled: Filled, product: int, place: int, supplier: int, missing: int) -> None:
    name = f"{product}-{place}"
    typed = filled.get(f"qty-{name}", "").strip()
    if not typed or filled.get(f"remove-{name}", ""):
        return
    try:
        filled.rows.append(Chosen(product, place, supplier, quantity(typed), missing))
    except ValueError as error:
        filled.errors[f"qty-{name}"] = f"{error}."
