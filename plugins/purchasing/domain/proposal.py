"""What to propose for one product at one place, and the arithmetic behind it (F084-F086)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from plugins.purchasing.domain.buying import lot


@dataclass(frozen=True, slots=True)
class Short:
    """One need: what is short, what of that is on order already, and whether a customer waits."""

    qty: int
    on_order: int
    for_stock: bool = False

    @property
    def missing(self) -> int:
        """Return the units that somebody still has to order."""
        return self.qty - self.on_order


@dataclass(frozen=True, slots=True)
class Sum:
    """The needs of one product at one place, in stock units.

    missing = backorders + reorder - on_order; suggested = missing in the supplier's lots.
    """

    backorders: int
    reorder: int
    on_order: int
    suggested: int

    @property
    def missing(self) -> int:
        """Return what nothing on order covers."""
        return self.backorders + self.reorder - self.on_order


def add_up(shorts: Iterable[Short], minimum: int, multiple: int) -> Sum:
    """Add up needs; nothing is suggested where supply on order covers them all."""
    found = list(shorts)
    missing = sum(short.missing for short in found)
    return Sum(
        backorders=sum(short.qty for short in found if not short.for_stock),
        reorder=sum(short.qty for short in found if short.for_stock),
        on_order=sum(short.on_order for short in found),
        suggested=lot(missing, minimum, multiple) if missing > 0 else 0,
    )


def recent(since: datetime, now: datetime, days: int) -> bool:
    """Say whether a back order is at most `days` old; 0 days is no limit (F082, A06)."""
    return not days or since >= now - timedelta(days=days)
