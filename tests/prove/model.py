"""The business in plain Python: what every quantity has to be after any history.

Nothing here is taken from the product but the written rules (DESIGN section 3, features.md 5.3):
everything is worked out anew from stock and orders, with loops that can be checked on paper.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

Spot = tuple[int, int]
Figures = tuple[int, int, int, int, int, int]


@dataclass(slots=True)
class Line:
    """An order line; `claimed` and what follows is its place in the queue when last counted."""

    id: int
    product: int
    position: int
    ordered: int
    shipped: int = 0
    cancelled: int = 0
    claimed: int = 0
    pool: int = 0
    pinned: int = 0
    forced: int = 0
    allocated: int = 0
    marked: int = 0

    @property
    def open(self) -> int:
        return self.ordered - self.shipped - self.cancelled

    @property
    def wanting(self) -> int:
        """What the queue would still give to this line if it had it."""
        return self.claimed - self.forced - self.allocated

    @property
    def figures(self) -> Figures:
        short = self.claimed - self.allocated - self.marked
        return self.claimed, self.pinned, self.forced, self.allocated, self.marked, short

    def claim(self, units: int, pool: int) -> None:
        """Ask for `units`. Fewer than before: waiting ones go first, then held back, then given."""
        if units < self.claimed:
            self.forced = min(self.forced, units - min(self.allocated, units))
            self.pinned = min(self.pinned, units - self.forced)
        self.claimed, self.pool = units, pool

    def leave(self) -> None:
        self.claimed = self.pool = self.pinned = self.forced = self.allocated = self.marked = 0

    def hold_back(self, units: int) -> None:
        self.forced = units
        self.pinned = min(self.pinned, self.claimed - units)

    def take_along(self, units: int) -> None:
        """Ship units: pinned ones leave first."""
        self.shipped += units
        if self.claimed:
            self.claimed -= units
            self.allocated -= units
            self.pinned = max(0, self.pinned - units)


@dataclass(slots=True)
class Order:
    id: int
    place: int
    lines: list[Line]
    priority: int = 0
    turn: int = 0
    demand: bool = False

    @property
    def open(self) -> bool:
        return any(line.open for line in self.lines)

    @property
    def kind(self) -> str:
        """The class of a confirmed order (A05)."""
        covered = sum(line.allocated + line.marked for line in self.lines)
        short = sum(line.figures[5] for line in self.lines)
        if not short:
            return "none"
        return "partial" if covered else "full"


@dataclass(slots=True)
class Places:
    """Two locations, a dropshipper that serves the first, and broken goods."""

    home: int
    north: int
    vendor: int
    broken: int


@dataclass(slots=True)
class Model:
    """Everything that a history may change."""

    places: Places
    company: int
    replacements: dict[int, int]
    untracked: frozenset[int]
    on_hand: dict[Spot, int] = field(default_factory=dict)
    orders: dict[int, Order] = field(default_factory=dict)
    transit: dict[int, tuple[int, int, int]] = field(default_factory=dict)
    turns: int = 0
    workflow: bool = True
    substituting: bool = False
    ignore_dropship: bool = True
    shared: bool = False

    def move(self, product: int, place: int, units: int) -> None:
        if product not in self.untracked:
            self.on_hand[product, place] = self.on_hand.get((product, place), 0) + units

    def lies(self, product: int, place: int) -> int:
        return self.on_hand.get((product, place), 0)

    def pool_of_orders(self, place: int) -> int:
        return -self.company if self.shared else place

    def pool_of_stock(self, place: int) -> int | None:
        if place == self.places.broken or (place == self.places.vendor and self.ignore_dropship):
            return None
        serves = self.places.home if place == self.places.vendor else place
        return self.pool_of_orders(serves)

    def members(self, order_place: int) -> list[int]:
        """The places an order's goods are taken from, its own first."""
        if not self.workflow:
            return [order_place]
        all_places = (self.places.home, self.places.north, self.places.vendor, self.places.broken)
        pool = self.pool_of_orders(order_place)
        others = sorted(p for p in all_places if self.pool_of_stock(p) == pool)
        if pool in others:  # the location that a pool is named after comes first
            others = [pool, *(p for p in others if p != pool)]
        return [order_place, *(p for p in others if p != order_place)]

    def lines(self) -> Iterator[tuple[Order, Line]]:
        for order in self.orders.values():
            for line in order.lines:
                yield order, line

    def counted(self, spot: Spot) -> int:
        return sum(
            units
            for (product, place), units in self.on_hand.items()
            if product == spot[0] and self.pool_of_stock(place) == spot[1]
        )

    def free(self, spot: Spot) -> int:
        given = sum(ln.allocated for _, ln in self.lines() if (ln.product, ln.pool) == spot)
        return self.counted(spot) - given

    def short(self, spot: Spot) -> int:
        return sum(ln.figures[5] for _, ln in self.lines() if (ln.product, ln.pool) == spot)

    def takeable(self, product: int, place: int) -> int:
        """What a transfer may take away: never what is given to somebody."""
        here = self.lies(product, place)
        pool = self.pool_of_stock(place) if self.workflow else None
        return here if pool is None else max(0, min(here, self.free((product, pool))))

    def count(self) -> None:
        """Serve everybody anew; with the workflow off the queue stays as it is."""
        if not self.workflow:
            return
        queue = self._queue()
        for spot in {(line.product, line.pool) for line in queue}:
            self._serve([line for line in queue if (line.product, line.pool) == spot], spot)
        for line in queue:
            line.marked = 0
        if self.substituting:
            self._mark(queue)

    def _queue(self) -> list[Line]:
        found = []
        for order, line in self.lines():
            if not (order.demand and line.open) or line.product in self.untracked:
                line.leave()
                continue
            line.claim(line.open, self.pool_of_orders(order.place))
            found.append((-order.priority, order.turn, line.position, line))
        return [entry[3] for entry in sorted(found, key=lambda entry: entry[:3])]

    def _serve(self, queue: list[Line], spot: Spot) -> None:
        left = self.counted(spot)
        for line in queue:
            line.allocated = min(line.pinned, left)
            left -= line.allocated
        for line in queue:
            units = min(line.claimed - line.forced - line.pinned, left)
            line.allocated += units
            left -= units

    def _mark(self, queue: list[Line]) -> None:
        """What a replacement has left over covers the oldest shortages, each unit once (A18)."""
        left: dict[Spot, int] = {}
        for line in queue:
            replacement = self.replacements.get(line.product)
            if replacement is None:
                continue
            spot = (replacement, line.pool)
            spare = left.setdefault(spot, self.free(spot))
            line.marked = min(spare, line.wanting)
            left[spot] = spare - line.marked
