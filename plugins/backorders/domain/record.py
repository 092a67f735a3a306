"""The back-order record: one line's back-ordered units, followed from shortage to closure.

Its quantities are its own, not the line's. A line of 20 with 18 covered from the start opens a
record of 2, and that record is New until one of *its* units gets stock.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple


class Status(StrEnum):
    """Where a back order stands; always derived from quantities, never set (features.md 5.2)."""

    NEW = "new"
    ON_ORDER = "on_order"
    STOCK_AVAILABLE = "stock_available"
    FULFILLED = "fulfilled"
    CANCELLED = "cancelled"


class Action(StrEnum):
    """What a person can do next with a back order (F048)."""

    REQUEST_STOCK = "request_stock"
    VIEW_SUPPLY = "view_supply"
    FULFIL = "fulfil"
    REQUEST_ADDITIONAL = "request_additional"


class Figures(NamedTuple):
    """The order line's own units at one moment."""

    allocated: int
    backordered: int


class Badge(NamedTuple):
    """The "n of m" beside Stock available: units with stock, of all units still open."""

    filled: int
    wanted: int


@dataclass(frozen=True, slots=True)
class Record:
    """The quantities of one back order, all >= 0, in stock units.

    `short` have no stock (the line's back-ordered quantity), `filled` got stock since the record
    opened and have not left, `fulfilled` left the house, `requested` are asked for from a supply
    and have not arrived.
    """

    short: int = 0
    filled: int = 0
    fulfilled: int = 0
    requested: int = 0

    @property
    def wanted(self) -> int:
        """Units the customer still waits for through this back order."""
        return self.short + self.filled

    @property
    def status(self) -> Status:
        """The status these quantities mean; the first rule that fits decides."""
        if not self.wanted:
            return Status.FULFILLED if self.fulfilled else Status.CANCELLED
        if self.filled:
            return Status.STOCK_AVAILABLE
        return Status.ON_ORDER if self.requested else Status.NEW

    @property
    def badge(self) -> Badge | None:
        """The "n of m" of a partly filled back order, None when there is nothing to tell."""
        return Badge(self.filled, self.wanted) if self.filled and self.short else None

    @property
    def unrequested(self) -> int:
        """Short units nobody has asked a supplier for: what the next request proposes (A07)."""
        return max(0, self.short - self.requested)


def follow(record: Record, before: Figures, after: Figures, *, shipped: int = 0) -> Record:
    """Return the record after its line's figures moved, `shipped` units having left allocation.

    Stock counts for the back order as far as its shortage fell by it. Lost stock is taken from it
    as far as its shortage rose. What ships is the line's initially covered units first, then the
    back order's: those become fulfilled. A cancellation lowers `short` and fills nothing.
    """
    gain = after.allocated + shipped - before.allocated
    fall = before.backordered - after.backordered
    filled = record.filled + _towards_zero(gain, fall)
    filled = min(max(0, filled), after.allocated + shipped)
    staying = min(filled, after.allocated)
    return replace(
        record,
        short=after.backordered,
        filled=staying,
        fulfilled=record.fulfilled + filled - staying,
    )


def drop_shipped(record: Record, units: int) -> Record:
    """Return the record after a supplier sent `units` straight to the customer (F108, A28).

    The units never touch the line's allocation, and `short` falls here: follow other movements of
    the same line from the figures after it. Raises ValueError when they exceed the shortage.
    """
    if not 0 <= units <= record.short:
        raise ValueError(f"Cannot drop ship {units} units: {record.short} are back-ordered.")
    return replace(
        record,
        short=record.short - units,
        fulfilled=record.fulfilled + units,
        requested=max(0, record.requested - units),
    )


def requesting(record: Record, units: int) -> Record:
    """Return the record with `units` requested in all; raises ValueError when negative."""
    if units < 0:
        raise ValueError(f"Cannot request {units} units: the number must not be negative.")
    return replace(record, requested=units)


NEXT_ACTION: Mapping[Status, Action | None] = MappingProxyType(
    {
        Status.NEW: Action.REQUEST_STOCK,
        Status.ON_ORDER: Action.VIEW_SUPPLY,
        Status.STOCK_AVAILABLE: Action.FULFIL,
        Status.FULFILLED: None,
        Status.CANCELLED: None,
    }
)
"""The one action a row offers."""


def next_action(status: Status) -> Action | None:
    """Return the one action that a row with this status offers, None when it is closed."""
    return NEXT_ACTION[status]


def next_actions(record: Record) -> tuple[Action, ...]:
    """Return every action a back order offers, the main one first (F095, F111)."""
    first = next_action(record.status)
    if first is None:
        return ()
    if first is Action.FULFIL and record.unrequested:
        return first, Action.REQUEST_ADDITIONAL
    return (first,)


def _towards_zero(gain: int, fall: int) -> int:
    """Return the part of an allocation change that the shortage answered in the same direction."""
    if gain > 0:
        return min(gain, max(0, fall))
    return max(gain, min(0, fall))
