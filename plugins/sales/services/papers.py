"""What goes with the goods: the pick list of many orders, the packing slip of one (F142)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from erp_core.paper import Paper, PaperColumn, PaperTable
from plugins.sales.models import SalesOrder, SalesOrderLine, Shipment
from plugins.sales.services import shipping
from plugins.sales.services.entry import ADDRESS

PICKED = (
    PaperColumn("SKU", 3),
    PaperColumn("Product", 6),
    PaperColumn("Units", 2, number=True),
    PaperColumn("For", 5),
    PaperColumn("Picked", 2),
)
PACKED = (
    PaperColumn("SKU", 3),
    PaperColumn("Product", 7),
    PaperColumn("Ordered", 2, number=True),
    PaperColumn("In this parcel", 2, number=True),
    PaperColumn("To follow", 2, number=True),
)


def pick_lists(orders: Sequence[SalesOrder]) -> list[Paper]:
    """Return one list for each location: what to take, how much, and for which orders.

    Only tracked products that can leave now; lines of the orders must be loaded.
    """
    limits = shipping.shippable_units(orders)
    by_place: dict[str, list[tuple[SalesOrder, SalesOrderLine]]] = defaultdict(list)
    for order in orders:
        picked = [line for line in order.lines if line.product.tracked and line.id in limits]
        by_place[order.warehouse.name] += [(order, line) for line in picked]
    return [_pick_list(place, rows, limits) for place, rows in sorted(by_place.items()) if rows]


def _pick_list(
    place: str, rows: Sequence[tuple[SalesOrder, SalesOrderLine]], limits: Mapping[int, int]
) -> Paper:
    wanted: dict[tuple[str, str], list[tuple[str, int]]] = defaultdict(list)
    for order, line in rows:
        wanted[line.product.sku, line.product.name].append((order.number, limits[line.id]))
    cells = [
        (*product, f"{sum(units for _, units in parts):,}", _shares(parts), "")
        for product, parts in sorted(wanted.items())
    ]
    units = sum(limits[line.id] for _, line in rows)
    count = len({order.id for order, _ in rows})
    facts = (("Location", place), ("Orders", f"{count:,}"), ("Units", f"{units:,}"))
    sender = str(rows[0][0].company)
    return Paper(f"Pick list · {place}", sender, facts=facts, table=PaperTable(PICKED, cells))


def _shares(parts: Sequence[tuple[str, int]]) -> str:
    return ", ".join(f"{number}: {units:,}" for number, units in parts)


def packing_slip(order: SalesOrder) -> Paper:
    """Return the slip of what can leave of an order now."""
    return _slip(order, shipping.shippable(order), before=True)


def slip_of_shipment(shipment: Shipment, order: SalesOrder) -> Paper:
    """Return the slip of a parcel that left; what is to follow is what is open today."""
    return _slip(order, {part.order_line_id: part.qty for part in shipment.lines}, shipment)


def _slip(
    order: SalesOrder,
    units: Mapping[int, int],
    shipment: Shipment | None = None,
    *,
    before: bool = False,
) -> Paper:
    cells = [
        _packed(line, units.get(line.id, 0), before=before)
        for line in order.lines
        if line.ordered_qty > line.cancelled_qty
    ]
    facts = [("Order", order.number), ("Ordered on", f"{order.ordered_on:%d %b %Y}")]
    if shipment is not None:
        facts.append(("Shipped on", f"{shipment.at:%d %b %Y}"))
    total = (("In this parcel", f"{sum(units.values()):,}"),)
    return Paper(
        f"Packing slip {shipment.number if shipment else order.number}",
        str(order.company),
        (("Ship to", ship_to(order)), ("From", (order.warehouse.name,))),
        facts,
        PaperTable(PACKED, cells, total),
        order.note,
    )


def _packed(line: SalesOrderLine, qty: int, *, before: bool) -> tuple[str, ...]:
    follows = line.open_qty - qty if before else line.open_qty
    ordered = line.ordered_qty - line.cancelled_qty
    return line.product.sku, line.product.name, f"{ordered:,}", f"{qty:,}", f"{follows:,}"


def ship_to(order: SalesOrder) -> list[str]:
    """Return the delivery address in lines; the customer's name where there is none."""
    name, street, city, region, postcode, country = (
        getattr(order, f"ship_{part}") for part in ADDRESS
    )
    lines = [name or str(order.customer), street, f"{postcode} {city}".strip(), region, country]
    return [line for line in lines if line]
