"""Edit an order on one page: quantities, new lines, and what other plugins keep for each line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import flash, request
from flask.typing import ResponseReturnValue
from flask_admin import expose
from werkzeug.utils import redirect

from erp_core.access import requires
from erp_core.db import db
from erp_core.errors import ErpError
from erp_core.registry import providers
from plugins.sales.domain.statuses import Step
from plugins.sales.models import SalesOrder, SalesOrderLine
from plugins.sales.ports import LineQuantity
from plugins.sales.services import orders
from plugins.sales.services.figures import whole_order
from plugins.sales.services.loading import check_version, demand_step
from plugins.sales.views.dialog import Typed, seen_version
from plugins.sales.views.new_order import NewOrderPage
from plugins.sales.views.reading import read_whole
from plugins.sales.views.typed_lines import TypedLine, read_lines, sent_lines
from plugins.sales.views.wording import WORDS

EMPTY_LINES = 3


@dataclass(slots=True)
class EditForm:
    """The page as typed: a quantity for each line, foreign quantities, and new lines."""

    order: SalesOrder
    typed: Typed
    lines: list[TypedLine]
    foreign: Sequence[LineQuantity] = field(default_factory=list)

    @classmethod
    def of(cls, order: SalesOrder) -> EditForm:
        """Return the page as the order stands."""
        form = cls(order, Typed({}), [TypedLine() for _ in range(EMPTY_LINES)], foreign_here())
        form.typed.values = {f"qty-{line.id}": str(line.ordered_qty) for line in form.kept}
        for one in form.foreign:
            known = one.values([line.id for line in form.kept])
            names = {f"{one.key}-{line}": str(units) for line, units in known.items()}
            form.typed.values |= names
        form.typed.values["version"] = str(order.version)
        return form

    @property
    def kept(self) -> list[SalesOrderLine]:
        """Return the lines that the order has now."""
        return [line for line in self.order.lines if line.ordered_qty]

    def send(self, sent: Mapping[str, str]) -> None:
        """Save what differs from `self`; raises ErpError after marking the wrong fields."""
        before, self.typed = self.typed.values, Typed({**self.typed.values, **sent})
        self.lines = sent_lines()
        quantities = self._changed(before, "qty", read_whole)
        foreign = [(one, self._changed(before, one.key, _from_zero)) for one in self.foreign]
        new = read_lines([line for line in self.lines if not line.blank], self.order.currency)
        if any(line.errors for line in self.lines):
            self.typed.errors["lines"] = "wrong"
        self.typed.check()
        if quantities:
            orders.set_quantities(self.order.id, quantities)
        if new:
            orders.add_lines(self.order.id, new)
        for one, units in foreign:
            if units:
                one.save(units)

    def _changed(self, before: Mapping[str, str], kind: str, reader: Any) -> dict[int, int]:
        names = {line.id: f"{kind}-{line.id}" for line in self.kept}
        typed = {
            line: self.typed.read(name, reader)
            for line, name in names.items()
            if name in before and self.typed.values[name].strip() != before[name]
        }
        return {line: units for line, units in typed.items() if units is not None}


def _from_zero(text: str) -> int:
    return read_whole(text or "0", 0)


def foreign_here() -> list[LineQuantity]:
    """Return the quantities of other plugins that this person may type now."""
    return [one for one in providers(LineQuantity) if one.shown()]  # type: ignore[type-abstract]


class EditOrderPage(NewOrderPage):
    """`/sales/order/<pk>/edit`."""

    @expose("/<int:pk>/edit", methods=("GET", "POST"))
    @requires("sales.order.edit")
    def edit_order(self, pk: int) -> ResponseReturnValue:
        """Edit quantities and lines; "Save & Close" goes back to the order (F005, F006)."""
        order = whole_order(pk)
        demand_step(Step.CHANGE, order)
        form = EditForm.of(order)
        if request.method == "GET":
            return self._drawn_edit(form)
        if not _saved(form):
            return self._drawn_edit(form), 422
        flash(f"{order.number} is saved.", "success")
        return redirect(self.get_url(".detail_view", pk=pk))

    def _drawn_edit(self, form: EditForm) -> str:
        facts: dict[str, Any] = {"form": form, "typed": form.typed, "order": form.order}
        facts["title"] = f"Edit {form.order.number}"
        facts["return_url"] = self.get_url(".detail_view", pk=form.order.id)
        return self.render("sales/edit_order.html", **facts, **WORDS)


def _saved(form: EditForm) -> bool:
    try:
        with db.session.begin_nested():
            sent = request.form.to_dict()
            check_version(form.order.id, seen_version(sent))
            form.send(sent)
    except ErpError as error:
        form.typed.problem = str(error)
        db.session.refresh(form.order)
        return False
    return True
