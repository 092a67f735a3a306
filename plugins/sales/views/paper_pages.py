"""Pick list and packing slip: a page that prints, and the same as PDF."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from flask import Response, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose
from sqlalchemy.orm import joinedload, selectinload

from erp_core.access import requires
from erp_core.db import db
from erp_core.errors import NotFoundError
from erp_core.paper import Paper, to_pdf
from plugins.sales.models import SalesOrder, SalesOrderLine
from plugins.sales.services import papers, preparing
from plugins.sales.services.figures import shipments_of, whole_order
from plugins.sales.services.preparing import Tab
from plugins.sales.views.split_dialog import SplitDialog

MOST_ORDERS = 500
"""Orders on one pick list; more are no walk through a warehouse."""


class PaperPages(SplitDialog):
    """Addresses of papers; `?as=pdf` gives the file."""

    @expose("/<int:pk>/packing-slip")
    @requires("sales.view")
    def packing_slip(self, pk: int) -> ResponseReturnValue:
        """Show the packing slip of what can leave of an order now."""
        order = whole_order(pk)
        return self._paper([papers.packing_slip(order)], self.get_url(".detail_view", pk=pk))

    @expose("/<int:pk>/shipments/<int:shipment_id>/packing-slip")
    @requires("sales.view")
    def shipment_slip(self, pk: int, shipment_id: int) -> ResponseReturnValue:
        """Show the packing slip of a parcel that left."""
        order = whole_order(pk)
        for shipment in shipments_of(pk):
            if shipment.id == shipment_id:
                slip = papers.slip_of_shipment(shipment, order)
                return self._paper([slip], self.get_url(".detail_view", pk=pk))
        raise NotFoundError(f"{order.number} has no shipment with the id {shipment_id}.")

    @expose("/pick-list")
    @requires("sales.view")
    def pick_list(self) -> ResponseReturnValue:
        """Show what to take for the orders that are in stock, or for those of one location."""
        place = chosen_place()
        back = url_for("sales_preparation.index_view", warehouse=place)
        return self._paper(papers.pick_lists(_in_stock(place)), back, "Pick list")

    def _paper(self, drawn: Sequence[Paper], back: str, title: str = "") -> ResponseReturnValue:
        name = title or drawn[0].title
        if request.args.get("as") == "pdf":
            return _file(to_pdf(drawn, name) if drawn else b"", name)
        place = chosen_place()
        pdf = f"{request.path}?as=pdf" + (f"&warehouse={place}" if place else "")
        facts = {"papers": drawn, "title": name, "pdf_url": pdf, "return_url": back}
        return self.render("sales/paper.html", **facts)


def chosen_place() -> int | None:
    """Return the location in the address; None for all, and for anything that is no key."""
    text = request.args.get("warehouse", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else None


def _file(content: bytes, name: str) -> Response:
    if not content:
        raise NotFoundError("There is nothing to pick.")
    plain = "".join(char if char.isascii() and char.isalnum() else "-" for char in name)
    disposition = f'inline; filename="{plain}.pdf"'
    return Response(
        content, mimetype="application/pdf", headers={"Content-Disposition": disposition}
    )


def _in_stock(place: int | None) -> list[SalesOrder]:
    """Return the orders of the tab In stock, at one location or all, in the order of service."""
    lines = selectinload(SalesOrder.lines).joinedload(SalesOrderLine.product)
    query = sa.select(SalesOrder).where(preparing.in_tab(Tab.IN_STOCK))
    if place is not None:
        query = query.where(SalesOrder.warehouse_id == place)
    whole = (lines, joinedload(SalesOrder.warehouse), joinedload(SalesOrder.company))
    ordered = query.order_by(SalesOrder.priority.desc(), SalesOrder.sequence, SalesOrder.id)
    return list(db.session.scalars(ordered.options(*whole).limit(MOST_ORDERS)))
