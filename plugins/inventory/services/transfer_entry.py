"""New transfers: what was asked is checked line by line, then written as a draft."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from erp_core.db import db, next_value
from erp_core.errors import ErpError, NotFoundError
from plugins.inventory.domain.quantities import LIMIT, allowed
from plugins.inventory.models import Product, Transfer, TransferLine, Warehouse


@dataclass(frozen=True, slots=True)
class NewTransfer:
    """What is to be brought from one warehouse to another: (product, units) line by line."""

    from_id: int
    to_id: int
    lines: tuple[tuple[int, int], ...]
    note: str = ""


def create(wanted: NewTransfer) -> Transfer:
    """Make a draft. Raises ErpError naming the line that cannot be transferred, and why."""
    _check_places(wanted)
    _check_lines(wanted.lines)
    transfer = Transfer(
        number=f"TR-{1000 + next_value('transfer')}",
        from_id=wanted.from_id,
        to_id=wanted.to_id,
        note=wanted.note.strip()[:500],
        lines=[
            TransferLine(position=position, product_id=product, qty=units)
            for position, (product, units) in enumerate(wanted.lines, start=1)
        ],
    )
    db.session.add(transfer)
    db.session.flush()
    return transfer


def _check_places(wanted: NewTransfer) -> None:
    if wanted.from_id == wanted.to_id:
        raise ErpError("A transfer needs two different warehouses.")
    query = sa.select(Warehouse).where(Warehouse.id.in_((wanted.from_id, wanted.to_id)))
    places = list(db.session.scalars(query))
    if len(places) < 2:
        raise NotFoundError("One of the two warehouses does not exist (any more).")
    for place in places:
        if not place.active:
            raise ErpError(f"{place.name} is archived; choose a warehouse in use.")
    if len({place.company_id for place in places}) > 1:
        raise ErpError("Both warehouses must belong to the same company.")


def _check_lines(lines: Sequence[tuple[int, int]]) -> None:
    if not lines:
        raise ErpError("Enter at least one product to transfer.")
    query = sa.select(Product).where(Product.id.in_({product for product, _units in lines}))
    known = {product.id: product for product in db.session.scalars(query)}
    for position, (product_id, units) in enumerate(lines, start=1):
        product = known.get(product_id)
        if product is None:
            raise NotFoundError(f"Line {position}: this product does not exist (any more).")
        if not product.tracked:
            raise ErpError(
                f"Line {position}: the quantity of {product.sku} is not tracked, so there is no "
                "stock of it to transfer."
            )
        if not 1 <= units <= LIMIT:
            raise ErpError(f"Line {position}: {product.sku} needs a quantity. {allowed()}.")
