"""Transfers: the list, the page of one, the form of a new one, and its steps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from flask import flash, request
from flask.typing import ResponseReturnValue
from flask_admin import expose
from sqlalchemy.orm import selectinload

from erp_core.access import can, requires
from erp_core.admin.answers import from_htmx, go
from erp_core.admin.shell import shell
from erp_core.admin.views import Button, Chip, ErpModelView
from erp_core.db import db
from erp_core.errors import ErpError
from erp_core.plugin import Panel
from erp_core.registry import parts
from plugins.inventory.domain.quantities import whole
from plugins.inventory.domain.transfers import ASKED, MOVING, TransferStatus, Units, in_transit
from plugins.inventory.models import Transfer, Warehouse
from plugins.inventory.services import stock, transfers
from plugins.inventory.views import drawing
from plugins.inventory.views.answering import back
from plugins.inventory.views.transfer_claims import claims_on, waiting_for
from plugins.inventory.views.transfer_form import BLANK_ROWS, Row, TransferForm

EDIT = "inventory.transfer.edit"
VERBS = {"dispatch": "Dispatch", "receive": "Receive", "return": "Send back"}


class TransferView(ErpModelView):
    """Goods on their way between warehouses."""

    key = "inventory.transfer"
    see = "inventory.view"
    change = EDIT
    title = "Transfers"
    subtitle = "Goods on their way from one warehouse to another"
    singular = "Transfer"
    can_view_details = False
    can_edit = False
    can_delete = False
    form_columns = ("note",)
    expand_template = "inventory/transfer_expand.html"
    column_select_related_list = (Transfer.source, Transfer.target)
    column_list = ("number", "source.name", "target.name", "goods", "status", "created_at", "note")
    column_labels = {"source.name": "From", "target.name": "To", "created_at": "Made"}
    column_sortable_list = ("number", "source.name", "target.name", "created_at")
    column_default_sort = ("id", True)
    column_searchable_list = ("number", "note")
    column_formatters = {
        "number": lambda v, c, row, n: drawing.link(row.number, f"/inventory/transfer/{row.id}/"),
        "goods": lambda v, c, row, n: goods(row),
        "status": lambda v, c, row, n: drawing.transfer_status(row.status),
        "created_at": lambda v, c, row, n: drawing.when(row.created_at),
    }

    def get_query(self) -> Any:
        """Return the transfers of the chosen company, or of all, with their lines."""
        return _of_company(super().get_query()).options(selectinload(Transfer.lines))

    def _conditions(self) -> list[Any]:
        found: list[Any] = super()._conditions()
        chosen = request.args.get("status", "")
        if chosen in set(TransferStatus):
            found.append(Transfer.status == chosen)
        return found

    def chips(self) -> list[Chip]:
        """Return a chip for each status with its count."""
        counts = self._counts()
        chosen = request.args.get("status", "")
        here = self.get_url(".index_view")
        first = Chip("All", sum(counts.values()), here, chosen not in set(TransferStatus))
        rest = [
            Chip(words, counts.get(status, 0), f"{here}?status={status}", chosen == status, role)
            for status, (words, role) in drawing.STATUS.items()
        ]
        return [first, *rest]

    def _counts(self) -> dict[str, int]:
        query = _of_company(db.session.query(Transfer.status, sa.func.count(Transfer.id)))
        return {status: count for status, count in query.group_by(Transfer.status)}

    def row_next(self, row: Any) -> Button | None:
        """Return the next step of a transfer."""
        return next_step(row) if can(EDIT) else None

    def row_menu(self, row: Any) -> list[Button]:
        """Return what else may be done with a transfer."""
        found = [Button("Open", f"/inventory/transfer/{row.id}/", icon="eye")]
        return [*found, *(cancel_button(row) if can(EDIT) else ())]

    def can_expand(self, row: Any) -> bool:
        """Every transfer shows its lines."""
        return True

    def expand_context(self, row: Any) -> dict[str, Any]:
        """Return the lines and who waits for them."""
        return {"lines": row.lines, "waiters": waiting_for(row)}

    def empty_state(self) -> dict[str, str]:
        """Offer the first step."""
        state = {"icon": "arrows-exchange", "sentence": "No transfers yet."}
        if can(EDIT):
            state |= {"button": "New transfer", "url": self.get_url(".create_view")}
        return state

    @expose("/<int:pk>/")
    @requires("inventory.view")
    def detail_view(self, pk: int) -> ResponseReturnValue:
        """Show a transfer with its lines, its steps and who waits for it."""
        row = self.row_or_404(pk)
        may = can(EDIT)
        return self.render(
            "inventory/transfer.html",
            row=row,
            waiters=waiting_for(row),
            step=next_step(row) if may else None,
            others=cancel_button(row) if may else [],
            panels=[(panel.title, panel.render(row)) for panel in parts(self.key, Panel)],
            drawing=drawing,
            moving=row.status in MOVING or row.status == TransferStatus.RECEIVED,
        )

    @expose("/new/", methods=("GET", "POST"))
    def create_view(self) -> ResponseReturnValue:
        """Make a transfer with several lines; a refusal keeps what was typed."""
        form = TransferForm.read(request.form if request.method == "POST" else request.args)
        places = dict(drawing.places())
        if request.method == "POST" and form.check(places):
            try:
                return self._made(form)
            except ErpError as error:
                form.errors["lines"] = str(error)
        rows = form.rows + [Row() for _ in range(max(1, BLANK_ROWS - len(form.rows)))]
        page = self.render("inventory/transfer_form.html", form=form, rows=rows, places=places)
        return page, 200 if request.method == "GET" else 422

    def _made(self, form: TransferForm) -> ResponseReturnValue:
        with db.session.begin_nested():
            made = transfers.create(form.wanted())
            if request.form.get("step") == "request":
                transfers.request(made.id)
        words = drawing.STATUS[TransferStatus(made.status)][0].lower()
        flash(f"{made.number} is {words}.", "success")
        return go(self.get_url(".detail_view", pk=made.id))

    @expose("/<int:pk>/request", methods=("POST",))
    @requires(EDIT)
    def request_view(self, pk: int) -> ResponseReturnValue:
        """Ask the source to send the goods."""
        row = transfers.request(pk)
        flash(f"{row.number} is requested from {row.source.name}.", "success")
        return back(self.get_url(".detail_view", pk=pk))

    @expose("/<int:pk>/cancel", methods=("GET", "POST"))
    @requires(EDIT)
    def cancel_view(self, pk: int) -> ResponseReturnValue:
        """Give up a transfer that has not left; asked first, it names whom that hurts (C02)."""
        if request.method == "GET":
            template = "cancel_dialog.html" if from_htmx() else "cancel_page.html"
            row = self.row_or_404(pk)
            return self.render(f"inventory/{template}", row=row, hurt=claims_on(row))
        row = transfers.cancel(pk)
        flash(f"{row.number} is cancelled.", "success")
        return back(self.get_url(".detail_view", pk=pk))

    @expose("/<int:pk>/dispatch", methods=("GET", "POST"))
    @requires(EDIT)
    def dispatch_view(self, pk: int) -> ResponseReturnValue:
        """Send the goods, all or fewer, if they are free."""
        return self._step(self.row_or_404(pk), "dispatch")

    @expose("/<int:pk>/receive", methods=("GET", "POST"))
    @requires(EDIT)
    def receive_view(self, pk: int) -> ResponseReturnValue:
        """Take the goods in, all or part of them."""
        return self._step(self.row_or_404(pk), "receive")

    @expose("/<int:pk>/return", methods=("GET", "POST"))
    @requires(EDIT)
    def return_view(self, pk: int) -> ResponseReturnValue:
        """Take goods in transit back into the source, all or part of them."""
        return self._step(self.row_or_404(pk), "return")

    def _step(self, row: Transfer, step: str) -> ResponseReturnValue:
        limits = limits_of(row, step)
        typed = {line: request.form.get(f"line-{line}", str(most)) for line, most in limits.items()}
        errors: dict[int, str] = {}
        if request.method == "POST":
            chosen = _read(typed, limits, errors)
            if not errors:
                return self._carried_out(row, step, chosen)
        spare = stock.takeable([(line.product_id, row.from_id) for line in row.lines])
        facts = {
            "row": row,
            "step": step,
            "verb": VERBS[step],
            "limits": limits,
            "typed": typed,
            "errors": errors,
        }
        template = "step_dialog.html" if from_htmx() else "step_page.html"
        page = self.render(f"inventory/{template}", spare=spare, **facts)
        return page, 200 if request.method == "GET" else 422

    def _carried_out(self, row: Transfer, step: str, chosen: dict[int, int]) -> ResponseReturnValue:
        seen = request.form.get("version", "")
        if step == "dispatch":
            done = transfers.dispatch(row.id, chosen)
            words = f"{done.number} is on its way to {done.target.name}."
        else:
            version = int(seen) if seen.isdecimal() else None
            work = transfers.give_back if step == "return" else transfers.receive
            done = work(row.id, chosen, seen=version)
            words = f"{done.number} is {transfers.WORDS[TransferStatus(done.status)]}."
        flash(words, "success")
        return back(self.get_url(".detail_view", pk=row.id))


def goods(row: Transfer) -> str:
    """Return how much a transfer brings, in words."""
    lines, total = len(row.lines), sum(line.qty for line in row.lines)
    return f"{total:,} {'unit' if total == 1 else 'units'} on {lines} {_lines(lines)}"


def _lines(count: int) -> str:
    return "line" if count == 1 else "lines"


def next_step(row: Transfer) -> Button | None:
    """Return the one next step of a transfer's life."""
    here = f"/inventory/transfer/{row.id}"
    steps = {
        TransferStatus.DRAFT: Button("Request", f"{here}/request", "post", icon="send"),
        TransferStatus.REQUESTED: Button(
            "Dispatch", f"{here}/dispatch", "dialog", icon="package-export"
        ),
    }
    receive = Button("Receive", f"{here}/receive", "dialog", "ok", "package-import")
    steps |= dict.fromkeys(sorted(MOVING), receive)
    return steps.get(TransferStatus(row.status))


def cancel_button(row: Transfer) -> list[Button]:
    """Return the way to give up a transfer: before it left, or by turning round."""
    here = f"/inventory/transfer/{row.id}"
    if row.status in MOVING:
        return [Button("Send back…", f"{here}/return", "dialog", icon="arrow-back-up")]
    if row.status not in ASKED:
        return []
    return [Button("Cancel transfer…", f"{here}/cancel", "dialog", "danger", "ban")]


def limits_of(row: Transfer, step: str) -> dict[int, int]:
    """Return the most that each line can move in a step, by line id."""
    if step == "dispatch":
        return {line.id: line.qty for line in row.lines}
    units = {
        x.id: Units(x.qty, x.dispatched_qty, x.received_qty, x.returned_qty) for x in row.lines
    }
    return {line: in_transit(found) for line, found in units.items()}


def _read(
    typed: Mapping[int, str], limits: Mapping[int, int], errors: dict[int, str]
) -> dict[int, int]:
    chosen: dict[int, int] = {}
    for line, text in typed.items():
        try:
            chosen[line] = whole(text or "0", 0, limits[line])
        except ValueError as error:
            errors[line] = str(error)
    return chosen


def _of_company(query: Any) -> Any:
    chosen = shell().company_id
    if not chosen:
        return query
    mine = sa.select(Warehouse.id).where(Warehouse.company_id == chosen)
    return query.filter(Transfer.from_id.in_(mine))
