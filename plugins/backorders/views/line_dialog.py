"""The frame of the dialogs that hold back, fill or release units of an order's lines.

Each line has a tick and a quantity; what is not ticked is left as it is (F008-F010).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue
from flask_admin import expose

from erp_core.access import requires
from erp_core.admin.screen import ErpView
from erp_core.db import db
from erp_core.errors import ConflictError, ErpError, NotFoundError
from erp_core.imports import whole
from plugins.backorders.services.desk_lines import DeskLine, fingerprint, lines_of
from plugins.backorders.views import workflow
from plugins.backorders.views.requests import Form
from plugins.sales.models import SalesOrder
from plugins.sales.services.loading import locked

CHANGED = "Somebody changed this order or its stock meanwhile; these are the figures now."
NOTHING = "Nothing is chosen: tick at least one line and enter a quantity."
CHECK = "Some quantities need a correction."


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the dialog: figures under the headings, proposed units, and the bounds."""

    line: DeskLine
    facts: Sequence[int]
    proposed: int
    most: int
    least: int = 1

    @property
    def tick(self) -> str:
        """Return the name of the tick box."""
        return f"tick-{self.line.line_id}"

    @property
    def qty(self) -> str:
        """Return the name of the quantity field."""
        return f"qty-{self.line.line_id}"


@dataclass(frozen=True, slots=True)
class LineDialog:
    """What a dialog shows: title, verb of its button, words, columns, rows, default reason."""

    order: SalesOrder
    title: str
    verb: str
    intro: str
    headings: Sequence[str]
    rows: Sequence[Row]
    reason: str
    ask: str = ""
    more: Mapping[str, Any] = field(default_factory=dict)


Draw = Callable[[SalesOrder, Sequence[DeskLine]], LineDialog]
Send = Callable[[LineDialog, dict[int, int], Form], ResponseReturnValue]


class LineDialogs(ErpView):
    """Acts on the lines of one order; they stand on the order's page."""

    key = "backorders.order"
    see = change = "backorders.view"

    @expose("/")
    @requires("backorders.view")
    def index(self) -> ResponseReturnValue:
        """Lead to the orders: these acts begin on an order's page."""
        return self.render("backorders/acts.html", title="Force, fill and release")

    def answer(self, pk: int, draw: Draw, send: Send) -> ResponseReturnValue:
        """Return the dialog, or carry it out; figures that changed meanwhile come back anew."""
        if not workflow.on():
            raise ConflictError("The back-order workflow is switched off; nothing was changed.")
        order = _order(pk)
        if request.method == "POST":
            locked([pk])
        known = lines_of(pk)
        dialog, seen = draw(order, known), fingerprint(known)
        if request.method == "GET":
            return self._drawn(dialog, seen, Form())
        form = Form(request.form.to_dict())
        if form.get("seen") != seen:
            fresh = Form({"reason": form.get("reason")}, problem=CHANGED)
            return self._drawn(dialog, seen, fresh), 422
        return self._carried_out(dialog, form, send)

    def _carried_out(self, dialog: LineDialog, form: Form, send: Send) -> ResponseReturnValue:
        try:
            with db.session.begin_nested():
                return send(dialog, _chosen(dialog, form), form)
        except ErpError as error:
            form.problem = str(error)
            return self._drawn(dialog, form.get("seen"), form), 422

    def _drawn(self, dialog: LineDialog, seen: str, form: Form) -> str:
        facts: dict[str, Any] = {"dialog": dialog, "typed": form, "action": request.path}
        facts |= {"seen": seen, "sent": "seen" in form.values}
        return str(self.render("backorders/line_dialog.html", **facts))


def _order(pk: int) -> SalesOrder:
    order = db.session.get(SalesOrder, pk) if pk < 2**62 else None
    if order is None or order.company_id not in workflow.companies_in_view():
        raise NotFoundError(f"There is no sales order with the id {pk} (any more).")
    return order


def _chosen(dialog: LineDialog, form: Form) -> dict[int, int]:
    """Read the ticked lines; raises ErpError, with each field's sentence in `form.errors`."""
    units = {}
    for row in dialog.rows:
        if form.get(row.tick) == "1":
            units[row.line.line_id] = _read(row, form)
    if form.errors:
        raise ErpError(CHECK)
    if not units:
        raise ErpError(NOTHING)
    return units


def _read(row: Row, form: Form) -> int:
    try:
        return int(whole(row.least, row.most)(form.get(row.qty).strip()))
    except ValueError as error:
        form.errors[row.qty] = f"{error}."
        return 0
