"""Enter new orders and lines, many at once, with a constant number of statements."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from erp_core.audit import actor
from erp_core.db import db
from erp_core.errors import ConflictError, ErpError
from plugins.inventory.models import Product, Warehouse, WarehouseKind
from plugins.inventory.services.upsert import chunks
from plugins.sales.domain.money import FULL_DISCOUNT_BP, MAX_PRICE_MINOR
from plugins.sales.domain.quantities import MAX_LINES, checked
from plugins.sales.models import (
    Customer,
    OrderStatus,
    SalesOrder,
    SalesOrderLine,
    Shipment,
    ShipmentLine,
)
from plugins.sales.services.loading import ruled
from plugins.sales.services.numbers import document_numbers, give_ids

Row = TypeVar("Row")
Keyed = TypeVar("Keyed", Customer, Product)
SELLING = (WarehouseKind.STORE, WarehouseKind.WAREHOUSE)


@dataclass(frozen=True, slots=True)
class NewLine:
    """A product to order; price in minor units, None takes the product's; discount in 1/100 %."""

    product_id: int
    qty: int
    unit_price_minor: int | None = None
    discount_bp: int = 0


@dataclass(frozen=True, slots=True)
class NewOrder:
    """An order to enter as a draft; with `shipped_on` it is history: fulfilled, moves no stock.

    Blank ship-to fields take the customer's address; `number` None draws the next one.
    """

    customer_id: int
    warehouse_id: int
    lines: tuple[NewLine, ...]
    ordered_on: date
    required_on: date | None = None
    channel: str = "office"
    external_id: str | None = None
    shipped_on: date | None = None
    ship_name: str = ""
    ship_street: str = ""
    ship_city: str = ""
    ship_region: str = ""
    ship_postcode: str = ""
    ship_country: str = ""
    note: str = ""
    number: str | None = None
    priority: int = 0
    parent_id: int | None = None
    entry_key: str | None = None


def create(orders: Sequence[NewOrder]) -> list[SalesOrder]:
    """Enter orders as drafts (or history) and return them in the same order.

    Raises ErpError naming the first customer, location, product, quantity, price or external id
    that cannot be used; nothing is written then.
    """
    if not orders:
        return []
    places = Catalogue.of(orders)
    _check_external_ids(orders)
    numbers = iter(document_numbers("SO", "sales_order", sum(o.number is None for o in orders)))
    made = [_order(places, new, new.number or next(numbers)) for new in orders]
    _write(made, [line for order in made for line in order.lines])
    _record_history(list(zip(orders, made, strict=True)))
    return made


def _write(heads: Sequence[Any], parts: Sequence[Any]) -> None:
    with db.session.no_autoflush:
        give_ids(heads)
        give_ids(parts)
        db.session.add_all(heads)
    db.session.flush()


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Customers, locations and products that new orders name, each read with one statement."""

    customers: dict[int, Customer]
    warehouses: dict[int, Warehouse]
    products: dict[int, Product]

    @classmethod
    def of(cls, orders: Sequence[NewOrder]) -> Catalogue:
        """Read everything that `orders` refer to."""
        places = sa.select(Warehouse).options(joinedload(Warehouse.company))
        wanted = {order.warehouse_id for order in orders}
        return cls(
            _by_id(Customer, {order.customer_id for order in orders}),
            {row.id: row for row in _among(places, Warehouse.id, wanted)},
            products_of(line for order in orders for line in order.lines),
        )


def _by_id(model: type[Keyed], wanted: set[int]) -> dict[int, Keyed]:
    return {row.id: row for row in _among(sa.select(model), model.id, wanted)}


def _among(
    query: sa.Select[Row], column: sa.ColumnElement[Any] | Any, wanted: Collection[Any]
) -> Iterator[Row]:
    """Yield the rows whose column is one of many values; engines limit how many at once."""
    for part in chunks(sorted(wanted)):
        yield from db.session.scalars(query.where(column.in_(part)))


def products_of(lines: Iterable[NewLine]) -> dict[int, Product]:
    """Read the products that new lines name, by id."""
    return _by_id(Product, {line.product_id for line in lines})


def _check_external_ids(orders: Sequence[NewOrder]) -> None:
    given = Counter(order.external_id for order in orders if order.external_id)
    for external_id, count in given.items():
        if count > 1:
            raise ErpError(f"The external id {external_id!r} stands in {count} of these orders.")
    for order in _among(sa.select(SalesOrder), SalesOrder.external_id, list(given)):
        raise ConflictError(f"{order.number} has the external id {order.external_id!r} already.")


def _order(places: Catalogue, new: NewOrder, number: str) -> SalesOrder:
    customer = places.customers.get(new.customer_id)
    if customer is None:
        raise ErpError(f"There is no customer with the id {new.customer_id}.")
    warehouse = selling_place(places.warehouses.get(new.warehouse_id), new.warehouse_id)
    if not new.lines:
        raise ErpError("An order needs at least one line.")
    if new.required_on and new.required_on < new.ordered_on:
        raise ErpError("The required date lies before the order date.")
    order = SalesOrder(number=number, status=OrderStatus.DRAFT, **_own_facts(new))
    _set_ship_to(order, new, customer)
    order.customer, order.warehouse, order.company = customer, warehouse, warehouse.company
    order.currency = warehouse.company.currency
    append_lines(order, new.lines, places.products)
    return order


def _own_facts(new: NewOrder) -> dict[str, object]:
    return {name: getattr(new, name) for name in OWN_FACTS}


def _set_ship_to(order: SalesOrder, new: NewOrder, customer: Customer) -> None:
    typed = {part: getattr(new, f"ship_{part}") for part in ADDRESS}
    own = {part: getattr(customer, part) for part in ADDRESS if part != "name"}
    own["name"] = str(customer)
    address = typed if any(typed.values()) else own
    for part in ADDRESS:
        setattr(order, f"ship_{part}", address[part])


OWN_FACTS = (
    "ordered_on",
    "required_on",
    "channel",
    "external_id",
    "entry_key",
    "note",
    "priority",
    "parent_id",
)
ADDRESS = ("name", "street", "city", "region", "postcode", "country")


def selling_place(warehouse: Warehouse | None, warehouse_id: int) -> Warehouse:
    """Return the location if orders may be taken there; raises ErpError."""
    if warehouse is None:
        raise ErpError(f"There is no location with the id {warehouse_id}.")
    if not warehouse.active or warehouse.kind not in SELLING:
        raise ErpError(f"No orders are taken at {warehouse}; choose a store or warehouse.")
    return warehouse


def append_lines(
    order: SalesOrder, lines: Sequence[NewLine], products: dict[int, Product], last: int = 0
) -> list[SalesOrderLine]:
    """Add checked lines behind position `last`; raises ErpError naming the line."""
    if last + len(lines) > MAX_LINES:
        raise ErpError(f"An order has at most {MAX_LINES:,} lines.")
    made = []
    for position, line in enumerate(lines, start=last + 1):
        made.append(_line(line, products.get(line.product_id), position))
    order.lines.extend(made)
    return made


def _line(new: NewLine, product: Product | None, position: int) -> SalesOrderLine:
    if product is None:
        raise ErpError(f"Line {position}: there is no product with the id {new.product_id}.")
    if not product.active:
        raise ErpError(f"Line {position}: {product.sku} is not sold any more.")
    price = product.sale_price_minor if new.unit_price_minor is None else new.unit_price_minor
    if not 0 <= price <= MAX_PRICE_MINOR:
        raise ErpError(f"Line {position}: the price of {product.sku} is out of range.")
    if not 0 <= new.discount_bp <= FULL_DISCOUNT_BP:
        raise ErpError(f"Line {position}: a discount is a percentage from 0 to 100.")
    qty = ruled(lambda: checked(new.qty, product.sku))
    return SalesOrderLine(
        position=position,
        product=product,
        ordered_qty=qty,
        shipped_qty=0,
        cancelled_qty=0,
        unit_price_minor=price,
        discount_bp=new.discount_bp,
    )


def _record_history(pairs: Sequence[tuple[NewOrder, SalesOrder]]) -> None:
    """Book past orders as shipped, with the shipment they left in."""
    past = [(new.shipped_on, order) for new, order in pairs if new.shipped_on is not None]
    numbers = document_numbers("SH", "shipment", len(past)) if past else []
    made = []
    for (day, order), number in zip(past, numbers, strict=True):
        order.status = OrderStatus.FULFILLED
        order.confirmed_at = _noon(order.ordered_on)
        made.append(_past_shipment(order, number, _noon(day)))
    _write(made, [part for shipment in made for part in shipment.lines])


def _past_shipment(order: SalesOrder, number: str, at: datetime) -> Shipment:
    parts = []
    for line in order.lines:
        line.shipped_qty = line.ordered_qty
        parts.append(ShipmentLine(order_line=line, qty=line.ordered_qty))
    return Shipment(number=number, order=order, at=at, actor=actor(), lines=parts)


def _noon(day: date) -> datetime:
    """Return noon in UTC: the same date in nearly every time zone."""
    return datetime.combine(day, time(12), UTC)
