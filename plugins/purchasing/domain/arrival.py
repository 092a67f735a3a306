"""What may arrive for a purchase order: what is open, and a little more where that is agreed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from plugins.purchasing.domain.status import Quantities

MOST = 1_000_000
"""The largest quantity one line may carry, in stock units."""


@dataclass(frozen=True, slots=True)
class Expected:
    """One line of an order that goods may arrive for.

    `tolerated` units may come beyond what is open (C26).
    """

    line_id: int
    position: int
    quantities: Quantities
    tolerated: int = 0


def tolerated(ordered: int, over: int, percent: int) -> int:
    """Return how many units more than was asked for may still be taken in.

    `ordered` includes the `over` units that were taken in before; percent of what was asked for,
    rounded down.
    """
    return max(0, (ordered - over) * percent // 100 - over)


def excess(lines: Iterable[Expected], arrived: Mapping[int, int]) -> dict[int, int]:
    """Return the units by line that come beyond what is open."""
    more = {x.line_id: arrived.get(x.line_id, 0) - x.quantities.open for x in lines}
    return {line: units for line, units in more.items() if units > 0}


def everything(lines: Iterable[Expected]) -> dict[int, int]:
    """Return all that is open, by line."""
    return {line.line_id: line.quantities.open for line in lines if line.quantities.open}


def problem(number: str, lines: Iterable[Expected], arrived: Mapping[int, int]) -> str:
    """Return why these quantities cannot be received, or an empty string."""
    known = {line.line_id: line for line in lines}
    if not arrived:
        return f"{number}: nothing was entered. Give a quantity for at least one line."
    if set(arrived) - set(known):
        return f"{number}: a line does not belong to this order; load the page again."
    found = (_too_much(number, known[key], qty) for key, qty in arrived.items())
    return next((sentence for sentence in found if sentence), "")


def unexplained(
    number: str, lines: Iterable[Expected], arrived: Mapping[int, int], reason: str
) -> str:
    """Ask why more is taken in than is open; an empty string when nobody need say."""
    known = {line.line_id: line for line in lines}
    more = excess(known.values(), arrived)
    if not more or reason.strip():
        return ""
    line = known[min(more)]
    return (
        f"{number} line {line.position}: {arrived[line.line_id]:,} came and "
        f"{line.quantities.open:,} are open. Say why you take {more[line.line_id]:,} more."
    )


def _too_much(number: str, line: Expected, qty: int) -> str:
    where = f"{number} line {line.position}"
    if not is_quantity(qty):
        return f"{where}: {qty!s:.30} is not a quantity. Whole number from 1 to {MOST:,}."
    still = line.quantities.open
    if qty <= still + line.tolerated:
        return ""
    received = line.quantities.received + qty
    most = f" At most {still + line.tolerated} are taken in." if line.tolerated else ""
    ordered = line.quantities.ordered
    return f"{where}: {received} received of {ordered} ordered; {still} still open.{most}"


def is_quantity(value: object) -> bool:
    """Say whether a value is a whole number of units from 1 to 1,000,000."""
    return type(value) is int and 1 <= value <= MOST


def hand_out(wants: Iterable[int], units: int) -> list[int]:
    """Return how many of `units` each gets of what it wants, served in the order given."""
    left, shares = units, []
    for want in wants:
        shares.append(min(want, left))
        left -= shares[-1]
    return shares
