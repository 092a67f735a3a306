"""Freed supply goes to the next who waits: a cancelled claim leaves no supply without an owner."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from erp_core.db import db
from erp_core.registry import providers
from plugins.inventory.domain.pegging import Spare, Want, pass_along
from plugins.inventory.models import Peg
from plugins.inventory.ports import Incoming, Need, SupplySource
from plugins.inventory.services import pegs, shortages
from plugins.inventory.services.pegs import Freed, NewPeg

Line = tuple[str, int]


def pass_on(freed: Sequence[Freed]) -> None:
    """Peg freed units of supply lines to customers who still need them, the oldest claim first.

    Only units that still come and that nobody else claims, only where they arrive: goods for
    another location or straight to another customer serve nobody else (C02). A constant number of
    statements; none when nothing was freed.
    """
    coming = _coming(freed) if freed else {}
    if not coming:
        return
    taken = _pegged(coming)
    spare = [
        Spare(line.product_id, line.warehouse_id, max(0, min(units, line.qty - taken.get(key, 0))))
        for key, (line, units) in coming.items()
    ]
    needs = [need for need in shortages.needs({x.product for x in spare}) if not need.for_stock]
    wants = [Want(x.product_id, x.pool or (x.warehouse_id,), x.qty) for x in needs]
    keys = list(coming)
    pegs.add([_peg(keys[s], needs[w], units) for w, s, units in pass_along(wants, spare)])


def _coming(freed: Sequence[Freed]) -> dict[Line, tuple[Incoming, int]]:
    """Return the lines that still come, the soonest first, each with its freed units."""
    units: dict[Line, int] = {}
    for one in freed:
        units[one.source, one.line_id] = units.get((one.source, one.line_id), 0) + one.qty
    products = {one.product_id for one in freed}
    found: dict[Line, tuple[Incoming, int]] = {}
    for source in providers(SupplySource):  # type: ignore[type-abstract]
        if any(one.source == source.key for one in freed):
            for line in (*source.incoming(products), *source.planned(products)):
                key = (source.key, line.line_id)
                if key in units:
                    found[key] = (line, units[key])
    return found


def _pegged(lines: Iterable[Line]) -> dict[Line, int]:
    query = (
        sa.select(Peg.supply_source, Peg.supply_line_id, sa.func.sum(Peg.qty))
        .where(Peg.supply_line_id.in_({line for _source, line in lines}))
        .group_by(Peg.supply_source, Peg.supply_line_id)
    )
    return {(source, line): int(units) for source, line, units in db.session.execute(query)}


def _peg(line: Line, need: Need, units: int) -> NewPeg:
    return NewPeg(*line, need.source, need.line_id, need.product_id, units)
