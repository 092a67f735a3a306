"""The form that sets stock right: one product in one warehouse."""

from __future__ import annotations

from typing import Any

from wtforms import Form, RadioField, SelectField, StringField
from wtforms.validators import InputRequired, Length, ValidationError

from erp_core.db import db
from erp_core.errors import ErpError
from plugins.inventory.domain.quantities import difference, whole
from plugins.inventory.models import Product, StockAdjustment
from plugins.inventory.services import adjust, catalogue
from plugins.inventory.views.fields import options

HOW = [
    ("count", "New quantity|What was counted; the difference is worked out."),
    ("difference", "Difference|Units that came (3) or went (-3)."),
]


def _clean(text: str | None) -> str:
    return (text or "").strip()


class AdjustForm(Form):
    """Warehouse, SKU or barcode, new quantity or difference, reason."""

    warehouse = SelectField("Warehouse", validators=[InputRequired("Choose a warehouse.")])
    code = StringField(
        "SKU or barcode",
        filters=[_clean],
        validators=[InputRequired("Enter or scan a SKU or a barcode.")],
    )
    how = RadioField("What do you enter?", choices=options(HOW), default="count")
    quantity = StringField("Quantity", filters=[_clean], render_kw={"inputmode": "numeric"})
    reason = StringField(
        "Reason",
        filters=[_clean],
        validators=[
            InputRequired("Say why the stock changes; the reason stays in the ledger."),
            Length(max=254, message="At most 254 characters."),
        ],
        description="Such as “Counted” or “Broken in transport”. It stays in the ledger.",
    )
    product: Product | None = None
    units: int = 0

    def validate_code(self, field: Any) -> None:
        """Find the product; it must be tracked."""
        try:
            self.product = catalogue.find_code(field.data)
        except ErpError as error:
            raise ValidationError(str(error)) from None
        if not self.product.tracked:
            raise ValidationError(
                f"The quantity of {self.product.sku} is not tracked, so it has no stock to adjust."
            )

    def validate_quantity(self, field: Any) -> None:
        """Read a whole number: from 0 as a count, not 0 as a difference."""
        counted = self.how.data == "count"
        try:
            self.units = whole(field.data, 0) if counted else difference(field.data)
        except ValueError as error:
            raise ValidationError(str(error)) from None

    def carry_out(self) -> StockAdjustment | None:
        """Adjust; None when the count was right. Raises ErpError for less than 0."""
        assert self.product is not None
        step = adjust.count if self.how.data == "count" else adjust.adjust
        place = int(self.warehouse.data)
        return step(place, {self.product.id: self.units}, self.reason.data or "")


def sku_of(product_id: str) -> str:
    """Return the SKU that a link wants in the form; empty for nonsense."""
    if not product_id.isdecimal() or len(product_id) > 18:
        return ""
    found = db.session.get(Product, int(product_id))
    return found.sku if found else ""
