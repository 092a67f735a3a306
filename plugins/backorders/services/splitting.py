"""Let stock, pins, forced units, pegs and back orders follow units to a child order (F105).

Parent and child stand side by side in the order of service, so nobody else gains or loses.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import NamedTuple

import sqlalchemy as sa

from erp_core.audit import actor
from erp_core.db import db
from plugins.backorders.domain.claims import Change, Claim, arrival
from plugins.backorders.domain.record import Figures, Record
from plugins.backorders.domain.splitting import divide, divide_record
from plugins.backorders.models import DEMAND_SOURCE, Backorder, Ruling, RulingKind
from plugins.backorders.services import classes, demand, engine, records, requested, rulings
from plugins.backorders.services.branches import Branch, branch
from plugins.backorders.services.demand import Demand
from plugins.backorders.services.engine import Work
from plugins.backorders.services.layout import layout
from plugins.backorders.services.queue import Spot
from plugins.inventory.services import pegs
from plugins.sales.events import LineMoved, OrderSplit


class Piece(NamedTuple):
    """One line's units on their way: where, the claim before, what stays and what goes."""

    spot: Spot
    before: Claim
    kept: Claim
    moved: Claim
    covered: int


def on_split(event: OrderSplit) -> None:
    """Divide what the lines of the parent have between them and the lines of the child."""
    plan = layout()
    rows, locked = engine.lock_lines([move.line_id for move in event.moved], plan)
    new = {line.line_id: line for line in demand.open_lines([event.child_id], plan)}
    pieces = [
        _piece(move, *rows[move.line_id], new[move.new_line_id])
        for move in event.moved
        if move.line_id in rows
    ]
    if not pieces:
        return
    classes.inherit(event.parent_id, event.child_id)
    _divide_rulings(pieces)
    _divide_records(pieces, event.child_id)
    amended: dict[Spot, list[Change]] = defaultdict(list)
    for piece in pieces:
        amended[piece.spot] += [Change(piece.before, piece.kept), arrival(piece.moved)]
    engine.apply(Work(amended), locked, plan)


def _piece(move: LineMoved, spot: Spot, claim: Claim, new: Demand) -> Piece:
    covered = min(move.covered, claim.allocated)
    kept, moved = divide(claim, move.qty, covered)
    moved = moved._replace(key=new.key, line_id=new.line_id, order_id=new.order_id)
    return Piece(spot, claim, kept, moved, covered)


def _divide_rulings(pieces: list[Piece]) -> None:
    """Copy who decided what, and why, to the new lines; the old ones shrink with their lines."""
    for kind in RulingKind:
        known = rulings.of([piece.before.line_id for piece in pieces], kind)
        for piece in pieces:
            pinned = kind is RulingKind.PINNED
            units = piece.moved.pinned if pinned else piece.moved.forced
            if units:
                by_fill = piece.covered if pinned else 0
                db.session.add(_ruling(kind, piece, units, known, by_fill))
    db.session.flush()


def _ruling(
    kind: RulingKind, piece: Piece, units: int, known: Mapping[int, Ruling], by_fill: int
) -> Ruling:
    source = known.get(piece.before.line_id)
    made = Ruling(line_id=piece.moved.line_id, kind=str(kind), qty=units)
    made.owner, made.reason = actor(), "Filled, and moved to an order of its own"
    if source is not None and not by_fill:
        made.owner, made.reason = source.owner, source.reason
        made.made_at, made.expires_at = source.made_at, source.expires_at
    return made


def _divide_records(pieces: list[Piece], child_id: int) -> None:
    """Give the new lines back orders of their own, as old as the ones they come from.

    One whose units all moved goes with them. Pegs are locked before records, as everywhere.
    """
    lines = [piece.before.line_id for piece in pieces]
    pegs.shrink_demand(DEMAND_SOURCE, {p.before.line_id: p.before.open for p in pieces})
    known = records.locked(lines)
    query = sa.select(Backorder).where(Backorder.id.in_([row.id for row in known.values()]))
    rows = {row.line_id: row for row in db.session.scalars(query)}
    parts = []
    for piece in pieces:
        line_id = piece.before.line_id
        if line_id in known:
            kept, follows = _parts(known[line_id].quantities, piece)
            target = (piece.moved.line_id, child_id)
            parts.append(Branch(rows[line_id], kept, follows, target))
    branch(parts)
    _move_pegs(pieces)


def _move_pegs(pieces: list[Piece]) -> None:
    """Let pegs go along as far as the old line lacks too little to keep them: it comes first."""
    pegged = requested.pegged([piece.before.line_id for piece in pieces])
    moved = []
    for _, before, kept, new, _ in pieces:
        over = max(0, pegged.get(before.line_id, 0) - kept.backordered)
        moved.append((before.line_id, new.line_id, min(over, new.backordered)))
    pegs.move_demand(DEMAND_SOURCE, [move for move in moved if move[2]])


def _parts(record: Record, piece: Piece) -> tuple[Record, Record]:
    return divide_record(record, _figures(piece.kept), _figures(piece.moved))


def _figures(claim: Claim) -> Figures:
    return Figures(claim.allocated, claim.backordered)
