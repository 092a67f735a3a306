"""Ship goods of an order: what may leave, the shipment, the announcement, the ledger rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from erp_core.audit import actor
from erp_core.db import db
from erp_core.errors import ConflictError, ErpError
from erp_core.events import publish
from erp_core.registry import providers
from erp_core.settings import settings
from plugins.inventory.events import Move, MoveKind
from plugins.inventory.services import stock
from plugins.sales.domain.money import typed
from plugins.sales.domain.quantities import from_places, in_turn
from plugins.sales.domain.statuses import Step
from plugins.sales.events import LinesShipped, ShippedLine
from plugins.sales.models import SalesOrder, SalesOrderLine, Shipment, ShipmentLine
from plugins.sales.ports import Reservations
from plugins.sales.services.lines import line_of, status_from_lines
from plugins.sales.services.loading import saved, taking
from plugins.sales.services.numbers import document_numbers
from plugins.sales.settings import SalesSettings

SHIPMENT = "sales.shipment"


def ship(order_id: int, quantities: Mapping[int, int] | None = None) -> Shipment:
    """Ship units of an order's lines (by line id), or everything that can leave now.

    Announces LinesShipped before the ledger rows, so that whoever gave the units to the lines
    takes them back first. Raises ErpError naming product, asked and possible quantity;
    ConflictError when the order's status forbids it.
    """
    (order,) = taking(Step.SHIP, [order_id])
    demand_payment(order)
    units = _chosen(order, quantities, shippable(order))
    moves = _moves(order, units)
    shipment = _book(order, units)
    publish(LinesShipped(shipment.id, tuple(_announced(order, units))))
    if moves:
        stock.post(moves, stock.Source(SHIPMENT, shipment.id))
    return shipment


def demand_payment(order: SalesOrder) -> None:
    """Refuse to ship what is not paid, where a company insists on it (A11)."""
    rules = settings(SalesSettings, company=order.company_id)
    if not rules.require_payment_before_fulfilment:
        return
    owed = order.total_minor - order.paid_minor
    if owed > 0:
        rest = f"{typed(owed, order.currency)} {order.currency}"
        raise ConflictError(f"{order.number} ships when it is paid: {rest} is owed.")


def shippable(order: SalesOrder) -> dict[int, int]:
    """Return how many units of each open line may leave now, by line id; 0 is left out."""
    return shippable_units([order])


def shippable_units(orders: Collection[SalesOrder]) -> dict[int, int]:
    """Return how many units of each open line of many orders may leave now, by line id.

    Untracked products are free to go (F027). Others are limited by what back orders gave to the
    line or, when nobody keeps account, by what is on hand at the order's location. A constant
    number of statements; 0 is left out.
    """
    lines = [(order, line) for order in orders for line in order.lines if line.open_qty]
    free = {line.id: line.open_qty for _, line in lines if not line.product.tracked}
    kept = [(order, line) for order, line in lines if line.product.tracked]
    found = given([line.id for _, line in kept])
    limits = _on_hand_limits(kept) if found is None else found
    return free | {
        line.id: min(line.open_qty, limits[line.id])
        for _, line in kept
        if limits.get(line.id, 0) > 0
    }


def given(line_ids: Sequence[int]) -> Mapping[int, int] | None:
    """Return the units given to lines by whoever keeps account; None when nobody does."""
    for port in providers(Reservations):  # type: ignore[type-abstract]
        answer = port.shippable(line_ids)
        if answer is not None:
            return answer
    return None


def _on_hand_limits(kept: Sequence[tuple[SalesOrder, SalesOrderLine]]) -> dict[int, int]:
    """Share what is on hand among the lines of one order and product, in their order."""
    held = stock.on_hand({line.product_id for _, line in kept})
    wanted: dict[tuple[int, int, int], list[tuple[int, int]]] = defaultdict(list)
    for order, line in kept:
        wanted[order.id, line.product_id, order.warehouse_id].append((line.id, line.open_qty))
    limits: dict[int, int] = {}
    for (_, *place), open_lines in wanted.items():
        limits |= in_turn(open_lines, held.get((place[0], place[1]), 0))
    return limits


@dataclass(frozen=True, slots=True)
class _Asked:
    """One line and what somebody wants to ship of it."""

    line: SalesOrderLine
    qty: int
    limit: int

    def checked(self) -> int:
        """Return the quantity; raises ErpError when it cannot leave."""
        sku = self.line.product.sku
        if self.qty < 0:
            raise ErpError(f"The quantity of {sku} is {self.qty}; ship 0 or more.")
        if self.qty > self.line.open_qty:
            facts = f"{self.qty} were asked, {self.line.open_qty} are open"
            raise ErpError(f"That is more of {sku} than was ordered: {facts}.")
        if self.qty > self.limit:
            raise ErpError(f"{self.limit} of {sku} can ship now; {self.qty} were asked.")
        return self.qty


def _chosen(
    order: SalesOrder, quantities: Mapping[int, int] | None, limits: Mapping[int, int]
) -> dict[int, int]:
    if quantities is None:
        chosen = dict(limits)
    else:
        asked = [
            _Asked(line_of(order, line_id), qty, limits.get(line_id, 0))
            for line_id, qty in quantities.items()
        ]
        chosen = {one.line.id: one.checked() for one in asked if one.qty}
    if not chosen:
        raise ErpError(f"Nothing of {order.number} can ship now: nothing is available or chosen.")
    return chosen


def _moves(order: SalesOrder, units: Mapping[int, int]) -> list[Move]:
    """Take the units from the warehouses of the order's pool, its own first."""
    lines = [line for line in order.lines if line.id in units and line.product.tracked]
    held = dict(stock.on_hand({line.product_id for line in lines})) if lines else {}
    places = pool_of(order.warehouse_id)
    moves: list[Move] = []
    for line in lines:
        here = {place: held.get((line.product_id, place), 0) for place in places}
        taken = from_places(units[line.id], here, places)
        if sum(taken.values()) < units[line.id]:
            raise ErpError(
                f"{sum(here.values())} of {line.product.sku} are on hand at {order.warehouse}; "
                f"{units[line.id]} were asked."
            )
        for place, qty in taken.items():
            held[line.product_id, place] -= qty
            moves.append(Move(line.product_id, place, -qty, MoveKind.SHIPMENT, line.id))
    return moves


def pool_of(warehouse_id: int) -> list[int]:
    """Return the warehouses that an order at this location draws on, its own first."""
    for port in providers(Reservations):  # type: ignore[type-abstract]
        places = port.pool_warehouses(warehouse_id)
        if places:
            return places
    return [warehouse_id]


def _book(order: SalesOrder, units: Mapping[int, int]) -> Shipment:
    (number,) = document_numbers("SH", "shipment", 1)
    parts = []
    for line in order.lines:
        if line.id in units:
            line.shipped_qty += units[line.id]
            parts.append(ShipmentLine(order_line_id=line.id, qty=units[line.id]))
    shipment = Shipment(number=number, order=order, actor=actor(), lines=parts)
    db.session.add(shipment)
    order.status = status_from_lines(order)
    saved([order])
    return shipment


def _announced(order: SalesOrder, units: Mapping[int, int]) -> list[ShippedLine]:
    return [
        ShippedLine(line.id, order.id, line.product_id, units[line.id])
        for line in order.lines
        if line.id in units
    ]
