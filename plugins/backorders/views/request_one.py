"""Request stock for one back order: where from, where to, how many (F062-F071)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from flask import Response, flash, request
from flask.typing import ResponseReturnValue
from flask_admin import expose

from erp_core.access import requires
from erp_core.admin.answers import go
from erp_core.db import db
from erp_core.errors import ErpError
from plugins.backorders.models import Backorder
from plugins.backorders.services import needs
from plugins.backorders.views import addresses
from plugins.backorders.views.facts import record_of
from plugins.backorders.views.page import BackorderPage, from_page, from_stock
from plugins.backorders.views.requests import (
    GONE,
    Choice,
    Form,
    Order,
    carry_out,
    choices_for,
    others,
    whole,
)
from plugins.backorders.views.words import others_wait, units
from plugins.inventory.ports import Need, SupplyLink


@dataclass(slots=True)
class Asking:
    """A back order with what can be requested for it."""

    row: Backorder
    need: Need | None
    choices: list[Choice]

    @classmethod
    def of(cls, row: Backorder) -> Asking:
        """Ask demand for the need and every source for its offers."""
        need = needs.of_backorders([row.id]).get(row.id)
        if need is None or not need.qty:
            return cls(row, None, [])
        return cls(row, need, choices_for([need])[0])

    @property
    def first(self) -> str:
        """Return the offer that is chosen at the start."""
        return next((choice.key for choice in self.choices if not choice.offer.problem), "")

    @property
    def proposed(self) -> int:
        """Return the units nobody asked a source for yet."""
        return record_of(self.row).unrequested

    def place_name(self, choice: Choice) -> str:
        """Return the form's name for the place of an offer."""
        return f"place-{self.choices.index(choice)}"

    def hint(self) -> str:
        """Say how much is short and who else waits."""
        waiters = others(self.row)
        return f"Short by {self.row.short_qty:,}; {others_wait(waiters.orders, waiters.missing)}."

    def order(self, form: Form) -> Order:
        """Read the form; raises ErpError, with the field's sentence in `form.errors`."""
        if self.need is None:
            raise ErpError(nothing_uncovered(self.row))
        chosen = [choice for choice in self.choices if choice.key == form.get("offer")]
        if not chosen or chosen[0].offer.problem:
            raise ErpError(chosen[0].offer.problem if chosen else GONE)
        try:
            qty = whole(form.get("qty"))
        except ValueError as error:
            form.errors["qty"] = str(error)
            raise ErpError(form.errors["qty"]) from None
        return Order(chosen[0], self.need, qty, form.get(self.place_name(chosen[0])))


def nothing_uncovered(row: Backorder) -> str:
    """Say why more stock cannot be requested (A07)."""
    if row.short_qty:
        return f"All {units(row.short_qty)} that are short are requested already."
    return f"Nothing of {row.number} is short, so there is nothing to request."


class RequestOne(BackorderPage):
    """The dialog behind "Request stock" and "Request additional stock"."""

    @expose("/<int:pk>/request", methods=("GET", "POST"))
    @requires("backorders.request")
    def request_stock(self, pk: int) -> ResponseReturnValue:
        """Offer every source (GET), then make or extend supply as chosen (POST)."""
        asking = Asking.of(self.row_or_404(pk))
        if request.method == "GET":
            return self._request_dialog(asking, Form())
        form = Form(request.form.to_dict())
        links = self.attempt(lambda: carry_out([asking.order(form)]), form)
        if links is None:
            return self._request_dialog(asking, form), 422
        return self.done(_said(links[0], asking.row), links[0].url)

    def attempt(self, work: Any, form: Form) -> Any:
        """Do the work inside a savepoint; a refusal is written into the form and gives None."""
        try:
            with db.session.begin_nested():
                return work()
        except ErpError as error:
            form.problem = "" if form.errors else str(error)
            return None

    def done(self, said: str, url: str = "") -> ResponseReturnValue:
        """Answer a dialog that did its work: the list as it stands now, and a toast."""
        db.session.flush()
        db.session.expire_all()
        if from_page() or from_stock() or request.headers.get("HX-Request") != "true":
            flash(said, "success")
            return go(self._after())
        toast: dict[str, Any] = {"text": said}
        if url:
            toast["link"] = {"label": "View", "url": url}
        trigger = json.dumps({"toast": toast})
        return Response(self.list_fragment(), headers={"HX-Trigger": trigger})

    def _after(self) -> str:
        pk = (request.view_args or {}).get("pk")
        if from_page() and pk:
            return str(self.get_url(".detail_view", pk=pk))
        return addresses.stock_detail() if from_stock() else self.url_with()

    def _request_dialog(self, asking: Asking, form: Form) -> str:
        return self.render(
            "backorders/request.html",
            asking=asking,
            row=asking.row,
            typed=form,
            action=request.full_path.rstrip("?"),
            nothing=nothing_uncovered(asking.row) if asking.need is None else "",
        )


def _said(link: SupplyLink, row: Backorder) -> str:
    return f"{link.number}: {units(link.qty)} requested for {row.number}."
