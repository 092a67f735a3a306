"""erp purchase-orders: propose, list, send and receive from a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click
import sqlalchemy as sa
from flask.cli import AppGroup
from sqlalchemy.orm import joinedload, selectinload

from erp_core.cli.output import json_option, show
from erp_core.db import db, reading, retrying, transaction
from erp_core.errors import ErpError
from plugins.purchasing.domain.arrival import MOST, is_quantity
from plugins.purchasing.domain.status import in_words
from plugins.purchasing.models import PurchaseOrder, PurchaseOrderLine, Supplier
from plugins.purchasing.services import loading, orders, proposals, receiving
from plugins.purchasing.services.proposals import Asked, How, Proposal, Row
from plugins.purchasing.settings import Choose

CHOICES = [choice.value for choice in Choose]

group = AppGroup("purchase-orders", help="Purchase orders: propose, list, send, receive.")


@group.command("list")
@json_option
def list_command(as_json: bool) -> None:
    """List all purchase orders with their lines, oldest first."""
    with reading():
        data = [_facts(order) for order in _all()]
    show(data, "\n".join(map(_words, data)) or "No purchase orders.", as_json=as_json)


def _all() -> Sequence[PurchaseOrder]:
    lines = selectinload(PurchaseOrder.lines).joinedload(PurchaseOrderLine.product)
    heads = (joinedload(PurchaseOrder.supplier), joinedload(PurchaseOrder.warehouse))
    found = sa.select(PurchaseOrder).options(lines, *heads).order_by(PurchaseOrder.id)
    return db.session.scalars(found).all()


def _facts(order: PurchaseOrder) -> dict[str, Any]:
    return {
        "number": order.number,
        "supplier": order.supplier.name,
        "status": order.status,
        "lines": [_line(line) for line in order.lines],
        "warehouse": order.warehouse.name,
        "expected_on": order.expected_on,
        "ship_to": order.ship_to if order.ship_to_customer else None,
    }


def _line(line: PurchaseOrderLine) -> dict[str, Any]:
    return {
        "sku": line.product.sku,
        "ordered": line.ordered_qty,
        "received": line.received_qty,
        "open": line.open_qty,
        "unit_cost_minor": line.unit_cost_minor,
    }


def _words(facts: dict[str, Any]) -> str:
    still_open = sum(line["open"] for line in facts["lines"])
    status = in_words(facts["status"])
    return f"{facts['number']:10} {status:20} {still_open:>8,} open  {facts['supplier']}"


@group.command("receive")
@click.argument("number")
@click.option("--all", "everything", is_flag=True, help="Receive everything that is open.")
@click.option("--line", "lines", multiple=True, metavar="SKU=QTY", help="Receive units of a SKU.")
@json_option
def receive_command(number: str, everything: bool, lines: tuple[str, ...], as_json: bool) -> None:
    """Put goods of purchase order NUMBER into stock: --all, or --line SKU=QTY several times."""
    if everything == bool(lines):
        raise click.UsageError("Say either --all or --line SKU=QTY (several times).")
    data = retrying(lambda: _received(number, lines))
    text = f"{data['receipt']}: {data['units']} units of {data['number']} put into stock."
    show(data, text, as_json=as_json)


def _received(number: str, lines: tuple[str, ...]) -> dict[str, Any]:
    with transaction():
        order = loading.by_number(number)
        found, name = order.id, order.number
        wanted = _quantities(order, lines) if lines else None
        receipt = receiving.receive(found, wanted)
        units = sum(line.qty for line in receipt.lines)
        status = loading.get(found).status
        return {"number": name, "receipt": receipt.number, "units": units, "status": status}


def _quantities(order: PurchaseOrder, lines: tuple[str, ...]) -> dict[int, int]:
    """Read SKU=QTY pairs; raises ErpError naming the pair that cannot be used."""
    by_sku = {line.product.sku: line.id for line in order.lines}
    found: dict[int, int] = {}
    for pair in lines:
        sku, _, raw = pair.rpartition("=")
        if sku not in by_sku:
            known = ", ".join(by_sku)
            raise ErpError(f"{order.number} has no line with the SKU {sku!r:.60}. It has: {known}.")
        qty = int(raw) if raw.isdecimal() and len(raw) < 10 else 0
        if not is_quantity(qty):
            raise ErpError(f"--line {pair[:60]}: whole number from 1 to {MOST:,} after the =.")
        if by_sku[sku] in found:
            raise ErpError(f"--line names {sku} twice; give it once with the sum.")
        found[by_sku[sku]] = qty
    return found


@group.command("send")
@click.argument("number")
@json_option
def send_command(number: str, as_json: bool) -> None:
    """Mark purchase order NUMBER as sent to its supplier."""
    data = retrying(lambda: _sent(number))
    text = f"{data['number']} is marked as sent; expected on {data['expected_on']}."
    show(data, text, as_json=as_json)


def _sent(number: str) -> dict[str, Any]:
    with transaction():
        order = orders.mark_sent(loading.by_number(number).id)
        return {"number": order.number, "status": order.status, "expected_on": order.expected_on}


@group.command("propose")
@click.option("--supplier", metavar="CODE", help="Only what is bought from this supplier.")
@click.option("--days", type=click.IntRange(0, 3650), default=0, help="Age of back orders; 0: any.")
@click.option("--choose", type=click.Choice(CHOICES), default=Choose.NEEDED.value)
@click.option("--create", is_flag=True, help="Make the orders as drafts.")
@click.option("--send", is_flag=True, help="Make the orders and send them.")
@json_option
def propose_command(as_json: bool, create: bool, send: bool, **asked: Any) -> None:
    """Say what to buy for back orders and reorder points, less what is on order already."""
    if create or send:
        data = retrying(lambda: _ordered(asked, send))
    else:
        with reading():
            data = _proposed(proposals.propose(_asked(**asked)))
    text = "\n".join(_proposal_words(data)) or "Nothing is missing."
    show(data, text, as_json=as_json)


def _asked(supplier: str | None, days: int, choose: str) -> Asked:
    found = db.session.scalar(sa.select(Supplier.id).filter_by(code=supplier)) if supplier else None
    if supplier and found is None:
        known = db.session.scalars(sa.select(Supplier.code).order_by(Supplier.code).limit(10))
        raise ErpError(f"No supplier has the code {supplier!r:.40}. There are: {', '.join(known)}.")
    return Asked(choose, found, days)


def _ordered(asked: dict[str, Any], send: bool) -> dict[str, Any]:
    with transaction():
        proposal = proposals.propose(_asked(**asked))
        links = proposals.order(proposals.chosen_of(proposal), How(_asked(**asked), send=send))
        return _proposed(proposal) | {"orders": [link.number for link in links]}


def _proposed(proposal: Proposal) -> dict[str, Any]:
    unsold = [{"sku": one.product.sku, "missing": one.missing} for one in proposal.unsold]
    return {"rows": [_row(row) for row in proposal.rows], "without_supplier": unsold}


def _row(row: Row) -> dict[str, Any]:
    return {
        "supplier": row.sold.supplier.name,
        "sku": row.sold.product.sku,
        "warehouse": row.place.name,
        "on_hand": row.on_hand,
        "incoming": row.incoming,
        "backorders": row.sum.backorders,
        "reorder": row.sum.reorder,
        "on_order": row.sum.on_order,
        "missing": row.sum.missing,
        "suggested": row.sum.suggested,
    }


def _proposal_words(data: dict[str, Any]) -> list[str]:
    rows = [
        f"{row['suggested']:>8,} {row['sku']:16} {row['missing']:>8,} missing  {row['supplier']}"
        for row in data["rows"]
    ]
    lost = [f"{one['missing']:>8,} {one['sku']} (no supplier)" for one in data["without_supplier"]]
    made = [f"Purchase orders: {', '.join(data['orders'])}"] if data.get("orders") else []
    return [*rows, *lost, *made]
