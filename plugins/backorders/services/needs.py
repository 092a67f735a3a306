"""Back orders as demand: what is short and not requested, and who waits (DemandSource)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from erp_core.db import db
from plugins.backorders.models import DEMAND_SOURCE, OPEN_BACKORDERS, Backorder
from plugins.backorders.services.layout import layout
from plugins.backorders.services.queue import QUEUE, Rows
from plugins.inventory.ports import Need, Waiter
from plugins.inventory.services.upsert import chunks
from plugins.sales.models import Customer, SalesOrder

ADDRESS = ("name", "street", "postcode", "city", "region", "country")


def needs(product_ids: Collection[int] | None = None) -> list[Need]:
    """List what is short and not on its way, oldest claim first; None: of every product.

    Nothing while the workflow is off: nobody keeps account then.
    """
    if product_ids is None:
        return _needs(sa.true())
    parts = chunks(sorted(set(product_ids)))
    found = [need for part in parts for need in _needs(Backorder.product_id.in_(part))]
    return found


def of_backorders(backorder_ids: Collection[int]) -> dict[int, Need]:
    """Return the need of each open back order, also where everything is requested already."""
    rows = db.session.execute(_query().where(Backorder.id.in_(backorder_ids)))
    return {row[0]: _need(row) for row in rows}


def _needs(condition: sa.ColumnElement[bool]) -> list[Need]:
    plan = layout()
    short = Backorder.short_qty > Backorder.requested_qty
    query = _query().where(condition, short, Backorder.warehouse_id.in_(plan.demand))
    pools = {pool: tuple(plan.members(pool)) for pool in set(plan.demand.values())}
    found = [_need(row) for row in db.session.execute(query)]
    return [replace(need, pool=pools[plan.demand[need.warehouse_id]]) for need in found]


def _query() -> Rows:
    customer = sa.func.coalesce(sa.func.nullif(Customer.company_name, ""), Customer.name)
    return (
        sa.select(
            Backorder.id,
            Backorder.line_id,
            Backorder.product_id,
            Backorder.short_qty - Backorder.requested_qty,
            Backorder.opened_at,
            SalesOrder.company_id,
            Backorder.warehouse_id,
            SalesOrder.number,
            customer,
            *(getattr(SalesOrder, f"ship_{part}") for part in ADDRESS),
        )
        .join(SalesOrder, SalesOrder.id == Backorder.order_id)
        .join(Customer, Customer.id == SalesOrder.customer_id)
        .join(QUEUE, QUEUE.c.line_id == Backorder.line_id, isouter=True)
        .where(Backorder.status.in_([str(status) for status in OPEN_BACKORDERS]))
        .order_by(QUEUE.c.alloc_key, Backorder.id)
    )


def _need(row: Any) -> Need:
    key, line_id, product_id, qty, since, company, place, number, customer, *address = row
    return Need(
        source=DEMAND_SOURCE,
        line_id=line_id,
        product_id=product_id,
        qty=max(0, qty),
        since=since,
        company_id=company,
        warehouse_id=place,
        label=f"BO-{key} · {number}",
        customer=customer,
        ship_to=_ship_to(address),
    )


def _ship_to(parts: Collection[str]) -> str:
    """Return the address in one text; without a street or town there is nowhere to send to."""
    name, street, postcode, city, region, country = (part.strip() for part in parts)
    if not (street or city):
        return ""
    town = " ".join(part for part in (postcode, city) if part)
    return ", ".join(part for part in (name, street, town, region, country) if part)


def waiters(line_ids: Collection[int]) -> Mapping[int, Waiter]:
    """Say who waits behind these order lines (F039)."""
    found: dict[int, Waiter] = {}
    for part in chunks(sorted(set(line_ids))):
        found |= dict(_waiters(part))
    return found


def _waiters(line_ids: Collection[int]) -> Iterator[tuple[int, Waiter]]:
    customer = sa.func.coalesce(sa.func.nullif(Customer.company_name, ""), Customer.name)
    query = (
        sa.select(Backorder.line_id, Backorder.id, SalesOrder.id, SalesOrder.number, customer)
        .join(SalesOrder, SalesOrder.id == Backorder.order_id)
        .join(Customer, Customer.id == SalesOrder.customer_id)
        .where(Backorder.line_id.in_(line_ids))
        .order_by(Backorder.id)
    )
    for line_id, key, order_id, number, name in db.session.execute(query):
        yield line_id, Waiter(f"BO-{key} · {number}", name, order_page(order_id))


def order_page(order_id: int) -> str:
    """Return the address of a sales order's page."""
    return f"/sales/order/{order_id}/"
