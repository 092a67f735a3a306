"""Split an order: open units go to a linked child order with the same place in the queue (F105)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from erp_core.db import db
from erp_core.events import publish
from plugins.sales.domain.splitting import (
    Piece,
    Splittable,
    credit,
    leaves_something,
    waiting,
)
from plugins.sales.domain.splitting import split as pieces_of
from plugins.sales.domain.statuses import OrderStatus, Step
from plugins.sales.events import LineMoved, OrderSplit
from plugins.sales.models import SalesOrder, SalesOrderLine
from plugins.sales.services import payments
from plugins.sales.services.entry import ADDRESS
from plugins.sales.services.lines import figures, line_of, settle_status
from plugins.sales.services.loading import ruled, saved, taking_with_kin
from plugins.sales.services.numbers import document_numbers
from plugins.sales.services.shipping import shippable

CARRIED = "Carried over"
INHERITED = (
    "company_id",
    "customer_id",
    "warehouse_id",
    "sequence",
    "priority",
    "ordered_on",
    "required_on",
    "channel",
    "currency",
    "confirmed_at",
    *(f"ship_{part}" for part in ADDRESS),
)
"""What a child order has from its parent; number, note and external id are its own."""


@dataclass(frozen=True, slots=True)
class Split:
    """Both orders after a split, and which units went where."""

    parent: SalesOrder
    child: SalesOrder
    moved: tuple[LineMoved, ...]


def split(order_id: int, quantities: Mapping[int, int], *, carry_credit: bool = False) -> Split:
    """Move chosen open units (by line id) to a new child order; what is shippable best stays.

    With `carry_credit`, money paid beyond what the parent is worth now goes along (A15). Raises
    ErpError saying what cannot be split, ConflictError for an approved order.
    """
    order, last = taking_with_kin(Step.SPLIT, order_id)
    return _split(order, last, quantities, covered={}, carry_credit=carry_credit)


def child_for_fill(
    order_id: int, quantities: Mapping[int, int], *, carry_credit: bool = False
) -> Split | None:
    """Move units that are being filled out of an approved order, with their stock (A13).

    None when they are filled in place: the order is not approved, or nothing would stay in it.
    The child is not approved yet. Raises ErpError as `split` does.
    """
    order, last = taking_with_kin(Step.FILL, order_id) if _approved(order_id) else (None, 0)
    if order is None or not leaves_something(_splittable(order), quantities):
        return None
    return _split(order, last, quantities, covered=quantities, carry_credit=carry_credit)


def _approved(order_id: int) -> bool:
    order = db.session.get(SalesOrder, order_id)
    return order is not None and order.approved_at is not None


def waiting_units(order: SalesOrder) -> dict[int, int]:
    """Return the open units of each line that cannot ship now: what a split proposes to move."""
    return waiting(_splittable(order), shippable(order))


def _splittable(order: SalesOrder) -> list[Splittable]:
    return [
        Splittable(line.id, line.product.sku, figures(line), line.total_minor)
        for line in order.lines
    ]


def _split(
    order: SalesOrder,
    last: int,
    quantities: Mapping[int, int],
    covered: Mapping[int, int],
    *,
    carry_credit: bool,
) -> Split:
    for line_id in quantities:
        line_of(order, line_id)
    pieces = ruled(lambda: pieces_of(_splittable(order), quantities))
    child, made = _child(order, pieces, last)
    settle_status(order)
    saved([order])
    moved = tuple(
        LineMoved(piece.line_id, line.id, piece.moved, covered.get(piece.line_id, 0))
        for piece, line in zip(pieces, made, strict=True)
    )
    if carry_credit:
        _carry(order, child)
    publish(OrderSplit(order.id, child.id, moved))
    return Split(order, child, moved)


def _child(
    order: SalesOrder, pieces: Sequence[Piece], last: int
) -> tuple[SalesOrder, list[SalesOrderLine]]:
    (number,) = document_numbers("SO", "sales_order", 1)
    child = SalesOrder(number=number, parent_id=order.id, status=OrderStatus.CONFIRMED)
    for name in INHERITED:
        setattr(child, name, getattr(order, name))
    if order.status == OrderStatus.ON_HOLD:
        child.status = OrderStatus.ON_HOLD
    made = [
        _moved_line(line_of(order, piece.line_id), piece, position)
        for position, piece in enumerate(pieces, start=last + 1)
    ]
    child.lines.extend(made)
    db.session.add(child)
    db.session.flush()
    return child, made


def _moved_line(line: SalesOrderLine, piece: Piece, position: int) -> SalesOrderLine:
    """Take the piece out of its line; both lines together cost what the one did."""
    made = SalesOrderLine(
        position=position,
        product=line.product,
        ordered_qty=piece.moved,
        shipped_qty=0,
        cancelled_qty=0,
        unit_price_minor=line.unit_price_minor,
        discount_bp=line.discount_bp,
        rounding_minor=0,
    )
    line.ordered_qty, line.rounding_minor = line.ordered_qty - piece.moved, 0
    made.rounding_minor = piece.moved_minor - made.total_minor
    line.rounding_minor = piece.kept_minor - line.total_minor
    return made


def _carry(order: SalesOrder, child: SalesOrder) -> None:
    """Move what was paid beyond the parent's worth, as money paid back here and received there."""
    amount = credit(order.total_minor, order.paid_minor, child.total_minor)
    if amount:
        payments.record(order.id, CARRIED, -amount, child.number)
        payments.record(child.id, CARRIED, amount, order.number)
