"""Who gets the stock: the one decision, for preview, commit, replay and tests (DESIGN section 3).

`serve` is the decision for one product in one pool. `allocate` says why beside it; `substitute`
asks the same decision about replacement stock; `frontier` reaches the same answer by touching only
the lines that change; `full_pass` runs it over the whole demand queue.
"""

from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import NamedTuple, TypeVar

from plugins.backorders.domain.claims import Claim, Row, contradiction

AnyRow = TypeVar("AnyRow", bound=Row)


class Reason(StrEnum):
    """Why a line has what it has; every waiting line carries one (I5, I6)."""

    COVERED = "covered"
    PINNED = "pinned"
    FORCED = "forced"
    PARTLY_COVERED = "partly_covered"
    WAITS_IN_QUEUE = "waits_in_queue"
    PINS_EXCEED_STOCK = "pins_exceed_stock"
    NO_STOCK = "no_stock"


class Decision(NamedTuple):
    """What one claim gets, in stock units.

    `ahead` counts the units of earlier claims that still wait for stock, held-back ones left out.
    """

    claim: Claim
    allocated: int
    ahead: int
    reason: Reason

    @property
    def backordered(self) -> int:
        """Units without stock, before any replacement is considered."""
        return self.claim.open - self.allocated


def serve(
    claims: Iterable[AnyRow], supply: int, *, pinned: int = 0
) -> Iterator[tuple[AnyRow, int, int]]:
    """Yield (claim, allocated, ahead) for one product and pool, in ascending key order.

    `supply` is the counted stock of the pool (below 0 counts as 0), `pinned` the sum of all pins in
    the queue: pins come off before anyone is served, so the sum must be known before the first row.
    Streams: memory does not grow with the queue. Raises ValueError when keys do not ascend, a row
    contradicts itself, or the pins met do not add up to `pinned`.
    """
    stock = max(supply, 0)
    pins = min(stock, pinned)
    free = stock - pins
    ahead = last = met = 0
    for claim in claims:
        key, _, _, open_, pin, forced, _, _ = claim
        if key <= last:
            raise ValueError(f"Claims must come in ascending key order: {key} came after {last}.")
        last = key
        allocated = 0
        if pin:
            met += pin
            allocated = min(pin, pins)
            pins -= allocated
        wanted = open_ - forced - pin
        if wanted < 0:
            raise contradiction(claim)
        taken = wanted if wanted <= free else free
        free -= taken
        allocated += taken
        yield claim, allocated, ahead
        ahead += open_ - forced - allocated
    if met != pinned:
        raise ValueError(f"The queue holds {met} pinned units, but {pinned} were announced.")


def allocate(claims: Iterable[Claim], supply: int, *, pinned: int = 0) -> Iterator[Decision]:
    """Yield the decision and its reason for each claim of one product and pool, in key order.

    Arguments and errors are those of `serve`.
    """
    for claim, allocated, ahead in serve(claims, supply, pinned=pinned):
        yield Decision(claim, allocated, ahead, reason_for(claim, allocated, supply))


def reason_for(claim: Claim, allocated: int, supply: int) -> Reason:
    """Return why a claim that gets `allocated` units out of `supply` gets neither more nor less."""
    if claim.forced + allocated == claim.open:
        return _settled_reason(claim)
    if supply <= 0:
        return Reason.NO_STOCK
    if allocated < claim.pinned:
        return Reason.PINS_EXCEED_STOCK
    return Reason.PARTLY_COVERED if allocated else Reason.WAITS_IN_QUEUE


def _settled_reason(claim: Claim) -> Reason:
    if claim.forced:
        return Reason.FORCED
    return Reason.PINNED if claim.pinned else Reason.COVERED


def shortage(claim: Claim) -> Claim:
    """Return a claim's shortage as a claim of its own on the replacement's stock.

    Units held back by hand stay back-ordered whatever the replacement has, so they are left out.
    """
    short = claim.waiting
    return Claim(
        claim.key,
        claim.line_id,
        claim.order_id,
        open=short,
        allocated=min(claim.substitutable, short),
    )


def substitute(claims: Iterable[Claim], left: int) -> Iterator[Claim]:
    """Yield short claims, in key order, with what the replacement's leftover stock covers (A18).

    `claims` merges, by key, the short lines of every product that names the same replacement in
    the same pool, so each of its `left` units (its stock after its own demand) is counted once.
    Only `substitutable` changes: marking, nothing is swapped. One hop: the leftovers of the
    replacement's own replacement are not looked at. Raises ValueError when keys do not ascend.
    """
    by_line: dict[int, Claim] = {}
    for short, covered, _ in serve(_remember(claims, by_line), left):
        yield by_line.pop(short.line_id)._replace(substitutable=covered)


def _remember(claims: Iterable[Claim], by_line: dict[int, Claim]) -> Iterator[Claim]:
    for claim in claims:
        by_line[claim.line_id] = claim
        yield shortage(claim)
