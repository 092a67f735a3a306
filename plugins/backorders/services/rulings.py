"""What people decided by hand about lines: pinned and forced units, with who, why and until when.

A ruling is written while the balance row of its line is locked; nothing else orders them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from erp_core.audit import actor
from erp_core.db import db, now
from erp_core.errors import ErpError
from plugins.backorders.domain.claims import Claim
from plugins.backorders.models import Ruling, RulingKind
from plugins.backorders.services import lines
from plugins.backorders.services.layout import Layout
from plugins.backorders.services.lines import Moved
from plugins.backorders.services.queue import CLAIM, QUEUE, Rows
from plugins.inventory.services.upsert import chunks

REASON_LENGTH = 254


@dataclass(frozen=True, slots=True)
class Why:
    """The reason a person gives, and when the ruling ends by itself (pins only)."""

    reason: str
    until: datetime | None = None

    def checked(self) -> Why:
        """Return it without blanks around; raises ErpError for no reason or a time that passed."""
        reason = self.reason.strip()
        if not reason:
            raise ErpError("Say why; the reason stays with the order line.")
        if len(reason) > REASON_LENGTH:
            raise ErpError(f"The reason has {len(reason)} characters; {REASON_LENGTH} are allowed.")
        if self.until is not None and self.until <= now():
            raise ErpError(f"{self.until:%Y-%m-%d %H:%M} UTC has passed; choose a later time.")
        return Why(reason, self.until)


def of(line_ids: Collection[int], kind: RulingKind) -> dict[int, Ruling]:
    """Return the rulings of one kind by line."""
    found: dict[int, Ruling] = {}
    for part in chunks(sorted(set(line_ids))):
        query = sa.select(Ruling).where(Ruling.line_id.in_(part), Ruling.kind == str(kind))
        rows = db.session.scalars(query.execution_options(populate_existing=True))
        found |= {ruling.line_id: ruling for ruling in rows}
    return found


def put(kind: RulingKind, units: Mapping[int, int], why: Why) -> None:
    """Write who decided what and why; 0 units end a ruling."""
    known = of(units, kind)
    for line_id, qty in units.items():
        ruling = known.get(line_id)
        if not qty:
            if ruling is not None:
                db.session.delete(ruling)
            continue
        if ruling is None:
            ruling = Ruling(line_id=line_id, kind=str(kind))
            db.session.add(ruling)
        ruling.qty, ruling.owner, ruling.reason = qty, actor(), why.reason
        ruling.made_at, ruling.expires_at = now(), why.until
    db.session.flush()


def follow(moved: Mapping[int, Moved]) -> None:
    """Let rulings shrink with their lines: units that shipped or were cancelled leave them."""
    fewer = {line: move.after for line, move in moved.items() if _differs(move.before, move.after)}
    for kind in RulingKind if fewer else ():
        for line_id, ruling in of(fewer, kind).items():
            _set(ruling, _units(fewer[line_id], kind))
    db.session.flush()


def _differs(before: Claim, after: Claim) -> bool:
    return before.pinned != after.pinned or before.forced != after.forced


def _units(claim: Claim, kind: RulingKind) -> int:
    return claim.pinned if kind is RulingKind.PINNED else claim.forced


def _set(ruling: Ruling, units: int) -> None:
    if units:
        ruling.qty = units
    else:
        db.session.delete(ruling)


def differing(plan: Layout) -> Rows:
    """Return rows of the queue that do not repeat their rulings: product, pool, claim, what ruled.

    Only lines with a ruling, or with units that claim to have one, are looked at.
    """
    ruled = {kind: aliased(Ruling, name=str(kind)) for kind in RulingKind}
    suspects = sa.union(
        sa.select(Ruling.line_id),
        sa.select(QUEUE.c.line_id).where(QUEUE.c.pinned_qty > 0),
        sa.select(QUEUE.c.line_id).where(QUEUE.c.forced_qty > 0),
    ).subquery()
    pinned = sa.func.coalesce(ruled[RulingKind.PINNED].qty, 0)
    forced = sa.func.coalesce(ruled[RulingKind.FORCED].qty, 0)
    query = sa.select(QUEUE.c.product_id, QUEUE.c.pool, *CLAIM)
    query = query.add_columns(QUEUE.c.pinned_qty, QUEUE.c.forced_qty, pinned, forced)
    query = query.join(suspects, suspects.c.line_id == QUEUE.c.line_id)
    for kind, ruling in ruled.items():
        mine = sa.and_(ruling.line_id == QUEUE.c.line_id, ruling.kind == str(kind))
        query = query.join(ruling, mine, isouter=True)
    wrong = sa.or_(QUEUE.c.pinned_qty != pinned, QUEUE.c.forced_qty != forced)
    return query.where(wrong, QUEUE.c.pool.not_in(plan.asleep))


def repair(plan: Layout) -> dict[int, Moved]:
    """Let the queue repeat the rulings, and end those that no open line carries any more."""
    moved = {}
    for product, pool, *row in db.session.execute(differing(plan)):
        claim = Claim._make(row[:8])
        pinned, forced = row[-2:]
        now_ = claim.pinned_at(0).held_back(min(forced, claim.open))
        now_ = now_.pinned_at(min(pinned, now_.open - now_.forced))
        moved[claim.line_id] = Moved((product, pool), claim, now_)
    lines.write(moved.values())
    for kind in RulingKind if moved else ():
        for line_id, ruling in of(moved, kind).items():
            _set(ruling, _units(moved[line_id].after, kind))
    db.session.flush()
    _end_loose()
    return moved


def loose() -> sa.Select[Ruling]:
    """Return the rulings on lines that stand in no queue."""
    there = sa.exists().where(QUEUE.c.line_id == Ruling.line_id)
    return sa.select(Ruling).where(~there).order_by(Ruling.line_id, Ruling.kind)


def wrong(plan: Layout) -> bool:
    """Say whether the queue and the rulings contradict each other."""
    first = (differing(plan).limit(1), loose().limit(1))
    return any(db.session.execute(query).first() is not None for query in first)


def _end_loose() -> None:
    for ruling in db.session.scalars(loose()):
        db.session.delete(ruling)
    db.session.flush()
