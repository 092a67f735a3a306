"""Receipts: goods arrive and the ledger is written; waiting orders get them in the same step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from erp_core.audit import actor
from erp_core.db import db, next_value, now
from erp_core.errors import ErpError
from erp_core.events import publish
from plugins.inventory.events import Move, MoveKind
from plugins.inventory.services import pegs, stock
from plugins.inventory.services.pegs import Share
from plugins.purchasing.domain import arrival
from plugins.purchasing.domain.status import Step
from plugins.purchasing.events import GoodsReceived
from plugins.purchasing.models import SUPPLY_SOURCE, PurchaseOrder, Receipt, ReceiptLine
from plugins.purchasing.services import loading

LEDGER_SOURCE = "purchasing.receipt"
"""Under this name receipts stand in the stock ledger; the row's line is the order line (I9)."""


@dataclass(frozen=True, slots=True)
class Terms:
    """How goods are taken in: who gets units at once (F094), and why more came than was open."""

    handed: Sequence[Share] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Arrived:
    """What came, by line id in stock units: all of it, past our stock, and beyond what was open."""

    units: Mapping[int, int]
    direct: Mapping[int, int]
    over: Mapping[int, int]


def receive(
    order_id: int,
    quantities: Mapping[int, int] | None = None,
    *,
    version: int | None = None,
    terms: Terms | None = None,
) -> Receipt:
    """Receive goods of an order by line id, or everything that is open.

    Goods of an order that ships to the customer come in and go out in one step, and who waits for
    them has them (F108, A28). `version` is what the person saw: a form that is sent twice has one
    effect (I11). Raises ConflictError when nothing is open or the order changed, ErpError for
    more than is open and tolerated, or for an unexplained excess.
    """
    order = loading.for_change(order_id, Step.RECEIVE, version=version)
    terms = terms or Terms()
    units = _checked(order, quantities, terms.reason)
    shares = _shares(order, units, terms.handed)
    arrived = _arrived(order, units, shares)
    receipt = _write(order, arrived, terms.reason)
    moves = _moves(order, arrived)
    still_open = {line.id: line.open_qty for line in order.lines if line.id in units}
    document, at_door = receipt.id, not order.ship_to_customer
    # From here on listeners may expire what the session holds: only plain values are used.
    pegs.deliver(SUPPLY_SOURCE, shares, at_door=at_door)
    stock.post(moves, stock.Source(LEDGER_SOURCE, document))
    pegs.shrink_supply(SUPPLY_SOURCE, still_open)
    publish(GoodsReceived(document, order_id))
    return receipt


def _checked(
    order: PurchaseOrder, quantities: Mapping[int, int] | None, reason: str
) -> dict[int, int]:
    lines = loading.expected(order)
    units = arrival.everything(lines) if quantities is None else dict(quantities)
    problem = arrival.problem(order.number, lines, units)
    problem = problem or arrival.unexplained(order.number, lines, units, reason)
    if problem:
        raise ErpError(problem)
    return units


def _shares(
    order: PurchaseOrder, units: Mapping[int, int], handed: Sequence[Share]
) -> Sequence[Share]:
    if order.ship_to_customer:
        return pegs.due(SUPPLY_SOURCE, units)
    return handed


def _arrived(order: PurchaseOrder, units: Mapping[int, int], shares: Sequence[Share]) -> Arrived:
    over = arrival.excess(loading.expected(order), units)
    return Arrived(units, _direct(order, units, shares), over)


def _direct(
    order: PurchaseOrder, units: Mapping[int, int], shares: Sequence[Share]
) -> Mapping[int, int]:
    """Return the units by line that never lie in our stock."""
    if order.ship_to_customer:
        return units
    sums: Counter[int] = Counter()
    for share in shares:
        sums[share.supply_line_id] += share.qty
    for line in order.lines:
        if sums[line.id] > units.get(line.id, 0):
            raise ErpError(
                f"{order.number} line {line.position}: {sums[line.id]:,} are handed over, but "
                f"{units.get(line.id, 0):,} came. Hand over no more than came."
            )
    return sums


def _write(order: PurchaseOrder, arrived: Arrived, reason: str) -> Receipt:
    lines = [line for line in order.lines if line.id in arrived.units]
    receipt = Receipt(
        number=f"RC-{1000 + next_value('receipt')}",
        order_id=order.id,
        actor=actor(),
        reason=reason.strip()[:254],
        lines=[
            ReceiptLine(
                order_line_id=line.id,
                qty=arrived.units[line.id],
                direct_qty=arrived.direct.get(line.id, 0),
                over_qty=arrived.over.get(line.id, 0),
                stocked=line.product.tracked,
            )
            for line in lines
        ],
    )
    db.session.add(receipt)
    for line in lines:
        line.over_qty += arrived.over.get(line.id, 0)
        line.ordered_qty += arrived.over.get(line.id, 0)
        line.received_qty += arrived.units[line.id]
    loading.settle(order)
    order.changed_at = now()
    db.session.flush()
    return receipt


def _moves(order: PurchaseOrder, arrived: Arrived) -> list[Move]:
    """Return what comes in and, for what goes straight on, what leaves with it: net zero (A28)."""
    here = order.warehouse_id
    moves = []
    for line in order.lines:
        if line.id in arrived.units:
            came, left = arrived.units[line.id], arrived.direct.get(line.id, 0)
            moves.append(Move(line.product_id, here, came, MoveKind.RECEIPT, line.id))
            if left:
                moves.append(Move(line.product_id, here, -left, MoveKind.DELIVERY, line.id))
    return moves
