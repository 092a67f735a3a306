"""Turning chosen offers into purchase orders and pegs (F063-F069)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from erp_core.db import db
from erp_core.errors import ConflictError, ErpError
from plugins.inventory.ports import SupplyLink, SupplyRequest
from plugins.inventory.services import pegs
from plugins.purchasing.domain.status import Step
from plugins.purchasing.models import (
    SUPPLY_SOURCE,
    PurchaseOrder,
    PurchaseOrderLine,
    PurchaseStatus,
)
from plugins.purchasing.services import loading, offering, orders, suppliers
from plugins.purchasing.services.creating import NewPurchase, NewPurchaseLine, check_qty, create


class Group(NamedTuple):
    """Requests that stand on one new order: same supplier, place and customer, sent or not."""

    supplier_id: int
    place_id: int
    company_id: int
    ship_to: str
    send: bool


Found = dict[int, tuple[PurchaseOrder, PurchaseOrderLine]]
"""The order and line of each request, by its place in the list."""


def request(wanted: Sequence[SupplyRequest]) -> list[SupplyLink]:
    """Make one order for each supplier, place and customer; extend chosen drafts; peg all.

    The quantity is bought as the person wrote it. Pegged is at most what the need is short of;
    the rest is bought for stock.
    """
    for item in wanted:
        check_qty(item.qty)
    _check_sellers(wanted)
    made = _make(wanted) | _extend(wanted)
    links = [_link(*made[place], item) for place, item in enumerate(wanted)]
    pegs.add([_peg(made[place][1].id, item) for place, item in enumerate(wanted)])
    return links


def _link(order: PurchaseOrder, line: PurchaseOrderLine, item: SupplyRequest) -> SupplyLink:
    return offering.link(order, line, item.qty)


def _peg(line_id: int, item: SupplyRequest) -> pegs.NewPeg:
    need = item.need
    qty = min(item.qty, need.qty) if need.qty > 0 else item.qty
    return pegs.NewPeg(SUPPLY_SOURCE, line_id, need.source, need.line_id, need.product_id, qty)


def _parse(offer: str) -> tuple[str, int]:
    kind, _, key = offer.partition(":")
    if kind not in (offering.NEW, offering.EXTEND) or not key.isdecimal() or len(key) > 18:
        raise ErpError("This way to get stock does not exist; choose one from the list.")
    return kind, int(key)


def _check_sellers(wanted: Sequence[SupplyRequest]) -> None:
    """Refuse a supplier that stopped selling the product since it was offered."""
    sold = suppliers.sellers({item.need.product_id for item in wanted})
    for item in wanted:
        kind, key = _parse(item.offer)
        sellers = {row.supplier_id for row in sold[item.need.product_id]}
        if kind == offering.NEW and key not in sellers:
            raise ConflictError(
                f"{item.need.label}: this supplier does not sell the product (any more). "
                "Choose another way to get it."
            )


def _make(wanted: Sequence[SupplyRequest]) -> Found:
    groups: dict[Group, list[int]] = defaultdict(list)
    for place, item in enumerate(wanted):
        if _parse(item.offer)[0] == offering.NEW:
            groups[_group(item)].append(place)
    made = create([_purchase(group, [wanted[x] for x in xs]) for group, xs in groups.items()])
    found: Found = {}
    for order, places in zip(made, groups.values(), strict=True):
        lines = {line.product_id: line for line in order.lines}
        found |= {place: (order, lines[wanted[place].need.product_id]) for place in places}
    return found


def _group(item: SupplyRequest) -> Group:
    need = item.need
    if item.ship_to_customer and not need.ship_to.strip():
        raise ErpError(f"{need.label}: the customer has no delivery address to ship to.")
    return Group(
        supplier_id=_parse(item.offer)[1],
        place_id=need.warehouse_id if item.place_id is None else item.place_id,
        company_id=need.company_id,
        ship_to=need.ship_to.strip() if item.ship_to_customer else "",
        send=item.send,
    )


def _purchase(group: Group, items: Iterable[SupplyRequest]) -> NewPurchase:
    return NewPurchase(
        supplier_id=group.supplier_id,
        warehouse_id=group.place_id,
        company_id=group.company_id,
        ship_to_customer=bool(group.ship_to),
        ship_to=group.ship_to,
        status=PurchaseStatus.SENT if group.send else PurchaseStatus.DRAFT,
        lines=tuple(NewPurchaseLine(item.need.product_id, item.qty) for item in items),
    )


def _extend(wanted: Sequence[SupplyRequest]) -> Found:
    groups: dict[int, list[int]] = defaultdict(list)
    for place, item in enumerate(wanted):
        kind, key = _parse(item.offer)
        if kind == offering.EXTEND:
            groups[key].append(place)
    found: Found = {}
    for order_id, places in sorted(groups.items()):
        order = loading.for_change(order_id, Step.EDIT)
        items = {place: wanted[place] for place in places}
        _check_order(order, items)
        lines = orders.add_lines(order_id, [_new_line(item) for item in items.values()])
        found |= {place: (order, line) for place, line in zip(items, lines, strict=True)}
        if any(item.send for item in items.values()):
            orders.mark_sent(order_id)
    db.session.flush()
    return found


def _new_line(item: SupplyRequest) -> NewPurchaseLine:
    return NewPurchaseLine(item.need.product_id, item.qty)


def _check_order(order: PurchaseOrder, items: Mapping[int, SupplyRequest]) -> None:
    """Goods of one customer must not travel to another, nor to another company."""
    ids = [item.need.product_id for item in items.values()]
    sold = suppliers.prices(order.supplier_id, ids)
    for item in items.values():
        need, name = item.need, f"{order.number}: "
        if need.product_id not in sold:
            raise ConflictError(f"{name}{order.supplier.name} does not sell this product.")
        if need.company_id != order.company_id:
            raise ErpError(f"{name}it belongs to another company than {need.label}.")
        if order.ship_to_customer and order.ship_to != need.ship_to.strip():
            raise ErpError(f"{name}it ships to another customer than {need.label} is for.")
        if item.ship_to_customer and not order.ship_to_customer:
            raise ErpError(f"{name}it does not ship to the customer; make a new order for that.")
