"""Where every rule stands now: its levels, its position, and what it needs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from erp_core.db import db
from erp_core.settings import settings
from plugins.inventory.services import pegs, shortages, stock, transfers
from plugins.inventory.services.stock import Key
from plugins.inventory.services.upsert import chunks
from plugins.replenishment.domain.formulas import Demand, LeadTime
from plugins.replenishment.domain.rules import Inputs, Levels, Method, Stand, levels, need, to_buy
from plugins.replenishment.models import DEMAND_SOURCE, ReorderRule
from plugins.replenishment.services import demand, sources
from plugins.replenishment.services.sources import Supplier
from plugins.replenishment.settings import ReplenishmentSettings


@dataclass(frozen=True, slots=True)
class Standing:
    """A rule with the figures behind it."""

    rule: ReorderRule
    known: Inputs
    levels: Levels
    stand: Stand

    @property
    def buy(self) -> int:
        """Return what to order now, in stock units."""
        return to_buy(self.levels, self.stand)

    @property
    def need(self) -> int:
        """Return what is short and not pegged, as the port asks for it."""
        return need(self.levels, self.stand)


def standings(product_ids: Collection[int] | None = None) -> list[Standing]:
    """Return where the active rules stand; a constant number of statements.

    None: the rules of every product.
    """
    rules = _rules(product_ids)
    stands = _stands(rules)
    inputs = _inputs(rules)
    return [
        Standing(rule, known, levels(known), stand)
        for rule, known, stand in zip(rules, inputs, stands, strict=True)
    ]


def _rules(product_ids: Collection[int] | None) -> list[ReorderRule]:
    query = (
        sa.select(ReorderRule)
        .where(ReorderRule.active)
        .options(joinedload(ReorderRule.product), joinedload(ReorderRule.warehouse))
        .order_by(ReorderRule.id)
    )
    if product_ids is None:
        return list(db.session.scalars(query))
    parts = chunks(sorted(set(product_ids)))
    found = (db.session.scalars(query.where(ReorderRule.product_id.in_(part))) for part in parts)
    return [rule for rules in found for rule in rules]


def key_of(rule: ReorderRule) -> Key:
    """Return product and place."""
    return rule.product_id, rule.warehouse_id


def _stands(rules: Sequence[ReorderRule]) -> list[Stand]:
    products = {rule.product_id for rule in rules}
    free, leaving = stock.free(products), transfers.promised(products)
    loose, wanted = shortages.unpegged(products), _wanted(products)
    own = _own([rule.id for rule in rules])
    return [
        Stand(
            free=max(0, free.get(key_of(rule), 0) - leaving.get(key_of(rule), 0)),
            own=own.get(rule.id, 0),
            loose=loose.get(key_of(rule), 0),
            wanted=wanted.get(key_of(rule), 0),
        )
        for rule in rules
    ]


def _wanted(product_ids: Collection[int]) -> Mapping[Key, int]:
    """Return what others are short of and nothing on order is meant for."""
    units: dict[Key, int] = defaultdict(int)
    for one in shortages.needs(product_ids, but=DEMAND_SOURCE):
        units[one.product_id, one.warehouse_id] += one.qty
    return units


def _own(rule_ids: Collection[int]) -> Mapping[int, int]:
    units: dict[int, int] = defaultdict(int)
    for peg in pegs.of_demand(DEMAND_SOURCE, rule_ids):
        units[peg.demand_line_id] += peg.qty
    return units


def _inputs(rules: Sequence[ReorderRule]) -> list[Inputs]:
    rates = settings(ReplenishmentSettings)
    computed = {rule.product_id for rule in rules if rule.method == Method.REORDER_POINT}
    shipped = demand.daily(computed, rates.demand_days) if computed else {}
    named = sources.suppliers(computed) if computed else {}
    return [
        Inputs(
            method=rule.method,
            demand=shipped.get(key_of(rule), Demand()),
            lead=_lead(rule, named.get(rule.product_id), rates.lead_time_days),
            service=rule.service_permille,
            minimum=rule.min_qty,
            maximum=rule.max_qty,
            ordering_minor=rates.ordering_cost_minor,
            holding_minor=Decimal(rule.product.cost_minor * rates.holding_percent) / 100,
        )
        for rule in rules
    ]


def _lead(rule: ReorderRule, supplier: Supplier | None, usual: int) -> LeadTime:
    days = supplier.days if supplier else usual
    own = rule.lead_time_days
    return LeadTime(days if own is None else own, rule.lead_time_deviation)
