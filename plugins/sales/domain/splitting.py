"""Split an order in two: units and money of both parts add up to what was there (F105)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from plugins.sales.domain.quantities import Figures


@dataclass(frozen=True, slots=True)
class Splittable:
    """A line of the order to split: quantities in stock units and its total in minor units."""

    line_id: int
    name: str
    figures: Figures
    total_minor: int


@dataclass(frozen=True, slots=True)
class Piece:
    """The units that leave a line, and the two totals (minor units) that make up the old one."""

    line_id: int
    moved: int
    moved_minor: int
    kept_minor: int


def waiting(lines: Iterable[Splittable], shippable: Mapping[int, int]) -> dict[int, int]:
    """Return the open units of each line that cannot ship now, by line id; 0 is left out."""
    rest = {line.line_id: line.figures.open - shippable.get(line.line_id, 0) for line in lines}
    return {line_id: qty for line_id, qty in rest.items() if qty > 0}


def split(lines: Sequence[Splittable], chosen: Mapping[int, int]) -> list[Piece]:
    """Return the pieces that leave for the child order; `chosen` is units by line id.

    Raises ValueError naming the product when that many are not open, and when nothing would
    leave or nothing would stay.
    """
    pieces = [_piece(line, chosen.get(line.line_id, 0)) for line in lines]
    leaving = [piece for piece in pieces if piece.moved]
    if not leaving:
        raise ValueError("Nothing is chosen; enter units that go to the new order.")
    if not leaves_something(lines, chosen):
        raise ValueError("Everything is chosen; leave at least one unit in this order.")
    return leaving


def leaves_something(lines: Iterable[Splittable], chosen: Mapping[int, int]) -> bool:
    """Say whether a shipped or open unit would stay behind."""
    return any(
        line.figures.shipped + line.figures.open > chosen.get(line.line_id, 0) for line in lines
    )


def _piece(line: Splittable, qty: int) -> Piece:
    if not 0 <= qty <= line.figures.open:
        allowed = f"0 to {line.figures.open:,}"
        raise ValueError(f"{qty:,} of {line.name} cannot go to the new order; allowed: {allowed}.")
    kept = line.figures.ordered - line.figures.cancelled - qty
    stays, goes = by_largest_remainder(line.total_minor, (kept, qty))
    return Piece(line.line_id, qty, goes, stays)


def by_largest_remainder(total: int, weights: Sequence[int]) -> list[int]:
    """Share `total` in proportion to weights (each 0 or more); the shares add up to it exactly.

    Hamilton's method: everybody gets the whole part, the largest remainders one more; of equal
    remainders the first. Without any weight the first gets everything.
    """
    whole = sum(weights)
    if not whole:
        return [total, *(0 for _ in weights[1:])]
    shares = [total * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: -(total * weights[i] % whole))
    for place in by_remainder[: total - sum(shares)]:
        shares[place] += 1
    return shares


def credit(total_minor: int, paid_minor: int, child_minor: int) -> int:
    """Return what was paid beyond the parent's new total and fits into the child's (A15)."""
    return max(0, min(paid_minor - total_minor, child_minor))
