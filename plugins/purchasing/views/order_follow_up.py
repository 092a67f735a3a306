"""After the order was sent: what the supplier says of a line, goods back, a receipt undone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, request
from flask.typing import ResponseReturnValue
from flask_admin import expose

from erp_core.access import requires
from erp_core.admin.answers import from_htmx, go
from erp_core.db import db
from erp_core.errors import ErpError, NotFoundError
from plugins.purchasing.domain.status import Step
from plugins.purchasing.models import LineOutcome, PurchaseOrder, Receipt
from plugins.purchasing.services import closing, loading, returning
from plugins.purchasing.services.waiting import waiting
from plugins.purchasing.views import typed
from plugins.purchasing.views.mixin import Mixin, here
from plugins.purchasing.views.order_steps import ready
from plugins.purchasing.views.typed import Typed

CHECK = "Nothing was changed: check the marked fields."


class FollowUp(Mixin):
    """Three dialogs; each gives back what was typed when it cannot be done."""

    @expose("/<int:pk>/report", methods=("GET", "POST"))
    @requires("purchasing.order.edit")
    def report_view(self, pk: int) -> ResponseReturnValue:
        """Note that units of a line come late or do not come, naming who waits (C26)."""
        order = ready(pk, Step.SHORT_CLOSE)
        form = typed.typed()
        chosen = request.values.get("line", "")
        line = loading.line_of(order, int(chosen) if chosen.isdecimal() else 0)
        facts = {"line": line, "hurt": waiting([line.id]).get(line.id, [])}

        def work() -> str:
            said = _report(form, line.id)
            hurt = closing.report(pk, said, version=typed.seen_version())
            return _reported(order.number, said.outcome, [one.words for one in hurt])

        return self._carry_out("report", order, form, work, facts)

    @expose("/<int:pk>/return", methods=("GET", "POST"))
    @requires("purchasing.order.receive")
    def return_view(self, pk: int) -> ResponseReturnValue:
        """Send goods back to the supplier."""
        order = ready(pk, Step.SEND_BACK)
        form = typed.typed()

        def work() -> str:
            read = {x.id: form.read(f"back-{x.id}", typed.arrived, 0) for x in order.lines}
            reason = form.text("reason", 254)
            _stop_at(form)
            leaving = {key: qty for key, qty in read.items() if qty}
            made = returning.send_back(pk, leaving, reason, version=typed.seen_version())
            return f"{made.number}: {sum(leaving.values()):,} units go back."

        return self._carry_out("return", order, form, work, {"limits": returning.returnable(order)})

    @expose("/<int:pk>/receipts/<int:receipt_id>/undo", methods=("GET", "POST"))
    @requires("purchasing.order.receive")
    def undo_view(self, pk: int, receipt_id: int) -> ResponseReturnValue:
        """Take a wrong receipt back."""
        order = ready(pk, Step.SEND_BACK)
        receipt = db.session.get(Receipt, receipt_id)
        if receipt is None or receipt.order_id != pk:
            raise NotFoundError("This receipt does not exist (any more).")
        form, number = typed.typed(), receipt.number

        def work() -> str:
            reason = form.text("reason", 254)
            _stop_at(form)
            made = returning.take_back(receipt_id, reason)
            return f"{number} is taken back by {made.number}."

        return self._carry_out("undo", order, form, work, {"receipt": receipt})

    def _carry_out(
        self,
        step: str,
        order: PurchaseOrder,
        form: Typed,
        work: Callable[[], str],
        facts: dict[str, Any],
    ) -> ResponseReturnValue:
        if request.method == "GET":
            return self._step_form(step, order, form, facts)
        pk = order.id
        try:
            with db.session.begin_nested():
                said = work()
        except ErpError as error:
            if error.status != 422:
                raise
            return self._step_form(step, order, form, facts | {"problem": str(error)}), 422
        flash(said, "success")
        return go(here(self.get_url(".detail_view", pk=pk)))

    def _step_form(
        self, step: str, order: PurchaseOrder, form: Typed, facts: dict[str, Any]
    ) -> str:
        verb, title, kind = WORDS[step]
        context: dict[str, Any] = {"problem": "", "step": step, "step_verb": verb} | facts
        context |= {"step_kind": kind, "step_url": request.path, "form": form, "order": order}
        template = f"purchasing/step_{'dialog' if from_htmx() else 'page'}.html"
        named = title.format(
            order=order.number, receipt=getattr(facts.get("receipt"), "number", "")
        )
        return self.render(template, title=order.number, step_title=named, **context)


WORDS = {
    "report": ("Save", "Supply of {order} changed", "primary"),
    "return": ("Send back", "Send goods of {order} back", "primary"),
    "undo": ("Take it back", "Take {receipt} back?", "danger"),
}
"""Verb, title and kind of button of each dialog."""


def _report(form: Typed, line_id: int) -> closing.Report:
    outcome = form.get("outcome")
    if outcome not in set(LineOutcome):
        form.errors["outcome"] = "Choose one."
    late = outcome == LineOutcome.LATE
    qty = None if late else form.read("qty", typed.quantity)
    day = form.date("expected_on") if late else None
    note = form.text("note", 254)
    _stop_at(form)
    return closing.Report(line_id, LineOutcome(outcome), qty, day, note)


def _stop_at(form: Typed) -> None:
    if form.errors:
        raise ErpError(CHECK)


def _reported(number: str, outcome: LineOutcome, hurt: list[str]) -> str:
    words = {
        LineOutcome.LATE: "the new date is noted",
        LineOutcome.DISCONTINUED: "noted as discontinued; what was open is closed",
        LineOutcome.REFUSED: "noted as refused; what was open is closed",
    }[outcome]
    who = f" Concerned: {'; '.join(hurt)}." if hurt else ""
    return f"{number}: {words}.{who}"
