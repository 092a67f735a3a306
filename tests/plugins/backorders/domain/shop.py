"""A tiny shop for the tests: one product and pool, a naive oracle, and random history."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from plugins.backorders.domain.claims import Change, Claim, arrival
from plugins.backorders.domain.frontier import Settlement, settle

Event = tuple[int, int, int, int]
"""Kind, then three numbers that each kind reads in its own way: every tuple is a legal event."""


def oracle(claims: Iterable[Claim], supply: int) -> dict[int, int]:
    """Hand out single units: to pins by key, then to everyone by key."""
    line_up = sorted(claims, key=lambda claim: claim.key)
    got = {claim.line_id: 0 for claim in line_up}
    for claim in line_up:
        for _ in range(claim.pinned):
            if supply > 0:
                got[claim.line_id] += 1
                supply -= 1
    for claim in line_up:
        for _ in range(claim.open - claim.forced - claim.pinned):
            if supply > 0:
                got[claim.line_id] += 1
                supply -= 1
    return got


@dataclass
class ListQueue:
    """A queue over a list that counts every row it hands out."""

    claims: Sequence[Claim]
    read: dict[str, int] = field(default_factory=dict)

    def waiting(self) -> Iterator[Claim]:
        yield from self._count("waiting", lambda c: c.allocated + c.forced < c.open)

    def holding(self) -> Iterator[Claim]:
        yield from self._count("holding", lambda c: c.allocated > c.pinned, reverse=True)

    def short_pins(self) -> Iterator[Claim]:
        yield from self._count("short_pins", lambda c: c.allocated < c.pinned)

    def held_pins(self) -> Iterator[Claim]:
        yield from self._count("held_pins", lambda c: c.pinned and c.allocated, reverse=True)

    def _count(
        self, name: str, belongs: Callable[[Claim], object], reverse: bool = False
    ) -> Iterator[Claim]:
        for claim in sorted(self.claims, key=lambda c: c.key, reverse=reverse):
            if belongs(claim):
                self.read[name] = self.read.get(name, 0) + 1
                yield claim


Settle = Callable[[int, Sequence[Change], ListQueue], Settlement]


class Shop:
    """Stock and claims of one product and pool, kept right by `settle` alone."""

    def __init__(self, settle_with: Settle = settle) -> None:
        self.lines: dict[int, Claim] = {}
        self.stock = 0
        self.free = 0
        self.last_line = 0
        self.answer = Settlement([], 0)
        self.settle = settle_with

    def happen(self, event: Event) -> None:
        """Let one event take place and settle it."""
        kind, a, b, c = event
        (
            self.new_order, self.earlier_order, self.two_lines, self.receive, self.count,
            self.ship, self.cancel, self.pin, self.hold_back, self.reprioritise, self.grow,
            self.ship_and_receive,
        )[kind](a, b, c)  # fmt: skip

    def apply(self, amendments: Sequence[Change], moved: int = 0) -> None:
        self.stock += moved
        queue = ListQueue(list(self.lines.values()))
        self.answer = self.settle(self.free + moved, amendments, queue)
        self.free = self.answer.free
        for change in self.answer.changes:
            assert change.before == self.lines.get(change.after.line_id, change.before)
            self.lines[change.after.line_id] = change.after
            if not change.after.open:
                del self.lines[change.after.line_id]

    def fresh(self, key: int, units: int) -> Change:
        self.last_line += 1
        return arrival(Claim(key, self.last_line, self.last_line, units))

    def free_key(self, wish: int) -> int:
        taken = {claim.key for claim in self.lines.values()}
        while wish in taken:
            wish += 1
        return wish

    def picked(self, index: int) -> Claim | None:
        lines = sorted(self.lines.values())
        return lines[index % len(lines)] if lines else None

    def amend(self, index: int, to: Callable[[Claim], Claim], moved: int = 0) -> None:
        claim = self.picked(index)
        if claim is not None:
            self.apply([Change(claim, to(claim))], moved)

    def new_order(self, units: int, _b: int, _c: int) -> None:
        last = max((claim.key for claim in self.lines.values()), default=0)
        self.apply([self.fresh(last + 10, units + 1)])

    def earlier_order(self, units: int, place: int, _c: int) -> None:
        self.apply([self.fresh(self.free_key(place + 1), units + 1)])

    def two_lines(self, units: int, place: int, more: int) -> None:
        first = self.fresh(self.free_key(place + 1), units + 1)
        second = self.fresh(self.free_key(first.after.key + 1 + more), more + 1)
        self.apply([second, first])

    def receive(self, units: int, _b: int, _c: int) -> None:
        self.apply([], units + 1)

    def count(self, units: int, _b: int, _c: int) -> None:
        self.apply([], -min(units + 1, self.stock))

    def ship(self, index: int, units: int, _c: int) -> None:
        claim = self.picked(index)
        if claim is not None:
            units = min(units + 1, claim.allocated)
            self.apply([Change(claim, claim.shipped(units))], -units)

    def ship_and_receive(self, index: int, units: int, received: int) -> None:
        claim = self.picked(index)
        if claim is not None:
            units = min(units + 1, claim.allocated)
            self.apply([Change(claim, claim.shipped(units))], received - units)

    def cancel(self, index: int, units: int, _c: int) -> None:
        self.amend(index, lambda claim: claim.cancelled(min(units + 1, claim.open)))

    def pin(self, index: int, units: int, _c: int) -> None:
        self.amend(index, lambda claim: claim.pinned_at(min(units, claim.open - claim.forced)))

    def hold_back(self, index: int, units: int, _c: int) -> None:
        self.amend(index, lambda claim: claim.held_back(min(units, claim.open)))

    def reprioritise(self, index: int, place: int, _c: int) -> None:
        self.amend(index, lambda claim: claim.rekeyed(self.free_key(place + 1)))

    def grow(self, index: int, units: int, _c: int) -> None:
        self.amend(index, lambda claim: claim.grown(units))


EVENT_KINDS = 12


def require_right(shop: Shop) -> None:
    """Fail unless every figure equals a full recomputation and nothing was lost or made."""
    lines = shop.lines.values()
    assert {line.line_id: line.allocated for line in lines} == oracle(lines, shop.stock)
    assert shop.free == shop.stock - sum(line.allocated for line in lines)
    assert all(min(line) >= 0 and line.backordered >= line.forced for line in lines)
