"""What may arrive for a purchase order: no more than is open."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from plugins.purchasing.domain.status import Quantities

MOST = 1_000_000
"""The largest quantity one line may carry, in stock units."""


@dataclass(frozen=True, slots=True)
class Expected:
    """One line of an order that goods may arrive for."""

    line_id: int
    position: int
    quantities: Quantities


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


def _too_much(number: str, line: Expected, qty: int) -> str:
    where = f"{number} line {line.position}"
    if not is_quantity(qty):
        return f"{where}: {qty!s:.30} is not a quantity. Whole number from 1 to {MOST:,}."
    if qty <= line.quantities.open:
        return ""
    received = line.quantities.received + qty
    still = line.quantities.open
    return f"{where}: {received} received of {line.quantities.ordered} ordered; {still} still open."


def is_quantity(value: object) -> bool:
    """Say whether a value is a whole number of units from 1 to 1,000,000."""
    return type(value) is int and 1 <= value <= MOST
