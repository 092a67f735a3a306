"""Pins: units of a line that nobody else may get, until their owner or their time ends them.

A pinned unit is served before every other claim. What a pin cannot get stays listed as a conflict
(A29); no pin is ever undone silently.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import sqlalchemy as sa

from erp_core.audit import actor
from erp_core.db import db, now
from erp_core.errors import ConflictError, ErpError
from erp_core.events import publish
from plugins.backorders.domain.claims import Claim
from plugins.backorders.events import PinsChanged
from plugins.backorders.models import Ruling, RulingKind
from plugins.backorders.services import amending, naming, rulings
from plugins.backorders.services.layout import layout
from plugins.backorders.services.queue import QUEUE
from plugins.backorders.services.rulings import Why
from plugins.inventory.services.upsert import chunks


@dataclass(frozen=True, slots=True)
class Conflict:
    """A pin that has fewer units than it promises, for lack of stock."""

    line_id: int
    order_id: int
    line: str
    pinned: int
    allocated: int
    owner: str
    reason: str
    expires_at: datetime | None

    @property
    def missing(self) -> int:
        """Return the units that the pin cannot get."""
        return self.pinned - self.allocated


def pin(units: Mapping[int, int], *, reason: str, until: datetime | None = None) -> list[Conflict]:
    """Pin exactly so many units, in all, to each line; returns what the pins could not get.

    The owner is whoever acts. Raises ErpError for no reason, a time that has passed, or more units
    than are open and not held back; ConflictError when somebody else's pin is on a line.
    """
    why = Why(reason, until).checked()
    if min(units.values(), default=1) < 1:
        raise ErpError("A pin needs 1 unit or more; give the pin up to end it.")
    _set(units, why, privileged=False)
    return conflicts(units)


def unpin(line_ids: Iterable[int], *, privileged: bool = False) -> None:
    """Give the pins of these lines up; their units go to whoever is next.

    Raises ConflictError for somebody else's pin unless `privileged` (permission pin_any).
    """
    _set(dict.fromkeys(line_ids, 0), Why(""), privileged=privileged)


def expire() -> int:
    """Give up every pin whose time has come; the next waiters get the units. Returns how many."""
    due = sa.select(Ruling.line_id).where(Ruling.expires_at <= now())
    standing = due.join(QUEUE, QUEUE.c.line_id == Ruling.line_id)
    awake = standing.where(QUEUE.c.pool.not_in(layout().asleep)).order_by(Ruling.line_id)
    line_ids = list(db.session.scalars(awake))
    if line_ids:
        _set(dict.fromkeys(line_ids, 0), Why(""), privileged=True, due=now())
    return len(line_ids)


def _set(
    units: Mapping[int, int], why: Why, *, privileged: bool, due: datetime | None = None
) -> None:
    plan = layout()
    rows, locked = amending.locked_lines(units, plan)
    known = rulings.of(units, RulingKind.PINNED)
    if not privileged:
        _require_own(known)
    if due is not None:
        # Somebody may have renewed a pin while we waited for the lock.
        units = {line: 0 for line, pin in known.items() if pin.expires_at and pin.expires_at <= due}
    amending.settle(rows, locked, plan, {line: partial(_pinned, n) for line, n in units.items()})
    rulings.put(RulingKind.PINNED, units, why)
    publish(PinsChanged(tuple(sorted(units))))


def _pinned(units: int, claim: Claim) -> Claim:
    return claim.pinned_at(units).wishing(max(claim.allocated, units))


def _require_own(known: Mapping[int, Ruling]) -> None:
    for line_id, ruling in sorted(known.items()):
        if ruling.owner != actor():
            name = naming.line_names([line_id])[line_id]
            raise ConflictError(
                f"{ruling.owner} pinned {ruling.qty:,} units to {name} ({ruling.reason}); only "
                "they, or somebody who may give up other people's pins, can change that."
            )


def conflicts(line_ids: Collection[int] | None = None) -> list[Conflict]:
    """List pins with fewer units than they promise, the oldest claim first; None: all of them."""
    if line_ids is None:
        return _conflicts(sa.true())
    return [
        found
        for part in chunks(sorted(set(line_ids)))
        for found in _conflicts(QUEUE.c.line_id.in_(part))
    ]


def _conflicts(condition: sa.ColumnElement[bool]) -> list[Conflict]:
    mine = sa.and_(Ruling.line_id == QUEUE.c.line_id, Ruling.kind == str(RulingKind.PINNED))
    query = (
        sa.select(QUEUE.c.line_id, QUEUE.c.order_id, QUEUE.c.pinned_qty, QUEUE.c.allocated_qty)
        .add_columns(Ruling.owner, Ruling.reason, Ruling.expires_at)
        .join(Ruling, mine)
        .where(QUEUE.c.pinned_qty > 0, QUEUE.c.allocated_qty < QUEUE.c.pinned_qty, condition)
        .order_by(QUEUE.c.alloc_key)
    )
    rows = db.session.execute(query).all()
    names = naming.line_names([row.line_id for row in rows])
    return [Conflict(line, order, names[line], *more) for line, order, *more in rows]
