"""Receiving: what arrived, who is handed units straight away, and scanning at the door."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from flask import flash, request
from flask.typing import ResponseReturnValue
from flask_admin import expose

from erp_core.access import requires
from erp_core.admin.answers import from_htmx, go
from erp_core.db import db
from erp_core.errors import ErpError
from erp_core.settings import settings
from plugins.purchasing.domain.status import Step
from plugins.purchasing.models import PurchaseOrder, PurchaseOrderLine, Receipt
from plugins.purchasing.services import crossdock, loading
from plugins.purchasing.settings import PurchasingSettings
from plugins.purchasing.views import typed
from plugins.purchasing.views.mixin import Mixin, here
from plugins.purchasing.views.order_steps import ready
from plugins.purchasing.views.typed import Typed

Ticked = Mapping[int, list[str]]


class ReceiveStep(Mixin):
    """Goods come for an order that was sent."""

    @expose("/<int:pk>/receive")
    @requires("purchasing.order.receive")
    def receive_view(self, pk: int) -> ResponseReturnValue:
        """Ask what arrived; everything that is open is proposed."""
        return self._receive(ready(pk, Step.RECEIVE), Typed({}), {})

    def _receive(self, order: PurchaseOrder, form: Typed, ticked: Ticked, problem: str = "") -> str:
        kind = "dialog" if from_htmx() else "page"
        rules = settings(PurchasingSettings, company=order.company_id)
        return self.render(
            f"purchasing/receive_{kind}.html",
            order=order,
            title=order.number,
            lines_open=[line for line in order.lines if line.open_qty],
            waiting=crossdock.candidates(order),
            codes=codes,
            form=form,
            ticked=ticked,
            problem=problem,
            tolerance=rules.over_receipt_percent,
        )

    @expose("/<int:pk>/receive", methods=("POST",))
    @requires("purchasing.order.receive")
    def receive_goods_view(self, pk: int) -> ResponseReturnValue:
        """Put what arrived into stock; a form that is sent twice has one effect (F096, I11)."""
        form = typed.typed()
        order = loading.get(pk)
        read = {x.id: form.read(f"arrived-{x.id}", typed.arrived, 0) for x in order.lines}
        ticked = {x.id: request.form.getlist(f"hand-{x.id}") for x in order.lines}
        reason = form.text("reason", 254)
        if form.errors:
            said = "Nothing was received: check the marked fields."
            return self._receive(order, form, ticked, said), 422
        try:
            version = typed.seen_version()
            units = {key: qty for key, qty in read.items() if qty}
            receipt = crossdock.receive(pk, units, ticked, version=version, reason=reason)
        except ErpError as error:
            if error.status != 422:
                raise
            db.session.rollback()
            return self._receive(loading.get(pk), form, ticked, str(error)), 422
        flash(_said(receipt), "success")
        return go(here(self.get_url(".detail_view", pk=pk)))


def codes(line: PurchaseOrderLine) -> str:
    """Return what a scanner may read on the goods of a line: its SKU and its barcode, as JSON."""
    product = line.product
    known: list[Any] = [product.sku, *([product.barcode] if product.barcode else [])]
    return json.dumps(known)


def _said(receipt: Receipt) -> str:
    came = sum(line.qty for line in receipt.lines)
    direct = sum(line.direct_qty for line in receipt.lines)
    parts = [f"{came - direct:,} {_units(came - direct)} put into stock"] if came > direct else []
    parts += [f"{direct:,} {_units(direct)} handed straight to customers"] if direct else []
    return f"{receipt.number}: {', '.join(parts)}."


def _units(count: int) -> str:
    return "unit" if count == 1 else "units"
