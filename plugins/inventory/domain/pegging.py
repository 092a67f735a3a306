"""Who gives when a supply or a demand line can no longer carry all its pegs."""

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
