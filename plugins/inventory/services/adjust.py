"""Stock that a person sets right by hand: adjustments, counts and opening balances."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa

from erp_core.audit import actor
from erp_core.db import db, next_value
from erp_core.errors import ConflictError, ErpError, NotFoundError
from plugins.inventory.domain.quantities import LIMIT, allowed
from plugins.inventory.events import Move, MoveKind
from plugins.inventory.models import Product, StockAdjustment, StockMove, Warehouse
from plugins.inventory.services import stock

SOURCE = "inventory.adjustment"
UNDO_SOURCE = "inventory.adjustment_undo"
"""Source of the opposite movements; the ledger's unique key lets one adjustment be undone once."""


def adjust(warehouse_id: int, changes: Mapping[int, int], reason: str) -> StockAdjustment:
    """Add signed units to products in one warehouse, with a reason.

    Raises ErpError for an untracked product, a missing reason, or less than 0 left.
    """
    return _enter(warehouse_id, changes, reason, MoveKind.ADJUSTMENT)


def count(warehouse_id: int, counted: Mapping[int, int], reason: str) -> StockAdjustment | None:
    """Set products in one warehouse to what was counted; None when every count was right.

    The difference is taken from the locked balance, so a sale meanwhile is not undone.
    """
    if any(not 0 <= units <= LIMIT for units in counted.values()):
        raise ErpError(f"A count needs a {allowed(0)[0].lower()}{allowed(0)[1:]}.")
    _checked(warehouse_id, counted, reason)
    have = stock.lock([(product, warehouse_id) for product in counted])
    changes = {p: units - have[p, warehouse_id] for p, units in counted.items()}
    changes = {product: units for product, units in changes.items() if units}
    return adjust(warehouse_id, changes, reason) if changes else None


def open_balances(warehouse_id: int, balances: Mapping[int, int]) -> StockAdjustment:
    """Bring in the stock that is there at the start (imports): ledger rows of kind opening."""
    return _enter(warehouse_id, balances, "Opening balance", MoveKind.OPENING)


def undo(adjustment_id: int) -> StockAdjustment:
    """Take an adjustment back by opposite movements.

    Raises ConflictError when that was done before, ErpError when the units are gone meanwhile.
    """
    query = sa.select(StockAdjustment).filter_by(id=adjustment_id).with_for_update()
    document = db.session.scalar(query)
    if document is None:
        raise NotFoundError("This adjustment does not exist (any more).")
    rows = sa.select(StockMove).filter_by(source_id=adjustment_id).order_by(StockMove.id)
    if db.session.scalar(rows.filter_by(source=UNDO_SOURCE).limit(1)):
        raise ConflictError(f"{document.number} was taken back before; nothing was changed.")
    moves = [
        Move(row.product_id, row.warehouse_id, -row.qty, MoveKind(row.kind), row.source_line)
        for row in db.session.scalars(rows.filter_by(source=SOURCE))
    ]
    stock.post(moves, stock.Source(UNDO_SOURCE, adjustment_id), f"{document.number} taken back")
    return document


def _enter(
    warehouse_id: int, changes: Mapping[int, int], reason: str, kind: MoveKind
) -> StockAdjustment:
    _checked(warehouse_id, changes, reason)
    number = f"AD-{1000 + next_value('adjustment')}"
    document = StockAdjustment(
        number=number, warehouse_id=warehouse_id, reason=reason.strip()[:254], actor=actor()
    )
    db.session.add(document)
    db.session.flush()
    key = document.id
    moves = [
        Move(product, warehouse_id, units, kind, line)
        for line, (product, units) in enumerate(sorted(changes.items()), start=1)
    ]
    stock.post(moves, stock.Source(SOURCE, key), reason.strip())
    return document


def _checked(warehouse_id: int, changes: Mapping[int, int], reason: str) -> None:
    if not reason.strip():
        raise ErpError("Say why the stock changes; the reason stays in the ledger.")
    if not changes:
        raise ErpError("Choose at least one product to adjust.")
    if db.session.get(Warehouse, warehouse_id) is None:
        raise NotFoundError("This warehouse does not exist (any more).")
    loose = sa.select(Product.sku).where(Product.tracked.is_(False), Product.id.in_(changes))
    untracked = db.session.scalar(loose.order_by(Product.sku).limit(1))
    if untracked:
        raise ErpError(f"The quantity of {untracked} is not tracked, so it has no stock to adjust.")
