"""Share free stock among waiting orders, the oldest first: whole orders, or partial ones too."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple, TypeAlias

Spot: TypeAlias = tuple[int, int]
"""(product id, pool)."""


class Want(NamedTuple):
    """One line: units it lacks, units that may be filled now, and what lies free for it.

    `spot` names the stock it draws on; every want of a spot says the same `free`.
    """

    order_id: int
    line_id: int
    spot: Spot
    lacking: int
    fillable: int
    free: int


class Share(NamedTuple):
    """Units by line that one order gets, and whether nothing of it waits any more."""

    order_id: int
    units: dict[int, int]
    complete: bool


def share(wants: Sequence[Want], *, partial: bool) -> list[Share]:
    """Give each order what is left, in the order of `wants`; its lines must stand together.

    Without `partial`, an order that would still wait gets nothing and leaves all to the next
    (F125).
    """
    left: dict[Spot, int] = {}
    found = []
    for order_id, lines in groupby(wants, key=lambda want: want.order_id):
        units, rest, complete = _of_order(lines, left)
        if units and (complete or partial):
            found.append(Share(order_id, units, complete))
            left |= rest
    return found


def _of_order(
    lines: Iterable[Want], left: Mapping[Spot, int]
) -> tuple[dict[int, int], dict[Spot, int], bool]:
    """Return units by line, what they leave of the spots they touch, and whether that is all."""
    units: dict[int, int] = {}
    rest: dict[Spot, int] = {}
    complete = True
    for want in lines:
        there = rest.get(want.spot, left.get(want.spot, want.free))
        given = min(want.fillable, there)
        rest[want.spot] = there - given
        complete = complete and given == want.lacking
        if given:
            units[want.line_id] = given
    return units, rest, complete
