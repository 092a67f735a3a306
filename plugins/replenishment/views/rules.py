"""Reorder rules: when to buy a product for a location, and where it stands now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from flask import flash, g
from flask.typing import ResponseReturnValue
from flask_admin import expose
from wtforms import SelectField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import InputRequired, NumberRange, Optional

from erp_core.access import can, requires
from erp_core.admin.answers import go
from erp_core.admin.views import Button, ErpModelView, GridColumn
from erp_core.db import db
from erp_core.plugin import Filter
from plugins.inventory.models import Warehouse
from plugins.replenishment.models import Method, ReorderRule
from plugins.replenishment.services import rules
from plugins.replenishment.services.standing import Standing, standings
from plugins.replenishment.views.words import METHODS, arithmetic, per_day, target

MOST = 1_000_000
UNITS = f"Whole number from 0 to {MOST:,}."
DAYS = "Whole number of days from 0 to 365."
SERVICE = {
    500: "50 %",
    800: "80 %",
    850: "85 %",
    900: "90 %",
    950: "95 %",
    975: "97.5 %",
    980: "98 %",
    990: "99 %",
    995: "99.5 %",
    999: "99.9 %",
}
whole_units = [InputRequired(UNITS), NumberRange(0, MOST, message=UNITS)]


def _places() -> list[tuple[str, str]]:
    rows = db.session.execute(sa.select(Warehouse.id, Warehouse.name).order_by(Warehouse.name))
    return [("", "All locations"), *((str(key), name) for key, name in rows)]


def _methods() -> Sequence[tuple[str, str]]:
    return [("", "All methods"), *((str(key), words) for key, words in METHODS.items())]


class RuleView(ErpModelView):
    """One rule for each product and location."""

    key = "replenishment.rule"
    see = "replenishment.view"
    change = "replenishment.rule.edit"
    title = "Reorder rules"
    subtitle = "When to buy, and how much; the figures are those of now"
    singular = "Reorder rule"
    column_list = ("product", "warehouse", "method", "daily", "point", "target", "position", "buy")
    column_labels = {
        "warehouse": "Location",
        "daily": "Demand a day",
        "point": "Reorder point",
        "target": "Order",
        "position": "Position",
        "buy": "To order",
    }
    column_align_end = frozenset({"daily", "point", "position", "buy"})
    column_searchable_list = ("product.sku", "product.name")
    column_sortable_list = (("product", "product.sku"), ("warehouse", "warehouse.name"), "method")
    column_default_sort = ("id", False)
    own_filters = (
        Filter("location", "Location", _places, lambda v: ReorderRule.warehouse_id == int(v)),
        Filter("method", "Method", _methods, lambda v: ReorderRule.method == v),
    )
    form_columns = (
        "product",
        "warehouse",
        "method",
        "min_qty",
        "max_qty",
        "service_permille",
        "lead_time_days",
        "lead_time_deviation",
        "active",
    )
    form_ajax_refs = {
        "product": {"fields": ("sku", "name"), "page_size": 10, "placeholder": "SKU or name"},
        "warehouse": {"fields": ("name", "code"), "page_size": 10, "placeholder": "Location"},
    }
    form_overrides = {"method": SelectField, "service_permille": SelectField}
    form_args = {
        "product": {"validators": [InputRequired("Choose a product.")]},
        "warehouse": {"label": "Location", "validators": [InputRequired("Choose a location.")]},
        "method": {
            "choices": [SelectChoice(str(key), words) for key, words in METHODS.items()],
            "description": "From demand: the shipments of the last days decide.",
        },
        "min_qty": {
            "label": "Minimum",
            "validators": whole_units,
            "description": "Order when the position is at or below it.",
        },
        "max_qty": {
            "label": "Maximum",
            "validators": whole_units,
            "description": "Order up to it.",
        },
        "service_permille": {
            "label": "Service level",
            "choices": [SelectChoice(str(key), words) for key, words in SERVICE.items()],
            "coerce": int,
            "description": "Share of orders that arrive before the shelf is empty (from demand).",
        },
        "lead_time_days": {
            "label": "Lead time (days)",
            "validators": [Optional(), NumberRange(0, 365, message=DAYS)],
            "description": "Leave empty to use the supplier's.",
        },
        "lead_time_deviation": {
            "label": "Lead time varies by (days)",
            "validators": [InputRequired(DAYS), NumberRange(0, 365, message=DAYS)],
            "description": "Standard deviation of the lead time.",
        },
    }
    can_view_details = False

    @property
    def column_formatters(self) -> dict[str, Any]:  # type: ignore[override]
        """Draw what is worked out now; a rule that is off shows a dash."""
        return {
            "product": lambda v, c, row, n: str(row.product),
            "warehouse": lambda v, c, row, n: row.warehouse.name,
            "method": lambda v, c, row, n: METHODS[Method(row.method)],
            "daily": lambda v, c, row, n: self._figure(row, "daily"),
            "point": lambda v, c, row, n: self._figure(row, "point"),
            "target": lambda v, c, row, n: self._figure(row, "target"),
            "position": lambda v, c, row, n: self._figure(row, "position"),
            "buy": lambda v, c, row, n: self._figure(row, "buy"),
        }

    def get_list(self, *args: Any, **kwargs: Any) -> Any:
        """Return a page of rules and remember where they stand; a constant number of statements."""
        count, rows = super().get_list(*args, **kwargs)
        if kwargs.get("execute", True):
            found = standings({row.product_id for row in rows})
            g.replenishment_standings = {one.rule.id: one for one in found}
        return count, rows

    def _figure(self, row: ReorderRule, name: str) -> str:
        one: Standing | None = g.get("replenishment_standings", {}).get(row.id)
        if one is None:
            return "-"
        known = {"daily": per_day(one.known.demand.mean), "target": target(one)}
        if row.method == Method.MIN_MAX:
            known["daily"] = "-"
        units = {"point": one.levels.point, "position": one.stand.position, "buy": one.buy}
        return known[name] if name in known else f"{units[name]:,}"

    def export_cell(self, row: Any, column: GridColumn) -> Any:
        """Return plain values for files."""
        if column.key == "product":
            return row.product.sku
        return super().export_cell(row, column)

    def expand_context(self, row: ReorderRule) -> dict[str, Any]:
        """Return the arithmetic of one rule."""
        found = {one.rule.id: one for one in standings({row.product_id})}
        one = found.get(row.id)
        return {"words": arithmetic(one) if one else "This rule is switched off."}

    expand_template = "replenishment/rule_expand.html"

    def can_expand(self, row: Any) -> bool:
        """Every rule opens to its arithmetic."""
        return True

    def row_menu(self, row: ReorderRule) -> list[Button]:
        """Return what can be done with a row."""
        if not can(self.change):
            return []
        return [Button("Edit", self.get_url(".edit_view", id=row.id), icon="pencil")]

    def page_actions(self) -> list[Button]:
        """Offer rules for the products that have a reorder point and no rule."""
        if not can(self.change):
            return []
        url = self.get_url(".from_products_view")
        return [Button("Rules from reorder points", url, "post", icon="wand")]

    @expose("/from-products", methods=("POST",))
    @requires("replenishment.rule.edit")
    def from_products_view(self) -> ResponseReturnValue:
        """Make a min/max rule of every product with a reorder point and no rule."""
        made = rules.from_products()
        flash(f"{made:,} {'rule' if made == 1 else 'rules'} made.", "success")
        return go(self.get_url(".index_view"))

    def on_model_change(self, form: Any, model: ReorderRule, is_created: bool) -> None:
        """Refuse a rule that could never order sensibly."""
        rules.check(model)

    def on_model_delete(self, model: ReorderRule) -> None:
        """Let go of what is on order for it."""
        rules.release(model.id)

    def empty_state(self) -> dict[str, str]:
        """Say what a rule is for."""
        return {
            "icon": "trending-down",
            "sentence": "No rules yet. A rule says when to buy a product for a location.",
        }
