"""What is missing: every need, less the supply on order that is meant for nobody yet.

Purchase proposals and replenishment both start here, so they never count a unit twice (C01, C21).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa

from erp_core.db import db, is_sqlite
from erp_core.registry import providers
from plugins.inventory.domain.covering import Claim, cover, share
from plugins.inventory.models import Peg
from plugins.inventory.ports import DemandSource, Incoming, Need, SupplySource
from plugins.inventory.services.stock import Key
from plugins.inventory.services.upsert import chunks

_ORDERING = 5_061_020_611
"""The advisory lock that lets one client at a time order what is missing."""


@dataclass(frozen=True, slots=True)
class Shortage:
    """A need and how much of it is on order already, unpegged; both in stock units."""

    need: Need
    on_order: int = 0

    @property
    def missing(self) -> int:
        """Return the units that somebody still has to order."""
        return self.need.qty - self.on_order


def shortages(product_ids: Collection[int] | None = None) -> list[Shortage]:
    """List what is needed, customers before shelves, the oldest claim first; None: everything.

    Supply on order that is pegged to nobody covers needs in that order, in its own pool.
    """
    found = sorted(needs(product_ids), key=lambda need: need.for_stock)
    coming = unpegged({need.product_id for need in found})
    claims = [Claim(need.product_id, need.pool or (need.warehouse_id,), need.qty) for need in found]
    covered = cover(claims, coming)
    return [Shortage(need, units) for need, units in zip(found, covered, strict=True)]


def split(qty: int, found: Sequence[Shortage]) -> list[tuple[Need, int]]:
    """Share a quantity among what is missing, in the order given; the last takes the surplus.

    Returns needs of exactly what is missing, each with its units; who gets none is left out.
    """
    lacking = [one for one in found if one.missing > 0]
    shares = share(qty, [one.missing for one in lacking])
    pairs = zip(lacking, shares, strict=True)
    return [(replace(one.need, qty=one.missing), units) for one, units in pairs if units]


def needs(product_ids: Collection[int] | None = None, *, but: str = "") -> list[Need]:
    """List the needs of every source of demand except the one with the key `but`."""
    sources = providers(DemandSource)  # type: ignore[type-abstract]
    return [need for source in sources if source.key != but for need in source.needs(product_ids)]


def unpegged(product_ids: Collection[int], *, own: str = "") -> dict[Key, int]:
    """Return the units on order by (product, place) that are pegged to nobody.

    Drafts and requested transfers count: they are asked for. Pegs of the demand source `own` do
    not bind: what it ordered for itself is still its own.
    """
    units: dict[Key, int] = defaultdict(int)
    for part in chunks(sorted(set(product_ids))):
        taken = _pegged(part, own)
        for source, line in _coming(part):
            free = line.qty - taken.get((source, line.line_id), 0)
            units[line.product_id, line.warehouse_id] += max(0, free)
    return dict(units)


def _coming(product_ids: Collection[int]) -> Iterator[tuple[str, Incoming]]:
    for source in providers(SupplySource):  # type: ignore[type-abstract]
        for line in (*source.incoming(product_ids), *source.planned(product_ids)):
            yield source.key, line


def _pegged(product_ids: Collection[int], own: str) -> dict[tuple[str, int], int]:
    query = (
        sa.select(Peg.supply_source, Peg.supply_line_id, sa.func.sum(Peg.qty))
        .where(Peg.product_id.in_(product_ids), Peg.demand_source != own)
        .group_by(Peg.supply_source, Peg.supply_line_id)
    )
    return {(source, line): int(units) for source, line, units in db.session.execute(query)}


def one_at_a_time() -> None:
    """Let no other client order what is missing until this transaction ends.

    Two of them that read the same needs would order them twice. SQLite has one writer anyway.
    """
    if not is_sqlite():
        db.session.execute(sa.select(sa.func.pg_advisory_xact_lock(_ORDERING)))
