"""What follows when lines of the queue changed: order classes, rulings, pegs, records, events.

Locks are taken in one order everywhere: balances, order states, rulings, pegs, records.
"""

from __future__ import annotations

from collections.abc import Mapping

from erp_core.events import publish
from plugins.backorders.events import BackordersFilled, OrdersBackordered
from plugins.backorders.services import classes, records, requested, rulings
from plugins.backorders.services.lines import Moved
from plugins.inventory.services import passing


def follow(moved: Mapping[int, Moved], shipped: Mapping[int, int]) -> None:
    """Bring everything that rests on the lines up to date, then announce it (A21)."""
    if not moved:
        return
    entered = classes.update({move.after.order_id for move in moved.values()})
    rulings.follow(moved)
    freed = requested.trim({line: move for line, move in moved.items() if move.before.open})
    filled = records.follow(moved, shipped)
    passing.pass_on(freed)
    if entered:
        publish(OrdersBackordered(tuple(entered)))
    if filled:
        publish(BackordersFilled(tuple(filled)))
