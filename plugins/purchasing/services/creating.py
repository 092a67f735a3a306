"""New purchase orders: what was asked is checked as a whole, then written as a whole."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TypeVar

import sqlalchemy as sa

from erp_core.db import db, next_values, now
from erp_core.errors import ErpError
from erp_core.events import publish
from plugins.inventory.models import Product, Warehouse, WarehouseKind
from plugins.purchasing.domain.arrival import MOST, is_quantity
from plugins.purchasing.domain.buying import expected_on, lead_time
from plugins.purchasing.events import PurchaseOrderSent
from plugins.purchasing.models import (
    PurchaseOrder,
    PurchaseOrderLine,
    PurchaseStatus,
    Supplier,
    SupplierProduct,
)

MOST_MINOR = 10**12
"""The largest unit cost, in minor units."""

MOST_TEXT = 500
"""Characters of an address or a note."""

RECEIVING_KINDS = (WarehouseKind.STORE, WarehouseKind.WAREHOUSE)
"""Kinds of warehouses that goods can be delivered to."""

Row = TypeVar("Row", Supplier, Warehouse, Product)


@dataclass(frozen=True, slots=True)
class NewPurchaseLine:
    """Units of a product to buy; without a cost, the supplier's price, else the product's cost."""

    product_id: int
    qty: int
    unit_cost_minor: int | None = None


@dataclass(frozen=True, slots=True)
class NewPurchase:
    """A purchase order to make: a draft, or one that the supplier has already (`status="sent"`).

    `ship_to` is the customer's address of an order that ships to the customer (F066).
    """

    supplier_id: int
    warehouse_id: int
    lines: tuple[NewPurchaseLine, ...]
    company_id: int | None = None
    expected_on: date | None = None
    ship_to_customer: bool = False
    ship_to: str = ""
    status: str = PurchaseStatus.DRAFT
    external_id: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the purchases refer to, read once for all of them."""

    suppliers: Mapping[int, Supplier]
    warehouses: Mapping[int, Warehouse]
    products: Mapping[int, Product]
    sold: Mapping[tuple[int, int], SupplierProduct]


def create(purchases: Sequence[NewPurchase]) -> list[PurchaseOrder]:
    """Make purchase orders, in the order given; a product asked for twice becomes one line.

    Raises ErpError for an unknown or inactive supplier, a place that receives no goods, a
    quantity that is no whole number from 1 to 1,000,000, or a missing customer address.
    """
    facts = _facts(purchases)
    numbers = next_values("purchase_order", len(purchases))
    pairs = zip(purchases, numbers, strict=True)
    orders = [_order(wanted, facts, drawn) for wanted, drawn in pairs]
    db.session.add_all(orders)
    db.session.flush()
    for order in orders:
        if order.status == PurchaseStatus.SENT:
            publish(PurchaseOrderSent(order.id))
    return orders


def _facts(purchases: Sequence[NewPurchase]) -> Facts:
    products = {line.product_id for wanted in purchases for line in wanted.lines}
    suppliers = {wanted.supplier_id for wanted in purchases}
    return Facts(
        suppliers=_by_id(Supplier, suppliers),
        warehouses=_by_id(Warehouse, {wanted.warehouse_id for wanted in purchases}),
        products=_by_id(Product, products),
        sold=_sold(suppliers, products),
    )


def _by_id(model: type[Row], ids: Collection[int]) -> dict[int, Row]:
    return {row.id: row for row in db.session.scalars(sa.select(model).where(model.id.in_(ids)))}


def _sold(
    suppliers: Collection[int], products: Collection[int]
) -> dict[tuple[int, int], SupplierProduct]:
    found = sa.select(SupplierProduct).where(
        SupplierProduct.supplier_id.in_(suppliers), SupplierProduct.product_id.in_(products)
    )
    return {(row.supplier_id, row.product_id): row for row in db.session.scalars(found)}


def _order(wanted: NewPurchase, facts: Facts, drawn: int) -> PurchaseOrder:
    supplier = _supplier(wanted, facts)
    place = _place(wanted, facts)
    ship_to = wanted.ship_to.strip()
    if wanted.ship_to_customer and not ship_to:
        raise ErpError("An order that ships to the customer needs the customer's address.")
    _check_length("The customer's address", ship_to)
    _check_length("The note", wanted.note)
    return PurchaseOrder(
        number=f"PO-{1000 + drawn}",
        company_id=place.company_id,
        supplier_id=supplier.id,
        warehouse_id=place.id,
        ship_to_customer=wanted.ship_to_customer,
        ship_to=ship_to if wanted.ship_to_customer else "",
        currency=supplier.currency,
        external_id=wanted.external_id,
        note=wanted.note,
        lines=_lines(wanted, facts),
        **_state(wanted, supplier, facts),
    )


def _check_length(what: str, text: str) -> None:
    if len(text) > MOST_TEXT:
        raise ErpError(f"{what} has {len(text):,} characters; at most {MOST_TEXT} are allowed.")


def _state(wanted: NewPurchase, supplier: Supplier, facts: Facts) -> dict[str, object]:
    if wanted.status == PurchaseStatus.DRAFT:
        return {"status": PurchaseStatus.DRAFT, "expected_on": wanted.expected_on}
    if wanted.status != PurchaseStatus.SENT or not wanted.lines:
        raise ErpError("A new purchase order is a draft, or sent with at least one line.")
    sold = (facts.sold.get((supplier.id, line.product_id)) for line in wanted.lines)
    own = [row.lead_time_days if row else None for row in sold]
    days = [lead_time(item, supplier.lead_time_days) for item in own]
    due = wanted.expected_on or expected_on(datetime.now(UTC).date(), days)
    return {"status": PurchaseStatus.SENT, "sent_at": now(), "expected_on": due}


def _supplier(wanted: NewPurchase, facts: Facts) -> Supplier:
    supplier = facts.suppliers.get(wanted.supplier_id)
    if supplier is None:
        raise ErpError("Choose a supplier; the one chosen does not exist (any more).")
    if not supplier.active:
        raise ErpError(f"{supplier.name} is not active; activate the supplier or choose another.")
    return supplier


def _place(wanted: NewPurchase, facts: Facts) -> Warehouse:
    place = facts.warehouses.get(wanted.warehouse_id)
    if place is None:
        raise ErpError("Choose a location to deliver to; the one chosen does not exist (any more).")
    check_place(place)
    if wanted.company_id not in (None, place.company_id):
        raise ErpError(f"{place.name} belongs to another company; choose a location of this one.")
    return place


def check_place(place: Warehouse) -> None:
    """Refuse a location that goods cannot be delivered to (F064)."""
    if not place.active or place.kind not in RECEIVING_KINDS:
        raise ErpError(f"{place.name} cannot receive goods; choose an active store or warehouse.")


def _lines(wanted: NewPurchase, facts: Facts) -> list[PurchaseOrderLine]:
    unknown = [line for line in wanted.lines if line.product_id not in facts.products]
    if unknown:
        raise ErpError("A product on the order does not exist (any more); remove its line.")
    costs = _costs(wanted.supplier_id, wanted.lines, facts)
    return [
        PurchaseOrderLine(
            position=place,
            product_id=product_id,
            ordered_qty=qty,
            received_qty=0,
            cancelled_qty=0,
            unit_cost_minor=costs[product_id],
        )
        for place, (product_id, qty) in enumerate(_summed(wanted.lines).items(), start=1)
    ]


def _summed(lines: Sequence[NewPurchaseLine]) -> dict[int, int]:
    """Add up the quantities of each product, in the order of first mention."""
    sums: dict[int, int] = {}
    for line in lines:
        check_qty(line.qty)
        sums[line.product_id] = sums.get(line.product_id, 0) + line.qty
        check_qty(sums[line.product_id])
    return sums


def priced(supplier_id: int, lines: Sequence[NewPurchaseLine]) -> dict[int, int]:
    """Return the unit cost of each product: as given, as the supplier asks, else its own cost.

    Raises ErpError for unknown products, quantities and costs that are not allowed.
    """
    ids = {line.product_id for line in lines}
    products, sold = _by_id(Product, ids), _sold({supplier_id}, ids)
    if ids - products.keys():
        raise ErpError("This product does not exist (any more).")
    _summed(lines)
    return _costs(supplier_id, lines, Facts({}, {}, products, sold))


def _costs(supplier_id: int, lines: Sequence[NewPurchaseLine], facts: Facts) -> dict[int, int]:
    costs: dict[int, int] = {}
    for line in lines:
        sold = facts.sold.get((supplier_id, line.product_id))
        usual = sold.price_minor if sold else facts.products[line.product_id].cost_minor
        costs.setdefault(line.product_id, usual)
        if line.unit_cost_minor is not None:
            check_cost(line.unit_cost_minor)
            costs[line.product_id] = line.unit_cost_minor
    return costs


def check_qty(qty: object) -> None:
    """Refuse what is no whole number of units from 1 to 1,000,000."""
    if not is_quantity(qty):
        raise ErpError(f"{str(qty)[:30]} is not a quantity. Whole number from 1 to {MOST:,}.")


def check_cost(cost: object) -> None:
    """Refuse a unit cost that is not an amount in minor units from 0 up."""
    if type(cost) is not int or not 0 <= cost <= MOST_MINOR:
        raise ErpError(f"{str(cost)[:30]} is not a unit cost: minor units from 0 up are.")
