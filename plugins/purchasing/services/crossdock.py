"""Cross-dock: goods at the door go straight to who waits for them (F094, C24)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from plugins.inventory.ports import Need
from plugins.inventory.services import pegs, shortages
from plugins.inventory.services.pegs import NewPeg, Share
from plugins.purchasing.domain.arrival import hand_out
from plugins.purchasing.models import SUPPLY_SOURCE, PurchaseOrder, PurchaseOrderLine, Receipt
from plugins.purchasing.services import loading, receiving
from plugins.purchasing.services.receiving import Terms
from plugins.purchasing.services.waiting import waiting

MOST_IN_LINE = 5
"""How many who wait without a claim on the order are listed for a line."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who waits for a product that arrives; `pegged` says the order was made for them."""

    source: str
    line_id: int
    label: str
    customer: str
    url: str
    qty: int
    pegged: bool

    @property
    def key(self) -> str:
        """Return the name of the demand line in a form."""
        return f"{self.source}:{self.line_id}"


def candidates(order: PurchaseOrder) -> Mapping[int, list[Candidate]]:
    """Return who waits for the open lines of an order at its location, by line.

    First those it was ordered for, the oldest peg first, then who is next in line for the product
    there. A constant number of statements.
    """
    lines = [line for line in order.lines if line.open_qty]
    found: dict[int, list[Candidate]] = defaultdict(list)
    for line_id, ones in waiting([line.id for line in lines]).items():
        for one in ones:
            facts = (one.waiter.label, one.waiter.customer, one.waiter.url)
            found[line_id].append(Candidate(one.source, one.line_id, *facts, one.qty, True))
    if lines and not order.ship_to_customer:
        for line_id, needs in _in_line(order, lines).items():
            found[line_id].extend(_next(need) for need in needs)
    return found


def _in_line(order: PurchaseOrder, lines: Iterable[PurchaseOrderLine]) -> Mapping[int, list[Need]]:
    by_product = {line.product_id: line.id for line in lines}
    found: dict[int, list[Need]] = defaultdict(list)
    for need in shortages.needs(by_product):
        served = order.warehouse_id in (need.pool or (need.warehouse_id,))
        mine = found[by_product[need.product_id]]
        if served and not need.for_stock and len(mine) < MOST_IN_LINE:
            mine.append(need)
    return found


def _next(need: Need) -> Candidate:
    return Candidate(need.source, need.line_id, need.label, need.customer, "", need.qty, False)


def receive(
    order_id: int,
    units: Mapping[int, int],
    chosen: Mapping[int, Collection[str]],
    *,
    version: int | None = None,
    reason: str = "",
) -> Receipt:
    """Receive goods (units by line id) and hand them straight to the chosen demand lines.

    Each of them gets what it waits for as far as the goods go, in the order listed; the rest is
    put into stock. Raises what receiving raises.
    """
    shares = _shares(order_id, units, chosen) if any(chosen.values()) else []
    return receiving.receive(order_id, units, version=version, terms=Terms(shares, reason))


def _shares(
    order_id: int, units: Mapping[int, int], chosen: Mapping[int, Collection[str]]
) -> list[Share]:
    order = loading.get(order_id)
    known = candidates(order)
    sums: dict[tuple[int, str, int], int] = defaultdict(int)
    new: list[NewPeg] = []
    for line in order.lines:
        asked = [one for one in known.get(line.id, ()) if one.key in chosen.get(line.id, ())]
        given = hand_out([one.qty for one in asked], units.get(line.id, 0))
        for one, qty in zip(asked, given, strict=True):
            sums[line.id, one.source, one.line_id] += qty
            if qty and not one.pegged:
                whose = (one.source, one.line_id, line.product_id, qty)
                new.append(NewPeg(SUPPLY_SOURCE, line.id, *whose))
    pegs.add(new)
    return [Share(*pair, qty) for pair, qty in sums.items() if qty]
