"""The form of a new transfer: two places and lines of SKU and quantity."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from plugins.inventory.domain.quantities import whole
from plugins.inventory.models import Product
from plugins.inventory.services import catalogue
from plugins.inventory.services.transfers import NewTransfer

BLANK_ROWS = 3
MAX_ROWS = 200
_FIELD = re.compile(r"lines-(\d{1,4})-(?:code|qty)")


@dataclass(slots=True)
class Row:
    """One line as it was typed, with what is wrong with it."""

    code: str = ""
    qty: str = ""
    code_error: str = ""
    qty_error: str = ""
    product: Product | None = None
    units: int = 0


@dataclass(slots=True)
class TransferForm:
    """What was typed, kept as it is until all of it is right."""

    from_id: str = ""
    to_id: str = ""
    note: str = ""
    rows: list[Row] = field(default_factory=list)
    errors: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, form: Mapping[str, str]) -> TransferForm:
        """Take over what was sent; wholly blank lines are left out."""
        numbers = sorted({int(found[1]) for key in form if (found := _FIELD.fullmatch(key))})
        rows = [
            Row(form.get(f"lines-{n}-code", "").strip(), form.get(f"lines-{n}-qty", "").strip())
            for n in numbers[:MAX_ROWS]
        ]
        return cls(
            form.get("from", ""),
            form.get("to", ""),
            form.get("note", "").strip(),
            [row for row in rows if row.code or row.qty],
        )

    def check(self, places: Mapping[str, str]) -> bool:
        """Say whether all is right; what is wrong stands at its field."""
        for name, value in (("from", self.from_id), ("to", self.to_id)):
            if value not in places:
                self.errors[name] = "Choose a warehouse."
        if self.from_id == self.to_id and self.from_id in places:
            self.errors["to"] = "Choose another warehouse than the one it comes from."
        if len(self.note) > 500:
            self.errors["note"] = "At most 500 characters."
        if not self.rows:
            self.errors["lines"] = "Enter at least one product to transfer."
        self._check_rows()
        return not self.errors and not any(row.code_error or row.qty_error for row in self.rows)

    def _check_rows(self) -> None:
        known = catalogue.find_codes([row.code for row in self.rows if row.code])
        for row in self.rows:
            found = known.get(row.code, [])
            row.product = found[0] if len(found) == 1 else None
            row.code_error = _code_problem(row.code, found)
            try:
                row.units = whole(row.qty)
            except ValueError as error:
                row.qty_error = str(error)

    def wanted(self) -> NewTransfer:
        """Return what to make; only after `check`."""
        lines = tuple((row.product.id, row.units) for row in self.rows if row.product)
        return NewTransfer(int(self.from_id), int(self.to_id), lines, self.note)


def _code_problem(code: str, found: list[Product]) -> str:
    if not code:
        return "Enter or scan a SKU or a barcode."
    if not found:
        return f"No product has the SKU or barcode “{code[:64]}”."
    if len(found) > 1:
        skus = ", ".join(product.sku for product in found[:5])
        return f"Several products have this barcode: {skus}. Enter the SKU."
    if not found[0].tracked:
        return f"The quantity of {found[0].sku} is not tracked, so there is no stock to transfer."
    return ""
