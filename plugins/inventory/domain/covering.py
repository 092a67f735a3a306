"""How far supply that nobody has a claim on goes, and who gets the units of a new order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple


class Claim(NamedTuple):
    """Units that a demand line is short of, and the locations whose goods can serve it."""

    product: int
    places: tuple[int, ...]
    qty: int


def cover(claims: Sequence[Claim], supply: Mapping[tuple[int, int], int]) -> list[int]:
    """Return the units of each claim that `supply` (by product and place) covers.

    Claims are served in the order given and every unit counts once; a claim takes from its places
    in their order.
    """
    left = dict(supply)
    return [sum(_take(claim, left)) for claim in claims]


def _take(claim: Claim, left: dict[tuple[int, int], int]) -> list[int]:
    wanted, taken = claim.qty, []
    for place in claim.places:
        key = (claim.product, place)
        units = max(0, min(wanted, left.get(key, 0)))
        if units:
            left[key] -= units
            wanted -= units
        taken.append(units)
    return taken


def share(qty: int, missing: Sequence[int]) -> list[int]:
    """Split a quantity over what is missing, in the order given; the last share takes the surplus.

    Without anything missing there is nobody to share with: an empty list.
    """
    left, shares = qty, []
    for units in missing:
        shares.append(min(units, left))
        left -= shares[-1]
    if shares:
        shares[-1] += left
    return shares
