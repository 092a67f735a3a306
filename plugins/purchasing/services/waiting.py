"""Who waits for what stands on a purchase order (F039)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from erp_core.registry import providers
from plugins.inventory.models import Peg
from plugins.inventory.ports import DemandSource, Waiter
from plugins.inventory.services import pegs
from plugins.purchasing.models import SUPPLY_SOURCE


@dataclass(frozen=True, slots=True)
class Waiting:
    """Somebody who waits for units of a purchase order line; `source` and `line_id` name it."""

    waiter: Waiter
    qty: int
    source: str
    line_id: int

    @property
    def words(self) -> str:
        """Say who waits: "3 for SO-1042, Oak & Iron Ltd"."""
        who = ", ".join(part for part in (self.waiter.label, self.waiter.customer) if part)
        return f"{self.qty:,} for {who}"


def waiting(line_ids: Collection[int]) -> Mapping[int, list[Waiting]]:
    """Return who waits behind each purchase order line, oldest peg first.

    Pegs whose demand no enabled plugin speaks for are left out.
    """
    found = pegs.of_supply(SUPPLY_SOURCE, line_ids)
    known = _waiters(found)
    result: dict[int, list[Waiting]] = defaultdict(list)
    for peg in found:
        waiter = known.get((peg.demand_source, peg.demand_line_id))
        if waiter:
            result[peg.supply_line_id].append(
                Waiting(waiter, peg.qty, peg.demand_source, peg.demand_line_id)
            )
    return result


def _waiters(found: Collection[Peg]) -> dict[tuple[str, int], Waiter]:
    wanted: dict[str, set[int]] = defaultdict(set)
    for peg in found:
        wanted[peg.demand_source].add(peg.demand_line_id)
    known: dict[tuple[str, int], Waiter] = {}
    for source in providers(DemandSource):  # type: ignore[type-abstract]
        if source.key in wanted:
            answers = source.waiters(wanted[source.key])
            known |= {(source.key, line): waiter for line, waiter in answers.items()}
    return known
