"""Keep on record which units were given up and why; lack of stock is announced (F144, A22)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from erp_core.audit import actor
from erp_core.db import db
from erp_core.events import publish
from plugins.sales.domain.reasons import CancelReason, Why
from plugins.sales.events import OrderCancelledOutOfStock
from plugins.sales.models import Cancellation, SalesOrderLine
from plugins.sales.services.loading import ruled
from plugins.sales.services.numbers import give_ids


def give_up(units: Mapping[SalesOrderLine, int], why: Why) -> list[Cancellation]:
    """Cancel units of lines and record why; the caller saves the orders and announces."""
    checked = ruled(why.checked)
    made = []
    for line, qty in units.items():
        line.cancelled_qty, line.rounding_minor = line.cancelled_qty + qty, 0
        made.append(
            Cancellation(
                order_id=line.order_id,
                line_id=line.id,
                qty=qty,
                reason=checked.reason,
                note=checked.note,
                actor=actor(),
            )
        )
    _add(made)
    return made


def _add(rows: Sequence[Any]) -> None:
    with db.session.no_autoflush:
        give_ids(rows)
        db.session.add_all(rows)


def tell_if_out_of_stock(made: Sequence[Cancellation]) -> None:
    """Announce what was given up for lack of stock, once for all of it."""
    ids = tuple(row.id for row in made if row.reason == CancelReason.OUT_OF_STOCK)
    if ids:
        publish(OrderCancelledOutOfStock(ids))
