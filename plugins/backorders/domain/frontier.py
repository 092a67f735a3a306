"""The same answer as a full pass, reached by touching only the lines that change.

In a settled queue the lines in order of service are full, then at most one part, then none. So a
receipt walks forward from there, and a loss or an earlier claim walks back over the last holders;
nobody else is read. Each claim stands in that order twice: with its pinned units (before every
unpinned unit, by key) and with the rest (by key).
"""

from collections.abc import Iterable, Iterator, Sequence
from heapq import merge
from itertools import chain
from operator import attrgetter
from typing import NamedTuple, Protocol

from plugins.backorders.domain.allocation import shortage
from plugins.backorders.domain.claims import Change, Claim, check

_UNPINNED = 1 << 63


class Slot(NamedTuple):
    """Units that one claim holds or wants at one place (`rank`) in the order of service."""

    rank: int
    claim: Claim
    units: int


class Queue(Protocol):
    """The settled demand queue of one product and pool, read lazily and no further than needed.

    Rows that are being amended may be among the rows; they are passed over. Rows that do not meet
    a method's condition are passed over too, they only cost reading.
    """

    def waiting(self) -> Iterable[Claim]:
        """Return claims with `allocated + forced < open`, by ascending key."""

    def holding(self) -> Iterable[Claim]:
        """Return claims with `allocated > pinned`, by descending key."""

    def short_pins(self) -> Iterable[Claim]:
        """Return claims with `allocated < pinned`, by ascending key (none while stock >= pins)."""

    def held_pins(self) -> Iterable[Claim]:
        """Return claims with `pinned > 0` and `allocated > 0`, by descending key."""


class Settlement(NamedTuple):
    """The answer of `settle`: changed claims by key, and the pool's free units afterwards.

    `free` is negative only when stock itself is below zero: nobody was left to take it from.
    """

    changes: list[Change]
    free: int


def settle(free: int, amendments: Sequence[Change], queue: Queue) -> Settlement:
    """Return who gains and who loses when claims are amended and stock moves, changed lines only.

    `free` = the pool's free units before the event plus the change of counted stock in it, so it
    may be negative. New line: `arrival(claim)`. Receipt of r: no amendment, free + r. Shipment of
    s: the amendment to `claim.shipped(s)`, free - s. Count correction by d: free + d. Cancellation,
    pin, hold-back, priority: the amendment alone. Raises ValueError when an amended claim
    contradicts itself or a line is amended twice.

    The amended claims hand everything back and compete anew, which costs nothing where the outcome
    is the same. Work and reading grow with the lines that change, never with the queue.
    """
    desk = _Desk(amendments)
    free += sum(change.before.allocated for change in amendments)
    if free > 0:
        for slot in walk_forward(desk.wanted(queue), free):
            desk.move(slot.claim, slot.units)
            free -= slot.units
    for loser, winner, units in walk_back(desk.held(queue), desk.claimants(max(0, -free))):
        desk.move(loser, -units)
        if winner is None:
            free += units
        else:
            desk.move(winner, units)
    return Settlement(desk.changes(), free)


def settle_substitutes(left: int, claims: Sequence[Claim], queue: Queue) -> list[Change]:
    """Return whose replacement cover changes, incrementally: `substitute`'s answer.

    A group is the lines of every product that names the same replacement, in one pool. `claims`
    are its lines that `settle` just changed, as they are now; the queue gives the others, `waiting`
    those with `allocated + forced + substitutable < open`, `holding` those with
    `substitutable > 0`; pins play no part. `left` = max(0, free units of the replacement) minus all
    units marked substitutable in the group now. Only `substitutable` changes.
    """
    known = {claim.line_id: claim for claim in claims}
    same = [Change(short, short) for short in map(shortage, claims)]
    moved = settle(left, same, _Shortages(queue, known)).changes
    return [
        Change(known[now.line_id], known[now.line_id]._replace(substitutable=now.allocated))
        for _, now in moved
    ]


def walk_forward(wanted: Iterable[Slot], free: int) -> Iterator[Slot]:
    """Yield what each slot gets, oldest first, until `free` is used up; reads no slot more."""
    if free <= 0:
        return
    for slot in wanted:
        given = min(slot.units, free)
        free -= given
        yield slot._replace(units=given)
        if not free:
            return


class Move(NamedTuple):
    """Units taken from one claim for another; the winner is None when stock was lost."""

    loser: Claim
    winner: Claim | None
    units: int


def walk_back(
    held: Iterable[Slot], claimants: Iterable[tuple[int, Claim | None, int]]
) -> Iterator[Move]:
    """Yield moves from the last holders, walking backwards, to claimants (rank, claim, units).

    Holders come by descending rank, claimants by ascending rank. A claimant takes only from
    holders ranked after itself, so a pinned unit yields to nobody but lost stock and earlier pins.
    """
    holders = iter(held)
    rank, left = 0, 0
    loser: Claim | None = None
    for limit, winner, missing in claimants:
        while missing:
            if not left:
                rank, loser, left = next(holders, (0, None, 0))
            if loser is None or rank <= limit:
                return
            units = min(missing, left)
            missing -= units
            left -= units
            yield Move(loser, winner, units)


class _Desk:
    """The figures of every claim touched while one settlement runs."""

    def __init__(self, amendments: Sequence[Change]) -> None:
        self._before = {change.after.line_id: change.before for change in amendments}
        if len(self._before) != len(amendments):
            raise ValueError("A line can be amended only once in one settlement.")
        self._amended = {
            line.line_id: check(line)._replace(allocated=0)
            for line in sorted((change.after for change in amendments), key=attrgetter("key"))
        }
        self._others: dict[int, Claim] = {}

    def move(self, claim: Claim, units: int) -> None:
        book = self._amended if claim.line_id in self._amended else self._others
        now = book.setdefault(claim.line_id, claim)
        self._before.setdefault(claim.line_id, claim)
        book[claim.line_id] = now._replace(allocated=now.allocated + units)

    def wanted(self, queue: Queue) -> Iterator[Slot]:
        amended = list(self._amended.values())
        yield from merge(_pins_wanted(self._rest(queue.short_pins())), _pins_wanted(amended))
        yield from merge(_rest_wanted(self._rest(queue.waiting())), _rest_wanted(amended))

    def held(self, queue: Queue) -> Iterator[Slot]:
        for claim in self._rest(queue.holding()):
            if claim.allocated > claim.pinned:
                yield Slot(claim.key | _UNPINNED, claim, claim.allocated - claim.pinned)
        for claim in self._rest(queue.held_pins()):
            if claim.pinned and claim.allocated:
                yield Slot(claim.key, claim, min(claim.allocated, claim.pinned))

    def claimants(self, lost: int) -> Iterator[tuple[int, Claim | None, int]]:
        yield -1, None, lost
        amended = list(self._amended.values())
        yield from chain(_pins_wanted(amended), _rest_wanted(amended))

    def changes(self) -> list[Change]:
        touched = chain(self._amended.values(), self._others.values())
        pairs = (Change(self._before[now.line_id], now.fitted()) for now in touched)
        found = (pair for pair in pairs if pair.before != pair.after)
        return sorted(found, key=lambda pair: pair.after.key)

    def _rest(self, claims: Iterable[Claim]) -> Iterator[Claim]:
        return (claim for claim in claims if claim.line_id not in self._amended)


def _pins_wanted(claims: Iterable[Claim]) -> Iterator[Slot]:
    for claim in claims:
        if claim.allocated < claim.pinned:
            yield Slot(claim.key, claim, claim.pinned - claim.allocated)


def _rest_wanted(claims: Iterable[Claim]) -> Iterator[Slot]:
    for claim in claims:
        units = claim.open - claim.forced - max(claim.allocated, claim.pinned)
        if units > 0:
            yield Slot(claim.key | _UNPINNED, claim, units)


class _Shortages:
    """A group's short lines as claims on the replacement's stock; `known` learns what was read."""

    def __init__(self, queue: Queue, known: dict[int, Claim]) -> None:
        self._queue = queue
        self._known = known

    def waiting(self) -> Iterator[Claim]:
        return self._shown(self._queue.waiting())

    def holding(self) -> Iterator[Claim]:
        return self._shown(self._queue.holding())

    def short_pins(self) -> tuple[Claim, ...]:
        return ()

    def held_pins(self) -> tuple[Claim, ...]:
        return ()

    def _shown(self, claims: Iterable[Claim]) -> Iterator[Claim]:
        for claim in claims:
            self._known.setdefault(claim.line_id, claim)
            yield shortage(claim)
