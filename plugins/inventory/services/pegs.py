"""Pegs tie units of one supply line to one demand line, whoever owns the two."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import sqlalchemy as sa

from erp_core.db import db, now
from erp_core.errors import ConflictError
from erp_core.events import publish
from plugins.inventory.domain.pegging import Tie, shrink, split, take
from plugins.inventory.events import Delivered, PegsChanged, SupplyDelivered
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


@dataclass(frozen=True, slots=True)
class Freed:
    """Units of a supply line that nobody has a claim on any more."""

    source: str
    line_id: int
    product_id: int
    qty: int


def add(pegs: Sequence[NewPeg]) -> None:
    """Tie supply to demand; units of a pair that is tied already are added to it."""
    if pegs:
        _store(pegs)
        _announce((peg.demand_source, peg.demand_line_id) for peg in pegs)


def _store(pegs: Sequence[NewPeg]) -> None:
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


def shrink_demand(source: str, open_by_line: Mapping[int, int]) -> list[Freed]:
    """Keep at most so many units pegged to each demand line; the newest pegs give first.

    Returns what supply is free again: hand it to `passing.pass_on` when the figures are settled.
    """
    found = _listed(Peg.demand_source == source, Peg.demand_line_id, open_by_line, lock=True)
    return _shrink(found, "demand_line_id", open_by_line)


def _shrink(pegs: Sequence[Peg], line: str, keep: Mapping[int, int]) -> list[Freed]:
    ties = _ties(pegs, line)
    changed = [tie for key, group in ties.items() for tie in shrink(group, keep[key])]
    left = {tie.id: tie.qty for tie in changed}
    given = [(peg, peg.qty - left[peg.id]) for peg in pegs if peg.id in left]
    freed = [Freed(p.supply_source, p.supply_line_id, p.product_id, units) for p, units in given]
    demands = [(peg.demand_source, peg.demand_line_id) for peg, _units in given]
    _write(changed)
    _announce(demands)
    return freed


@dataclass(frozen=True, slots=True)
class Share:
    """Units of a supply line that go straight to one demand line that is pegged to it."""

    supply_line_id: int
    demand_source: str
    demand_line_id: int
    qty: int


def due(source: str, arrived: Mapping[int, int]) -> list[Share]:
    """Return who gets the units that arrive on supply lines, by their pegs, the oldest first."""
    found = of_supply(source, arrived)
    ties = _ties(found, "supply_line_id")
    served = {tie.id: tie.qty for key, group in ties.items() for tie in take(group, arrived[key])}
    return [
        Share(peg.supply_line_id, peg.demand_source, peg.demand_line_id, served[peg.id])
        for peg in found
        if peg.id in served
    ]


def deliver(source: str, shares: Sequence[Share], *, at_door: bool = False) -> None:
    """Hand units straight to demand lines: their pegs go, and SupplyDelivered says who got what.

    Raises ConflictError when a line is not pegged for that many units (any more).
    """
    lines = {share.supply_line_id for share in shares}
    found = _listed(Peg.supply_source == source, Peg.supply_line_id, lines, lock=True)
    pairs = {(p.supply_line_id, p.demand_source, p.demand_line_id): p for p in found}
    taken = [(pairs.get(_pair(share)), share) for share in shares]
    served = [(peg, share.qty) for peg, share in taken if peg and 0 < share.qty <= peg.qty]
    if len(served) < len(shares):
        raise ConflictError(
            "Who waits for these goods changed meanwhile; nothing was handed over. Load the page "
            "again."
        )
    _write([Tie(peg.id, peg.qty - units) for peg, units in served])
    if served:
        got = tuple(_delivered(peg, units) for peg, units in served)
        publish(SupplyDelivered(got, at_door))


def _pair(share: Share) -> tuple[int, str, int]:
    return share.supply_line_id, share.demand_source, share.demand_line_id


def _delivered(peg: Peg, units: int) -> Delivered:
    return Delivered(peg.demand_source, peg.demand_line_id, peg.product_id, units)


def move_demand(source: str, moved: Sequence[tuple[int, int, int]]) -> None:
    """Let pegs follow units from one demand line to another: (line, new line, units), F105.

    The newest pegs move first; units beyond what is pegged move nothing.
    """
    lines = {line for line, _new, _units in moved}
    found = _listed(Peg.demand_source == source, Peg.demand_line_id, lines, lock=True)
    have = {peg.id: peg.qty for peg in found}
    by_id = {peg.id: peg for peg in found}
    new: list[NewPeg] = []
    for line, target, units in moved:
        mine = [Tie(key, have[key]) for key, peg in by_id.items() if peg.demand_line_id == line]
        for tie in split(mine, units):
            have[tie.id] -= tie.qty
            peg = by_id[tie.id]
            origin = (peg.supply_source, peg.supply_line_id)
            new.append(NewPeg(*origin, source, target, peg.product_id, tie.qty))
    _write([Tie(key, units) for key, units in have.items() if units != by_id[key].qty])
    _store(new)
    _announce((source, line) for pair in moved for line in pair[:2])


def _ties(pegs: Iterable[Peg], line: str) -> dict[int, list[Tie]]:
    found: dict[int, list[Tie]] = defaultdict(list)
    for peg in pegs:
        found[getattr(peg, line)].append(Tie(peg.id, peg.qty))
    return found


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
