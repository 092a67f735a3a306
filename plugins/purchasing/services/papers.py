"""A purchase order as the supplier gets it, on paper or as a file."""

from __future__ import annotations

from collections.abc import Iterable

from erp_core.paper import Paper, PaperColumn, PaperTable
from plugins.inventory.models import Warehouse
from plugins.purchasing.domain.prices import amount
from plugins.purchasing.models import PurchaseOrder, PurchaseOrderLine, Supplier
from plugins.purchasing.services.suppliers import their_skus

COLUMNS = (
    PaperColumn("Line", 2, number=True),
    PaperColumn("Product", 6),
    PaperColumn("Your SKU", 3),
    PaperColumn("Our SKU", 3),
    PaperColumn("Quantity", 3, number=True),
    PaperColumn("Unit price", 3, number=True),
    PaperColumn("Amount", 3, number=True),
)


def paper(order: PurchaseOrder) -> Paper:
    """Return the document of an order; units that were cancelled are not on it."""
    kept = [(line, line.ordered_qty - line.cancelled_qty) for line in order.lines]
    asked = [(line, units) for line, units in kept if units]
    names = their_skus(order.supplier_id, [line.product_id for line, _units in asked])
    total = sum(units * line.unit_cost_minor for line, units in asked)
    rows = [_row(line, units, order.currency, names) for line, units in asked]
    return Paper(
        f"Purchase order {order.number}",
        sender=order.company.name,
        addresses=(("To", _supplier(order.supplier)), _target(order)),
        facts=tuple(_facts(order)),
        table=PaperTable(COLUMNS, rows, (("Total", amount(total, order.currency)),)),
        note=order.note,
    )


def _row(
    line: PurchaseOrderLine, units: int, currency: str, names: dict[int, str]
) -> tuple[str, ...]:
    cost = line.unit_cost_minor
    product = (line.product.name, names.get(line.product_id, ""), line.product.sku)
    money = (amount(cost, currency), amount(cost * units, currency))
    return (str(line.position), *product, f"{units:,}", *money)


def _filled(parts: Iterable[str]) -> tuple[str, ...]:
    return tuple(part for part in parts if part)


def _supplier(row: Supplier) -> tuple[str, ...]:
    town = f"{row.postcode} {row.city}".strip()
    place = (row.street, town, row.region, row.country)
    return _filled((row.name, row.contact, *place, row.email, row.phone))


def _target(order: PurchaseOrder) -> tuple[str, tuple[str, ...]]:
    if order.ship_to_customer:
        return "Ship to customer", _filled(order.ship_to.splitlines())
    return "Deliver to", (f"{order.company.name}, {order.warehouse.name}", *_place(order.warehouse))


def _place(row: Warehouse) -> tuple[str, ...]:
    return _filled((row.street, f"{row.postcode} {row.city}".strip(), row.country))


def _facts(order: PurchaseOrder) -> Iterable[tuple[str, str]]:
    day = order.sent_at or order.created_at
    yield "Date", day.date().isoformat()
    if not order.sent_at:
        yield "Status", "Draft, not sent yet"
    if order.expected_on:
        yield "Expected on", order.expected_on.isoformat()
