"""Who gives and who is served when the units behind pegs change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Tie(NamedTuple):
    """A peg as the rule sees it: its id (rising with age) and its units."""

    id: int
    qty: int


def shrink(ties: Sequence[Tie], keep: int) -> list[Tie]:
    """Return the pegs that change so that at most `keep` units remain; the newest give first.

    A returned peg with 0 units is to be removed. Pegs that stay as they are do not appear.
    """
    left = max(keep, 0)
    changed: list[Tie] = []
    for tie in sorted(ties):
        units = min(tie.qty, left)
        left -= units
        if units != tie.qty:
            changed.append(Tie(tie.id, units))
    return changed


def take(ties: Sequence[Tie], units: int) -> list[Tie]:
    """Return how many of `units` that arrived go to each peg; the oldest are served first."""
    left = max(units, 0)
    served: list[Tie] = []
    for tie in sorted(ties):
        share = min(tie.qty, left)
        left -= share
        if share:
            served.append(Tie(tie.id, share))
    return served


def split(ties: Sequence[Tie], units: int) -> list[Tie]:
    """Return the units of each peg that move along when demand is split; the newest move first."""
    left = max(units, 0)
    moving: list[Tie] = []
    for tie in sorted(ties, reverse=True):
        share = min(tie.qty, left)
        left -= share
        if share:
            moving.append(Tie(tie.id, share))
    return moving


class Want(NamedTuple):
    """Units of a product that a demand line needs, and the locations whose goods serve it."""

    product: int
    places: tuple[int, ...]
    qty: int


class Spare(NamedTuple):
    """Units of a product that come to a location and that nobody claims."""

    product: int
    place: int
    qty: int


def pass_along(wants: Sequence[Want], spare: Sequence[Spare]) -> list[tuple[int, int, int]]:
    """Return (want, spare, units) by their places in the lists; both are served in their order."""
    left = [one.qty for one in spare]
    given: list[tuple[int, int, int]] = []
    for index, want in enumerate(wants):
        missing = want.qty
        for place, one in enumerate(spare):
            fits = one.product == want.product and one.place in want.places
            units = min(missing, left[place]) if fits else 0
            if units > 0:
                given.append((index, place, units))
                left[place] -= units
                missing -= units
    return given
