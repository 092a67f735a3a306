"""How much of each back order is on its way: pegs between supply lines and order lines."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import sqlalchemy as sa

from erp_core.db import db
from plugins.backorders.domain.record import requesting
from plugins.backorders.models import DEMAND_SOURCE, Backorder
from plugins.backorders.services import records
from plugins.backorders.services.layout import Layout
from plugins.backorders.services.lines import Moved
from plugins.inventory.models import Peg
from plugins.inventory.services import passing, pegs
from plugins.inventory.services.pegs import Freed
from plugins.inventory.services.upsert import chunks
from plugins.sales.models import SalesOrder, SalesOrderLine


def trim(moved: Mapping[int, Moved]) -> list[Freed]:
    """Keep pegs of lines whose shortage fell within what is still short (features.md 5.1 iv).

    Returns the supply that is free again, for the next who waits once the records are written.
    """
    fallen = {
        line: move.after.backordered
        for line, move in moved.items()
        if move.after.backordered < move.before.backordered
    }
    return pegs.shrink_demand(DEMAND_SOURCE, fallen) if fallen else []


def pegged(line_ids: Collection[int]) -> dict[int, int]:
    """Return the units on their way for each line that has any."""
    units = sa.func.sum(Peg.qty)
    query = sa.select(Peg.demand_line_id, units).group_by(Peg.demand_line_id)
    found: dict[int, int] = {}
    for part in chunks(sorted(line_ids)):
        mine = query.where(Peg.demand_source == DEMAND_SOURCE, Peg.demand_line_id.in_(part))
        found |= {line: int(total) for line, total in db.session.execute(mine)}
    return found


def update(line_ids: Collection[int], plan: Layout) -> None:
    """Set what is requested of the back orders of these lines to what is pegged.

    Pegs beyond the shortage (stock came at the same moment) are given back. Lines of companies
    whose workflow is off stay as they are.
    """
    mine = _awake(line_ids, plan)
    found = records.locked(mine)
    units = pegged(mine)
    records.store(
        [
            record.now(requesting(record.quantities, units.get(line, 0)))
            for line, record in found.items()
        ]
    )
    short = {line: found[line].quantities.short if line in found else 0 for line in units}
    over = {line: most for line, most in short.items() if units[line] > most}
    if over:
        passing.pass_on(pegs.shrink_demand(DEMAND_SOURCE, over))


def _awake(line_ids: Collection[int], plan: Layout) -> list[int]:
    lines = sorted(line_ids)
    if not plan.asleep:
        return lines
    query = (
        sa.select(SalesOrderLine.id)
        .join(SalesOrder, SalesOrder.id == SalesOrderLine.order_id)
        .where(SalesOrder.warehouse_id.in_(plan.demand))
    )
    found: list[int] = []
    for part in chunks(lines):
        found.extend(db.session.scalars(query.where(SalesOrderLine.id.in_(part))))
    return sorted(found)


def repair(plan: Layout) -> int:
    """Set every record to what is pegged, and give back pegs that nobody needs; returns how many.

    Pegs beyond a shortage are trimmed by `update`, which each trim calls again by its event.
    """
    lines = wrong(plan)
    if lines:
        update(lines, plan)
    return len(lines)


def wrong(plan: Layout) -> list[int]:
    """Return the lines whose record says something else than their pegs, or less than them."""
    return _awake([int(line) for line in db.session.scalars(_differing(plan))], plan)


def _differing(plan: Layout) -> sa.Select[int]:
    sums = (
        sa.select(Peg.demand_line_id.label("line_id"), sa.func.sum(Peg.qty).label("units"))
        .where(Peg.demand_source == DEMAND_SOURCE)
        .group_by(Peg.demand_line_id)
        .subquery()
    )
    units = sa.func.coalesce(sums.c.units, 0)
    mine = sa.select(Backorder).where(Backorder.closed_at.is_(None)).subquery()
    said = (
        sa.select(mine.c.line_id)
        .join(sums, sums.c.line_id == mine.c.line_id, isouter=True)
        .where(mine.c.warehouse_id.not_in(plan.asleep))
        .where(sa.or_(mine.c.requested_qty != units, mine.c.short_qty < units))
    )
    loose = (
        sa.select(sums.c.line_id)
        .join(mine, mine.c.line_id == sums.c.line_id, isouter=True)
        .where(mine.c.id.is_(None))
    )
    return sa.select(said.union(loose).subquery().c.line_id)
