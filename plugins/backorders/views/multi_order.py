"""Multi-Order Processor: choose unapproved orders by filter or search, process them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import g, request
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_security import current_user
from markupsafe import Markup
from sqlalchemy.orm import joinedload

from erp_core.access import can, demand, requires
from erp_core.admin.answers import go
from erp_core.admin.job_pages import NO_WORKER, OPEN, run_words, worker_alive
from erp_core.admin.views import BulkAction, Button, ErpModelView
from erp_core.db import db
from erp_core.errors import ConflictError, ErpError, NotFoundError
from erp_core.jobs import request_cancel, request_run
from erp_core.models import JobRun
from erp_core.plugin import Filter
from plugins.backorders.services import charging
from plugins.backorders.services.fill_batch import APPROVABLE
from plugins.backorders.services.multi_order import MULTI_ORDER, Options
from plugins.backorders.views import addresses, order_parts, workflow
from plugins.backorders.views.asked import numbers
from plugins.backorders.views.drawing import money
from plugins.inventory.services import catalogue
from plugins.sales.models import SalesOrder
from plugins.sales.services.figures import OrderFigures, figures

LINK = Markup('<a href="%s" data-open>%s</a>')
PROCESS = "process"
LABELS = {
    "orders_looked_at": "Orders looked at",
    "orders_filled": "Orders filled",
    "units": "Units filled",
    "cards_charged": "Cards charged",
    "cards_declined": "Cards declined",
    "processed": "Orders processed (approved)",
    "left_waiting": "Left because they still wait",
    "passed_over": "Passed over: approved, on hold or changed meanwhile",
}


def _stores() -> list[tuple[str, str]]:
    named = [(str(place.id), place.name) for place in catalogue.warehouses()]
    return [("", "All locations"), *named]


class MultiOrderView(ErpModelView):
    """Orders that are not approved yet; the chosen ones are processed by a run."""

    key = "backorders.multi_order"
    see = "backorders.fill"
    title = "Multi-order processor"
    subtitle = "Orders that are not approved yet: fill them, charge them, approve them"
    can_view_details = False
    column_list = ("number", "ordered_on", "customer", "warehouse", "state", "owed")
    column_labels = {
        "number": "Order",
        "ordered_on": "Date",
        "warehouse": "Location",
        "state": "Back order",
    }
    column_align_end = frozenset({"owed"})
    column_sortable_list = (("number", "id"), "ordered_on")
    column_default_sort = [("priority", True), ("sequence", False)]
    column_searchable_list = ("number", "customer.name", "customer.company_name")
    column_formatters = {
        "number": lambda view, c, order, n: LINK % (addresses.order(order.id), order.number),
        "ordered_on": lambda view, c, order, n: f"{order.ordered_on:%d %b %Y}",
        "state": lambda view, c, order, n: order_parts.mark(view.marks.get(order.id)),
        "owed": lambda view, c, order, n: view.owed_cell(order),
    }
    own_filters = (
        Filter(
            "warehouse", "Location", _stores, lambda value: SalesOrder.warehouse_id == int(value)
        ),
        order_parts.BY_CLASS,
    )

    @property
    def marks(self) -> dict[int, str]:
        """Return the classes of the orders of this page."""
        found: dict[int, str] = g.get("backorders_marks", {})
        return found

    def owed_cell(self, order: SalesOrder) -> str:
        """Write what is still to be paid."""
        known: dict[int, OrderFigures] = g.get("backorders_money", {})
        row = known.get(order.id, OrderFigures())
        return money(max(0, row.total_minor - row.paid_minor), order.currency)

    def get_query(self) -> Any:
        """Return open orders that nobody approved yet, of the companies in view."""
        query = (
            super()
            .get_query()
            .filter(
                SalesOrder.approved_at.is_(None),
                SalesOrder.status.in_(APPROVABLE),
                SalesOrder.company_id.in_(workflow.companies_in_view()),
            )
        )
        return query.options(joinedload(SalesOrder.customer), joinedload(SalesOrder.warehouse))

    def get_list(self, *args: Any, **options: Any) -> tuple[int | None, Sequence[SalesOrder]]:
        """Return a page of orders with classes and money, read for all of them at once."""
        count, rows = super().get_list(*args, **options)
        if options.get("execute", True):
            g.backorders_marks = order_parts.load_marks(rows)
            g.backorders_money = figures([order.id for order in rows])
        return count, rows

    def bulk_actions(self) -> list[BulkAction]:
        """Offer to process the selected orders."""
        may = can("sales.order.approve")
        return [BulkAction(PROCESS, "Process orders…", "player-play")] if may else []

    @expose("/action/", methods=("POST",))
    @requires("backorders.fill")
    def action_view(self) -> ResponseReturnValue:
        """Ask how the selected orders are to be processed (F140)."""
        if request.form.get("action") != PROCESS:
            return super().action_view()
        return self._options(self._selected())

    def _options(self, ids: Sequence[int], problem: str = "") -> str:
        return self.render(
            "backorders/multi_order.html",
            title="Process orders",
            ids=ids,
            problem=problem,
            cards=charging.gateway() is not None,
            list_url=self.get_url(".index_view"),
        )

    @expose("/process", methods=("POST",))
    @requires("backorders.fill")
    def process_view(self) -> ResponseReturnValue:
        """Queue the run with these options."""
        demand("sales.order.approve")
        if not workflow.on():
            raise ConflictError("The back-order workflow is switched off; nothing was changed.")
        ids = tuple(sorted(numbers(request.form.get("ids", "").split(","))))
        if not ids:
            raise ErpError("No order is selected. Tick at least one and try again.")
        ticked = {name: request.form.get(name) == "1" for name in ("cards", "waiting", "mails")}
        if ticked["cards"] and charging.gateway() is None:
            return self._options(ids, "No card is charged: the setting for it is off."), 422
        options = Options(ids, request.form.get("fill") == "partial", **ticked)
        run = request_run(MULTI_ORDER, by=current_user.email, arguments=options.as_json())
        return go(self.get_url(".run_view", run_id=run.id))

    @expose("/runs/<int:run_id>")
    @requires("backorders.fill")
    def run_view(self, run_id: int) -> ResponseReturnValue:
        """Show a run and its summary (F141)."""
        return self._run_page("backorders/multi_order_run.html", _run(run_id))

    @expose("/runs/<int:run_id>/progress")
    @requires("backorders.fill")
    def progress_view(self, run_id: int) -> ResponseReturnValue:
        """Return the part of a run's page that changes."""
        return self._run_page("backorders/fill_run_part.html", _run(run_id))

    @expose("/runs/<int:run_id>/cancel", methods=("POST",))
    @requires("backorders.fill")
    def cancel_view(self, run_id: int) -> ResponseReturnValue:
        """Stop after the orders at hand."""
        run = _run(run_id)
        if run.state in OPEN:
            request_cancel(run.id)
        return go(self.get_url(".run_view", run_id=run_id))

    def _run_page(self, template: str, run: JobRun) -> str:
        waits = run.state == "queued" and not worker_alive()
        figures = [
            (name, run.result[name], "", label)
            for name, label in LABELS.items()
            if name in run.result
        ]
        facts: dict[str, Any] = {"run": run, "figures": figures, "open": run.state in OPEN}
        facts |= {"no_worker": NO_WORKER if waits else "", "heading": "Orders processed"}
        return self.render(template, title="Process orders", **facts, **run_words())

    def page_actions(self) -> list[Button]:
        """Offer nothing but what the selection offers."""
        return []

    def search_placeholder(self) -> str:
        """Say what the search looks at."""
        return "Order, customer"

    def empty_state(self) -> dict[str, str]:
        """Say that every order is approved."""
        return {"kind": "done", "sentence": "Every open order is approved."}


def _run(run_id: int) -> JobRun:
    run = db.session.get(JobRun, run_id) if run_id < 2**62 else None
    if run is None or run.job != MULTI_ORDER:
        raise NotFoundError(f"There is no run {run_id} of processing orders.")
    return run
