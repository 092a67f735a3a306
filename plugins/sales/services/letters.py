"""Orders as plain data for e-mails: whom to write to, and what may be said about an order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from erp_core.db import db
from erp_core.models import Company
from erp_core.plugin import STAFF, Message
from plugins.inventory.models import Product
from plugins.inventory.services.upsert import chunks
from plugins.sales.domain.money import line_total, places_of
from plugins.sales.events import CUSTOMER
from plugins.sales.models import Customer, SalesOrder, SalesOrderLine

HEAD = (
    SalesOrder.id,
    SalesOrder.number,
    SalesOrder.company_id,
    SalesOrder.currency,
    SalesOrder.ordered_on,
    SalesOrder.required_on,
    Company.name.label("company"),
    Customer.name,
    Customer.company_name,
    Customer.email,
)
LINE = (
    SalesOrderLine.id,
    SalesOrderLine.order_id,
    SalesOrderLine.ordered_qty,
    SalesOrderLine.shipped_qty,
    SalesOrderLine.cancelled_qty,
    SalesOrderLine.unit_price_minor,
    SalesOrderLine.discount_bp,
    SalesOrderLine.rounding_minor,
    Product.sku,
    Product.name,
)


@dataclass(frozen=True, slots=True)
class Letter:
    """One order with its customer's address and the documented variables of sales' events.

    `lines` are the mappings in `variables["lines"]` by line id: others may add to them.
    """

    order_id: int
    number: str
    company_id: int
    address: str
    name: str
    variables: dict[str, Any]
    lines: dict[int, dict[str, Any]]

    def message(self, audience: str, occasion: str) -> Message:
        """Return the message for an audience; `occasion` tells two about one order apart."""
        to = {} if audience == STAFF else {"address": self.address, "name": self.name}
        dedupe = f"order {self.order_id} {occasion}"
        return Message(
            audience, dedupe, self.number, self.variables, company_id=self.company_id, **to
        )

    def messages(self, occasion: str) -> list[Message]:
        """Return the message for the customer and the one for staff."""
        return [self.message(audience, occasion) for audience in (CUSTOMER, STAFF)]


def letters(order_ids: Collection[int]) -> dict[int, Letter]:
    """Return the letters of orders by id, in two statements for each few thousand."""
    found: dict[int, Letter] = {}
    for part in chunks(sorted(set(order_ids))):
        lines = _lines(part)
        found |= {row.id: _letter(row, lines[row.id]) for row in db.session.execute(_heads(part))}
    return found


def _heads(order_ids: Collection[int]) -> sa.Select[*tuple[Any, ...]]:
    query: sa.Select[*tuple[Any, ...]] = sa.select(*HEAD).join(
        Company, Company.id == SalesOrder.company_id
    )
    query = query.join(Customer, Customer.id == SalesOrder.customer_id)
    return query.where(SalesOrder.id.in_(order_ids)).order_by(SalesOrder.id)


def _lines(order_ids: Collection[int]) -> Mapping[int, dict[int, Any]]:
    query = sa.select(*LINE).join(Product, Product.id == SalesOrderLine.product_id)
    query = query.where(SalesOrderLine.order_id.in_(order_ids), SalesOrderLine.ordered_qty > 0)
    found: dict[int, dict[int, Any]] = defaultdict(dict)
    for row in db.session.execute(query.order_by(SalesOrderLine.order_id, SalesOrderLine.position)):
        found[row.order_id][row.id] = row
    return found


def _letter(head: Any, rows: Mapping[int, Any]) -> Letter:
    lines = {line_id: _line(row) for line_id, row in rows.items()}
    total = sum(
        line_total(r.ordered_qty - r.cancelled_qty, r.unit_price_minor, r.discount_bp)
        + r.rounding_minor
        for r in rows.values()
    )
    order = {
        "number": head.number,
        "ordered_on": head.ordered_on.isoformat(),
        "required_on": head.required_on.isoformat() if head.required_on else "",
        "total": _money(total, head.currency),
    }
    customer = {"name": head.name, "company": head.company_name, "email": head.email}
    variables = {
        "order": order,
        "customer": customer,
        "company": {"name": head.company},
        "lines": list(lines.values()),
    }
    to = (head.email, head.company_name or head.name)
    return Letter(head.id, head.number, head.company_id, *to, variables, lines)


def _money(minor: int, currency: str) -> str:
    places = places_of(currency)
    whole, part = divmod(minor, 10**places)
    return f"{whole:,}" + (f".{part:0{places}d}" if places else "") + f" {currency}"


def _line(row: Any) -> dict[str, Any]:
    return {
        "sku": row.sku,
        "name": row.name,
        "ordered": row.ordered_qty,
        "shipped": row.shipped_qty,
        "cancelled": row.cancelled_qty,
        "open": row.ordered_qty - row.shipped_qty - row.cancelled_qty,
    }
