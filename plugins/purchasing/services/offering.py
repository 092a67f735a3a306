"""What purchasing can offer to a need, and what it has on its way."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from erp_core.db import db
from plugins.inventory.models import Product, Warehouse
from plugins.inventory.ports import Incoming, Need, Offer, SupplyLink
from plugins.inventory.services import catalogue
from plugins.purchasing.domain.buying import lead_time, lot
from plugins.purchasing.domain.prices import amount
from plugins.purchasing.models import (
    INCOMING_STATUSES,
    PurchaseOrder,
    PurchaseOrderLine,
    PurchaseStatus,
    SupplierProduct,
)
from plugins.purchasing.services import suppliers
from plugins.purchasing.services.creating import RECEIVING_KINDS

NEW, EXTEND = "new", "extend"
MOST_DRAFTS = 20
VERB = "View purchase order"
Place = tuple[int, str]


def address(order_id: int) -> str:
    """Return the path of an order's page."""
    return f"/purchasing/order/{order_id}/"


@dataclass(frozen=True, slots=True)
class Facts:
    """What offers are made from, read once for all needs."""

    sold: Mapping[int, list[SupplierProduct]]
    places: Sequence[Warehouse]
    drafts: Mapping[int, Sequence[tuple[PurchaseOrder, int]]]
    skus: Mapping[int, str]


def offers_for(needs: Sequence[Need]) -> list[list[Offer]]:
    """List for each need a new order at each supplier, then drafts that can be extended."""
    sold = suppliers.sellers({need.product_id for need in needs})
    facts = Facts(
        sold=sold,
        places=[place for place in catalogue.warehouses() if place.kind in RECEIVING_KINDS],
        drafts=_drafts(needs, {row.supplier_id for rows in sold.values() for row in rows}),
        skus=_skus({product for product, rows in sold.items() if not rows}),
    )
    return [_offers(need, facts) for need in needs]


def _offers(need: Need, facts: Facts) -> list[Offer]:
    sellers = facts.sold[need.product_id]
    if not sellers:
        return [_nobody(facts.skus.get(need.product_id, "this product"))]
    places = _places(need, facts.places)
    drafts = [pair for row in sellers for pair in facts.drafts.get(row.supplier_id, ())]
    fitting = [pair for pair in drafts if _may_join(pair[0], need)]
    newest = sorted(fitting, key=lambda pair: -pair[0].id)[:MOST_DRAFTS]
    return [*(_new(row, need, places) for row in sellers), *(_extend(*pair) for pair in newest)]


def _may_join(order: PurchaseOrder, need: Need) -> bool:
    """Goods of one customer never travel to another, nor to another company."""
    to_same = not order.ship_to_customer or order.ship_to == need.ship_to.strip()
    return to_same and order.company_id == need.company_id


def _skus(product_ids: Collection[int]) -> dict[int, str]:
    found = sa.select(Product.id, Product.sku).where(Product.id.in_(product_ids))
    return {key: sku for key, sku in db.session.execute(found)} if product_ids else {}


def _nobody(sku: str) -> Offer:
    problem = f"No supplier sells {sku}; add one first."
    return Offer(key=f"{NEW}:0", title="New purchase order", detail="", problem=problem)


def _places(need: Need, known: Sequence[Warehouse]) -> tuple[Place, ...]:
    """Return where goods for a need can be delivered: its own location first (F064)."""
    mine = [place for place in known if place.company_id == need.company_id]
    mine.sort(key=lambda place: (place.id != need.warehouse_id, place.name, place.id))
    return tuple((place.id, place.name) for place in mine)


def _new(row: SupplierProduct, need: Need, places: tuple[Place, ...]) -> Offer:
    return Offer(
        key=f"{NEW}:{row.supplier_id}",
        title="New purchase order",
        detail=" · ".join(_facts(row, need.qty)),
        places=places,
        can_ship_to_customer=bool(need.ship_to),
        problem="" if places else "No active store or warehouse can receive goods.",
        fitting=lot(need.qty, row.minimum_qty, row.multiple_qty),
        supplier_id=row.supplier_id,
    )


def _facts(row: SupplierProduct, qty: int) -> list[str]:
    supplier = row.supplier
    days = lead_time(row.lead_time_days, supplier.lead_time_days)
    facts = [supplier.name, f"lead time {days} {'day' if days == 1 else 'days'}"]
    facts.append(f"{amount(row.price_minor, supplier.currency)} each")
    fitting = lot(qty, row.minimum_qty, row.multiple_qty)
    if fitting != qty:
        facts.append(f"{_lots(row)}: {fitting:,} would fit")
    if suppliers.contact_missing(supplier):
        facts.append(suppliers.CONTACT_MISSING)
    return facts


def _lots(row: SupplierProduct) -> str:
    least = f"at least {row.minimum_qty:,}" if row.minimum_qty > 1 else ""
    steps = f"in multiples of {row.multiple_qty:,}" if row.multiple_qty > 1 else ""
    return f"sold {' and '.join(part for part in (least, steps) if part)}"


def _drafts(
    needs: Sequence[Need], supplier_ids: Collection[int]
) -> Mapping[int, Sequence[tuple[PurchaseOrder, int]]]:
    """Return the newest drafts of these suppliers, with line counts, by supplier."""
    alike = (PurchaseOrder.supplier_id, PurchaseOrder.company_id, PurchaseOrder.ship_to)
    place = sa.func.row_number().over(partition_by=alike, order_by=PurchaseOrder.id.desc())
    ranked = sa.select(PurchaseOrder.id, place.label("place")).where(
        PurchaseOrder.status == PurchaseStatus.DRAFT,
        PurchaseOrder.supplier_id.in_(supplier_ids),
        PurchaseOrder.company_id.in_({need.company_id for need in needs}),
        PurchaseOrder.ship_to.in_({"", *(need.ship_to.strip() for need in needs)}),
    )
    newest = ranked.subquery()
    lines = (
        sa.select(sa.func.count(PurchaseOrderLine.id))
        .where(PurchaseOrderLine.order_id == PurchaseOrder.id)
        .scalar_subquery()
    )
    found = (
        sa.select(PurchaseOrder, lines)
        .join(newest, newest.c.id == PurchaseOrder.id)
        .where(newest.c.place <= MOST_DRAFTS)
        .options(joinedload(PurchaseOrder.supplier), joinedload(PurchaseOrder.warehouse))
    )
    grouped: dict[int, list[tuple[PurchaseOrder, int]]] = defaultdict(list)
    for order, count in db.session.execute(found):
        grouped[order.supplier_id].append((order, count))
    return grouped


def _extend(order: PurchaseOrder, lines: int) -> Offer:
    count = f"{lines} {'line' if lines == 1 else 'lines'}"
    facts = [order.number, "draft", count, "not sent yet", order.supplier.name]
    if order.ship_to_customer:
        facts.append("ships to the customer")
    return Offer(
        key=f"{EXTEND}:{order.id}",
        title="Add to open purchase order",
        detail=" · ".join(facts),
        places=((order.warehouse_id, order.warehouse.name),),
        can_ship_to_customer=order.ship_to_customer,
        supplier_id=order.supplier_id,
    )


def links(line_ids: Collection[int]) -> Mapping[int, SupplyLink]:
    """Return the orders behind purchase order lines, with what is still open."""
    found = (
        sa.select(PurchaseOrderLine, PurchaseOrder)
        .join(PurchaseOrderLine.order)
        .where(PurchaseOrderLine.id.in_(line_ids))
    )
    return {line.id: link(order, line) for line, order in db.session.execute(found)}


def due(order: PurchaseOrder, line: PurchaseOrderLine) -> date | None:
    """Return the day a line is expected: its own new date, else the order's."""
    return line.expected_on or order.expected_on


def link(order: PurchaseOrder, line: PurchaseOrderLine, qty: int | None = None) -> SupplyLink:
    """Return the words and the address that lead to an order."""
    units = line.open_qty if qty is None else qty
    return SupplyLink(order.number, address(order.id), VERB, units, due(order, line))


def incoming(product_ids: Collection[int]) -> list[Incoming]:
    """List open units of sent orders; what ships to a customer never comes into stock."""
    return _coming(product_ids, INCOMING_STATUSES)


def planned(product_ids: Collection[int]) -> list[Incoming]:
    """List the units on drafts; what ships to a customer never comes into stock."""
    return _coming(product_ids, [PurchaseStatus.DRAFT])


def _coming(product_ids: Collection[int], statuses: Sequence[PurchaseStatus]) -> list[Incoming]:
    line = PurchaseOrderLine
    day = sa.func.coalesce(line.expected_on, PurchaseOrder.expected_on)
    open_qty = line.ordered_qty - line.received_qty - line.cancelled_qty
    found = (
        sa.select(line, PurchaseOrder)
        .join(line.order)
        .where(
            line.product_id.in_(product_ids),
            PurchaseOrder.status.in_(statuses),
            PurchaseOrder.ship_to_customer.is_(False),
            open_qty > 0,
        )
        .order_by(day.is_(None), day, line.id)
    )
    return [_incoming(row, order) for row, order in db.session.execute(found)]


def _incoming(line: PurchaseOrderLine, order: PurchaseOrder) -> Incoming:
    return Incoming(
        product_id=line.product_id,
        warehouse_id=order.warehouse_id,
        qty=line.open_qty,
        expected_on=due(order, line),
        number=order.number,
        url=address(order.id),
        line_id=line.id,
    )
