"""Pegs tie units of one supply line to one demand line, whoever owns the two."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import sqlalchemy as sa

from erp_core.db import db, now
from erp_core.events import publish
from plugins.inventory.domain.pegging import Tie, shrink
from plugins.inventory.events import PegsChanged
from plugins.inventory.models import Peg
from plugins.inventory.services.upsert import chunks, insert


@dataclass(frozen=True, slots=True)
class NewPeg:
    """Units of a supply line that are meant for a demand line."""

    supply_source: str
    supply_line_id: int
    demand_source: str
    demand_line_id: int
    product_id: int
    qty: int


def add(pegs: Sequence[NewPeg]) -> None:
    """Tie supply to demand; units of a pair that is tied already are added to it."""
    if not pegs:
        return
    moment = now()
    rows = [{**asdict(peg), "created_at": moment} for peg in _merged(pegs)]
    statement = insert(Peg)
    key = ["supply_source", "supply_line_id", "demand_source", "demand_line_id"]
    more = {"qty": Peg.__table__.c.qty + statement.excluded.qty}
    db.session.connection().execute(
        statement.on_conflict_do_update(index_elements=key, set_=more), rows
    )
    _announce((peg.demand_source, peg.demand_line_id) for peg in pegs)


def _merged(pegs: Sequence[NewPeg]) -> list[NewPeg]:
    sums: dict[NewPeg, int] = defaultdict(int)
    for peg in pegs:
        sums[replace(peg, qty=0)] += peg.qty
    return [replace(pair, qty=units) for pair, units in sums.items()]


def of_demand(source: str, line_ids: Collection[int]) -> list[Peg]:
    """List the pegs of demand lines, oldest first."""
    return _listed(Peg.demand_source == source, Peg.demand_line_id, line_ids)


def of_supply(source: str, line_ids: Collection[int]) -> list[Peg]:
    """List the pegs of supply lines, oldest first."""
    return _listed(Peg.supply_source == source, Peg.supply_line_id, line_ids)


def _listed(
    condition: Any, column: Any, line_ids: Collection[int], *, lock: bool = False
) -> list[Peg]:
    found: list[Peg] = []
    for part in chunks(sorted(set(line_ids))):
        query = sa.select(Peg).where(condition, column.in_(part)).order_by(Peg.id)
        query = query.with_for_update() if lock else query
        found.extend(db.session.scalars(query.execution_options(populate_existing=True)))
    return sorted(found, key=lambda peg: peg.id)


def shrink_supply(source: str, open_by_line: Mapping[int, int]) -> None:
    """Keep at most so many units pegged to each supply line; the newest pegs give first."""
    found = _listed(Peg.supply_source == source, Peg.supply_line_id, open_by_line, lock=True)
    _shrink(found, "supply_line_id", open_by_line)


def shrink_demand(source: str, open_by_line: Mapping[int, int]) -> None:
    """Keep at most so many units pegged to each demand line; the newest pegs give first."""
    found = _listed(Peg.demand_source == source, Peg.demand_line_id, open_by_line, lock=True)
    _shrink(found, "demand_line_id", open_by_line)


def _shrink(pegs: Sequence[Peg], line: str, keep: Mapping[int, int]) -> None:
    ties: dict[int, list[Tie]] = defaultdict(list)
    for peg in pegs:
        ties[getattr(peg, line)].append(Tie(peg.id, peg.qty))
    changed = [tie for key, group in ties.items() for tie in shrink(group, keep[key])]
    touched = {tie.id for tie in changed}
    demands = [(p.demand_source, p.demand_line_id) for p in pegs if p.id in touched]
    _write(changed)
    _announce(demands)


def _write(changed: Sequence[Tie]) -> None:
    for part in chunks(tie.id for tie in changed if not tie.qty):
        db.session.execute(sa.delete(Peg).where(Peg.id.in_(part)))
    kept = [{"id": tie.id, "qty": tie.qty} for tie in changed if tie.qty]
    if kept:
        db.session.execute(sa.update(Peg), kept)


def _announce(demands: Iterable[tuple[str, int]]) -> None:
    """Publish one event for each source of demand, its lines in order."""
    lines: dict[str, set[int]] = defaultdict(set)
    for source, line in demands:
        lines[source].add(line)
    for source, ids in sorted(lines.items()):
        publish(PegsChanged(source, tuple(sorted(ids))))
