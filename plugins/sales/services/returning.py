"""Customer returns: goods come back into stock; a back order is never opened again (5.2)."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from erp_core.audit import actor
from erp_core.db import db
from erp_core.errors import ErpError
from erp_core.events import publish
from plugins.inventory.events import Move, MoveKind
from plugins.inventory.models import Warehouse
from plugins.inventory.services import stock
from plugins.sales.domain.quantities import checked_return
from plugins.sales.domain.reasons import checked_note
from plugins.sales.events import GoodsReturned
from plugins.sales.models import Return, ReturnLine, SalesOrder, SalesOrderLine
from plugins.sales.services.lines import line_of
from plugins.sales.services.loading import locked, ruled, saved
from plugins.sales.services.numbers import document_numbers

RETURN = "sales.return"


def take_back(
    order_id: int, quantities: Mapping[int, int], warehouse_id: int, reason: str = ""
) -> Return:
    """Take shipped units (by line id) back into a warehouse of the order's company.

    They are stock like any other: what waits gets them at once. The order's own quantities stay
    as they are. Raises ErpError naming the product and how many can still come back.
    """
    (order,) = locked([order_id])
    place = _place(order, warehouse_id)
    before = returned_units(order)
    units = {
        line_id: _checked(line_of(order, line_id), qty, before.get(line_id, 0))
        for line_id, qty in quantities.items()
        if qty
    }
    if not units:
        raise ErpError("Nothing is chosen; enter units that came back.")
    made = _book(order, units, place, ruled(lambda: checked_note(reason)))
    moves = [
        Move(line.product_id, place.id, units[line.id], MoveKind.RETURN, line.id)
        for line in order.lines
        if line.id in units
    ]
    stock.post(moves, stock.Source(RETURN, made.id), made.reason)
    publish(GoodsReturned(made.id, order.id))
    return made


def _place(order: SalesOrder, warehouse_id: int) -> Warehouse:
    place = db.session.get(Warehouse, warehouse_id)
    if place is None or not place.active or place.company_id != order.company_id:
        raise ErpError(f"Choose a warehouse of {order.company} that is in use.")
    return place


def _checked(line: SalesOrderLine, qty: int, before: int) -> int:
    return ruled(lambda: checked_return(line.shipped_qty, before, qty, line.product.sku))


def _book(order: SalesOrder, units: Mapping[int, int], place: Warehouse, reason: str) -> Return:
    (number,) = document_numbers("RT", "goods_return", 1)
    lines = [ReturnLine(order_line_id=line_id, qty=qty) for line_id, qty in units.items()]
    made = Return(
        number=number, order=order, warehouse=place, reason=reason, actor=actor(), lines=lines
    )
    db.session.add(made)
    saved([order])
    return made


def returned_units(order: SalesOrder) -> dict[int, int]:
    """Return how many units of each line came back so far, by line id."""
    units = sa.cast(sa.func.sum(ReturnLine.qty), sa.BigInteger)
    query = (
        sa.select(ReturnLine.order_line_id, units)
        .join(Return, Return.id == ReturnLine.return_id)
        .where(Return.order_id == order.id)
        .group_by(ReturnLine.order_line_id)
    )
    return {line_id: qty for line_id, qty in db.session.execute(query)}


def returns_of(order_id: int) -> list[Return]:
    """Return what came back for an order, the newest first, with lines and products."""
    line = selectinload(Return.lines).joinedload(ReturnLine.order_line)
    whole = (line.joinedload(SalesOrderLine.product), joinedload(Return.warehouse))
    query = sa.select(Return).filter_by(order_id=order_id).order_by(Return.id.desc())
    return list(db.session.scalars(query.options(*whole)))
