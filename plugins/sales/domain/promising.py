"""What a line that is being typed would get: free, short, and when the rest is expected."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Outlook:
    """Units of a line that could be had now, units that lack, and the day they are expected.

    `elsewhere` units are free at other locations; they come by transfer (A04).
    """

    ordered: int
    free: int
    short: int
    expected_on: date | None = None
    elsewhere: int = 0


@dataclass(frozen=True, slots=True)
class Arrival:
    """Units on their way; without a day nobody knows when."""

    qty: int
    on: date | None


def outlooks(
    wanted: Sequence[tuple[int, int]],
    free: Mapping[int, int],
    ahead: Mapping[int, int],
    coming: Mapping[int, Sequence[Arrival]],
    elsewhere: Mapping[int, int] | None = None,
) -> list[Outlook]:
    """Return the outlook of (product, units) lines in their order; each unit is counted once.

    `ahead` is what others wait for: arrivals serve them first. All by product, in stock units.
    """
    left, waiting, others = dict(free), dict(ahead), elsewhere or {}
    found = []
    for product, units in wanted:
        got = min(units, max(0, left.get(product, 0)))
        left[product] = left.get(product, 0) - got
        short = units - got
        waiting[product] = waiting.get(product, 0) + short
        day = expected(waiting[product], coming.get(product, ())) if short else None
        found.append(Outlook(units, got, short, day, others.get(product, 0) if short else 0))
    return found


def expected(units: int, coming: Iterable[Arrival]) -> date | None:
    """Return the day by which so many units have arrived; None when nothing known covers them."""
    dated = sorted((arrival.on, arrival.qty) for arrival in coming if arrival.on is not None)
    for day, qty in dated:
        units -= qty
        if units <= 0:
            return day
    return None
