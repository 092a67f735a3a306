"""The decision over the whole demand queue at once: every product and pool in one stream."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple, TypeAlias

from plugins.backorders.domain.allocation import serve, substitute
from plugins.backorders.domain.by_hand import serve_by_hand
from plugins.backorders.domain.claims import Change, Claim, Row
from plugins.backorders.domain.order_class import OrderTally

Spot: TypeAlias = tuple[int, int]
"""(product id, pool): what one balance row stands for."""

QueueRow: TypeAlias = tuple[int, int, int, int, int, int, int, int, int, int]
"""Product id, pool, then the fields of `Claim`."""

Short: TypeAlias = tuple[Spot, Row, int]
"""A line kept until replacements are known: its spot, its row as read, its new allocation."""

Ruled: TypeAlias = tuple[Spot, Row, int, int]
"""A line that was wrong: its spot, its row as read, what it gets and what a replacement covers."""

_spot = itemgetter(0, 1)
_claim = itemgetter(2, 3, 4, 5, 6, 7, 8, 9)


class Supply(NamedTuple):
    """Counted stock of one product in one pool, and the sum of all pins on it."""

    units: int
    pinned: int = 0


class Balance(NamedTuple):
    """Free and back-ordered units of one product in one pool."""

    free: int
    backordered: int


@dataclass(slots=True)
class FullPass:
    """Recomputes everything; `balances` and `orders` are complete when `verdicts` is exhausted.

    `supplies` names every spot with stock or pins; a spot it does not name has none.
    `replacements` maps a product to the product that may replace it, and is empty while
    "Consider ReplacementSKU Qty in BackOrder Calculation" is off (F151). In the pools of `by_hand`
    nobody gets more than he has (A24).
    """

    supplies: Mapping[Spot, Supply]
    replacements: Mapping[int, int] = field(default_factory=dict)
    by_hand: frozenset[int] = frozenset()
    balances: dict[Spot, Balance] = field(default_factory=dict)
    orders: OrderTally = field(default_factory=OrderTally)

    def changes(self, rows: Iterable[QueueRow]) -> Iterator[Change]:
        """Yield each line whose figures are not right yet, as `verdicts` does, before and after."""
        for _, row, allocated, covered in self.verdicts(rows):
            before = Claim._make(row)
            yield Change(before, before._replace(allocated=allocated, substitutable=covered))

    def verdicts(self, rows: Iterable[QueueRow]) -> Iterator[Ruled]:
        """Yield each line whose figures are not right yet, once, in no promised order.

        `rows` come sorted by product, pool and key. Memory grows only with the short lines of
        products that have a replacement. Raises ValueError as `serve` does.
        """
        self.balances = {
            spot: Balance(max(0, units), 0) for spot, (units, _) in self.supplies.items()
        }
        short: dict[Spot, list[Short]] = {}
        for spot, group in groupby(rows, key=_spot):
            yield from self._one_spot(spot, map(_claim, group), short)
        for (product, pool), waiting in short.items():
            yield from self._one_replacement((product, pool), waiting)

    def _one_spot(
        self, spot: Spot, rows: Iterable[Row], short: dict[Spot, list[Short]]
    ) -> Iterator[Ruled]:
        product, pool = spot
        supply = self.supplies.get(spot, Supply(0))
        replacement = self.replacements.get(product)
        given = lacking = 0
        decide = serve_by_hand if pool in self.by_hand else serve
        is_short, is_covered = self.orders.short.add, self.orders.covered.add
        for row, allocated, _ in decide(rows, supply.units, pinned=supply.pinned):
            _, _, order_id, open_, _, _, held, marked = row
            given += allocated
            if allocated < open_:
                if replacement is not None:
                    short.setdefault((replacement, pool), []).append((spot, row, allocated))
                    continue
                lacking += open_ - allocated
                is_short(order_id)
            if allocated:
                is_covered(order_id)
            if held != allocated or marked:
                yield spot, row, allocated, 0
        self.balances[spot] = Balance(max(0, supply.units) - given, lacking)

    def _one_replacement(self, spot: Spot, waiting: list[Short]) -> Iterator[Ruled]:
        waiting.sort(key=lambda entry: entry[1][0])
        left = self.balances.get(spot, Balance(0, 0)).free
        marked = substitute((_given(row, given) for _, row, given in waiting), left)
        for (home, row, _), now in zip(waiting, marked, strict=True):
            self.orders.add(now.order_id, now.allocated + now.substitutable, now.backordered)
            free, lacking = self.balances[home]
            self.balances[home] = Balance(free, lacking + now.backordered)
            if row != now:
                yield home, row, now.allocated, now.substitutable


def _given(row: Row, allocated: int) -> Claim:
    key, line_id, order_id, open_, pinned, forced, _, _ = row
    return Claim(key, line_id, order_id, open_, pinned, forced, allocated)
