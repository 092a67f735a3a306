"""Which stock counts where, which pool each order draws on, and where the workflow is on.

Read once for each command from the warehouses and the settings of their companies (F152, F156).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from erp_core.db import db
from erp_core.settings import settings
from plugins.backorders.domain.pools import Warehouse as Place
from plugins.backorders.domain.pools import demand_pool, pool_of
from plugins.backorders.settings import BackorderSettings
from plugins.inventory.models import Warehouse


@dataclass(frozen=True, slots=True)
class Layout:
    """The pools as they stand now.

    `stock` names the pool of each warehouse whose stock counts, `demand` the pool that orders at
    each location draw on; both leave out companies whose workflow is off, whose pools are `asleep`.
    In the pools of `substituting` replacement stock is considered (F151); orders of the companies
    in `silent` get no mark when they are created (F149). Pools of `by_hand` keep arriving stock
    free until somebody fills (A24).
    """

    stock: Mapping[int, int]
    demand: Mapping[int, int]
    asleep: frozenset[int]
    substituting: frozenset[int]
    silent: frozenset[int]
    by_hand: frozenset[int] = frozenset()

    @property
    def awake(self) -> bool:
        """Say whether the workflow is on for anybody (F145)."""
        return bool(self.demand)

    def members(self, pool: int) -> list[int]:
        """Return the warehouses whose stock counts in a pool, the location it is named after first.

        A pool that nobody's stock counts in has no members.
        """
        found = sorted(place for place, theirs in self.stock.items() if theirs == pool)
        return sorted(found, key=lambda place: place != pool)


def layout() -> Layout:
    """Read the layout; one statement."""
    rows = db.session.execute(
        sa.select(Warehouse.id, Warehouse.kind, Warehouse.company_id, Warehouse.serves_id)
    )
    return arrange([Place(*row) for row in rows])


def arrange(places: Iterable[Place]) -> Layout:
    """Return the layout of these warehouses under the settings as they hold now."""
    stock: dict[int, int] = {}
    demand: dict[int, int] = {}
    asleep: set[int] = set()
    substituting: set[int] = set()
    silent: set[int] = set()
    by_hand: set[int] = set()
    for place in places:
        rules = settings(BackorderSettings, company=place.company_id)
        pool = demand_pool(place, rules.allocation_scope)
        if not rules.enable_backorder_workflow:
            asleep |= {place.id, -place.company_id}
            continue
        counts = pool_of(place, rules.allocation_scope, count_dropship=not rules.ignore_dropship)
        demand[place.id] = pool
        if counts is not None:
            stock[place.id] = counts
        if rules.consider_replacement:
            substituting.add(pool)
        if rules.stop_marking_on_create:
            silent.add(place.company_id)
        if not rules.auto_allocate_on_receipt:
            by_hand.add(pool)
    sets = (frozenset(found) for found in (asleep, substituting, silent, by_hand))
    return Layout(stock, demand, *sets)
