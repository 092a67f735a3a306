"""Quantities of order lines: what is open, and what may still be cancelled, edited or shipped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

MAX_QTY = 1_000_000
MAX_LINES = 65_535
RANGE = "Whole number from 1 to 1,000,000"


@dataclass(frozen=True, slots=True)
class Figures:
    """Ordered, shipped and cancelled stock units of a line; open is what remains (I3)."""

    ordered: int
    shipped: int = 0
    cancelled: int = 0

    @property
    def open(self) -> int:
        """Return what is still to be delivered."""
        return self.ordered - self.shipped - self.cancelled


def checked(qty: int, what: str) -> int:
    """Return `qty` if a person may order that much; raises ValueError naming `what`."""
    if not 1 <= qty <= MAX_QTY:
        raise ValueError(f"The quantity of {what} is {str(qty)[:20]}; allowed: {RANGE.lower()}.")
    return qty


def cancelling(line: Figures, qty: int, what: str) -> int:
    """Return the cancelled quantity after giving up `qty` more units.

    Raises ValueError saying what has shipped and how much can be cancelled.
    """
    if qty < 1:
        raise ValueError(f"Cancel 1 or more units of {what}, not {qty}.")
    if qty <= line.open:
        return line.cancelled + qty
    facts = [f"shipped {line.shipped}"] if line.shipped else []
    facts += [f"cancelled {line.cancelled}"] if line.cancelled else []
    done = " and ".join(facts)
    head = f"Already {done} of {line.ordered}; " if done else f"{line.ordered} were ordered; "
    return _refuse(head + f"you can cancel {line.open}.")


def reordering(line: Figures, qty: int, what: str) -> int:
    """Return `qty` as the new ordered quantity; never below what shipped or was cancelled."""
    checked(qty, what)
    settled = line.shipped + line.cancelled
    if qty < settled:
        facts = f"{line.shipped} shipped, {line.cancelled} cancelled"
        raise ValueError(f"The quantity of {what} cannot be below {settled} ({facts}).")
    return qty


def checked_return(shipped: int, returned: int, qty: int, what: str) -> int:
    """Return `qty` if that many shipped units can still come back; raises ValueError."""
    if not 1 <= qty <= shipped - returned:
        facts = f"{shipped} shipped" + (f", {returned} came back already" if returned else "")
        raise ValueError(f"{qty} of {what} cannot come back: {facts}.")
    return qty


def _refuse(sentence: str) -> int:
    raise ValueError(sentence)


def in_turn(wanted: Iterable[tuple[int, int]], available: int) -> dict[int, int]:
    """Give `available` units to (line id, open) pairs in turn; what gets nothing is left out."""
    given: dict[int, int] = {}
    for line_id, open_qty in wanted:
        units = min(open_qty, max(available, 0))
        if units:
            given[line_id] = units
            available -= units
    return given


def from_places(qty: int, on_hand: Mapping[int, int], places: Iterable[int]) -> dict[int, int]:
    """Take `qty` units from places in turn; the sum is less than `qty` when they hold less."""
    return in_turn(((place, max(on_hand.get(place, 0), 0)) for place in places), qty)
