"""What follows units that move to a line of a child order (F105); nothing is made or lost."""

from dataclasses import replace
from typing import NamedTuple

from plugins.backorders.domain.claims import Claim
from plugins.backorders.domain.record import Figures, Record


class Divided(NamedTuple):
    """The claim that stays with its line, and the one that the moved units make up."""

    kept: Claim
    moved: Claim


def divide(claim: Claim, qty: int, covered: int = 0) -> Divided:
    """Take `qty` units out of a claim; `covered` of them take their stock along and are pinned.

    The other units leave as a cancellation would take them: waiting ones first, then held back,
    then covered. Pins, for somebody filled the covered units on purpose and the line they leave
    comes first in the order of service. The moved claim keeps key and line of the old one until
    it gets its own. Raises ValueError for more units than are open, or covered than allocated.
    """
    rest = claim.shipped(covered)
    kept = rest.cancelled(qty - covered)
    moved = claim._replace(
        open=qty,
        allocated=claim.allocated - kept.allocated,
        substitutable=0,
        forced=rest.forced - kept.forced,
        pinned=covered + rest.pinned - kept.pinned,
    )
    return Divided(kept, moved)


def divide_record(record: Record, kept: Figures, moved: Figures) -> tuple[Record, Record]:
    """Return the back order that stays and the one that follows the units, by their lines' figures.

    Filled units go along as far as stock does. What was fulfilled stays; so does what is requested,
    until its pegs say otherwise.
    """
    filled = min(record.filled, moved.allocated)
    stays = min(record.filled - filled, kept.allocated)
    follows = Record(short=moved.backordered, filled=filled)
    return replace(record, short=kept.backordered, filled=stays), follows
