"""Back-order records: opened, followed and closed as the figures of their lines move."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute

from erp_core.db import db, now
from plugins.backorders.domain import record as rules
from plugins.backorders.domain.claims import Claim
from plugins.backorders.domain.record import Figures, Record, Status
from plugins.backorders.models import Backorder
from plugins.backorders.services import bulk
from plugins.backorders.services.beginnings import beginnings, waits_from
from plugins.backorders.services.layout import Layout
from plugins.backorders.services.lines import Moved
from plugins.backorders.services.queue import QUEUE, Rows
from plugins.inventory.services.upsert import chunks
from plugins.sales.models import SalesOrder


@dataclass(frozen=True, slots=True)
class Open:
    """An open record as it is stored, and as it shall be."""

    id: int
    line_id: int
    before: Record
    quantities: Record

    def now(self, quantities: Record) -> Open:
        """Return the record with other quantities."""
        return Open(self.id, self.line_id, self.before, quantities)

    def covered_by(self, allocated: int) -> Open:
        """Return the record with no more filled units than its line has."""
        filled = min(self.quantities.filled, allocated)
        return self.now(replace(self.quantities, filled=filled))

    @property
    def changed(self) -> bool:
        """Say whether anything is to be written."""
        return self.before != self.quantities


Quantity = sa.ColumnElement[int] | InstrumentedAttribute[int]
QUANTITIES = (
    Backorder.short_qty,
    Backorder.filled_qty,
    Backorder.fulfilled_qty,
    Backorder.requested_qty,
)
"""The columns of `Record`, in the order of its fields."""


def locked(line_ids: Collection[int]) -> dict[int, Open]:
    """Lock the open records of these lines, by rising id, and return them by line."""
    found: dict[int, Open] = {}
    for part in chunks(sorted(line_ids)):
        rows = db.session.execute(
            sa.select(Backorder.id, Backorder.line_id, *QUANTITIES)
            .where(Backorder.line_id.in_(part), Backorder.closed_at.is_(None))
            .order_by(Backorder.id)
            .with_for_update()
        )
        for key, line_id, *quantities in rows:
            record = Record(*quantities)
            found[line_id] = Open(key, line_id, record, record)
    return found


def follow(moved: Mapping[int, Moved], shipped: Mapping[int, int]) -> list[int]:
    """Let the records follow their lines; returns the lines whose back order got stock."""
    found = locked(moved)
    filled = follow_known(found, moved, shipped)
    _open(move for line, move in moved.items() if line not in found and move.after.backordered)
    return filled


def follow_known(
    found: Mapping[int, Open], moved: Mapping[int, Moved], shipped: Mapping[int, int]
) -> list[int]:
    """Let these open records follow their lines; returns the lines whose back order got stock."""
    kept = [_followed(found[line], moved[line], shipped.get(line, 0)) for line in found]
    store(kept)
    _relocate([(record, moved[line]) for line, record in found.items() if moved[line].elsewhere])
    return sorted(r.line_id for r in kept if r.quantities.filled > r.before.filled)


def _followed(record: Open, move: Moved, shipped: int) -> Open:
    before, after = _figures(move.before), _figures(move.after)
    return record.now(rules.follow(record.quantities, before, after, shipped=shipped))


def drop_ship(units: Mapping[int, int]) -> None:
    """Close units of lines (by id) that reached the customer past our stock (F108, A28)."""
    store(
        record.now(rules.drop_shipped(record.quantities, min(units[line], record.quantities.short)))
        for line, record in locked(units).items()
    )


def _figures(claim: Claim) -> Figures:
    return Figures(claim.allocated, claim.backordered)


def store(records: Iterable[Open]) -> None:
    """Write the records that changed; one that waits for nothing any more is closed."""
    rows = [{"id": record.id, **columns(record.quantities)} for record in records if record.changed]
    bulk.update(Backorder, ("id",), rows)
    if rows:
        forget_loaded()


def columns(quantities: Record) -> dict[str, Any]:
    """Return what is stored of these quantities, and the status that they mean."""
    return {
        "short_qty": quantities.short,
        "filled_qty": quantities.filled,
        "fulfilled_qty": quantities.fulfilled,
        "requested_qty": quantities.requested,
        "status": str(quantities.status),
        "closed_at": None if quantities.wanted else now(),
    }


def _open(moved: Iterable[Moved]) -> None:
    opening = list(moved)
    begun = beginnings({move.after.order_id for move in opening})
    moment = now()
    bulk.insert(
        Backorder,
        [
            {
                "line_id": move.after.line_id,
                "order_id": move.after.order_id,
                "product_id": move.spot[0],
                "warehouse_id": begun[move.after.order_id].warehouse_id,
                "since": begun[move.after.order_id].waits_from(move.after.line_id, moment.date()),
                "opened_at": moment,
                **columns(Record(short=move.after.backordered)),
            }
            for move in sorted(opening, key=lambda move: move.after.key)
        ],
    )


def _relocate(moving: list[tuple[Open, Moved]]) -> None:
    places = warehouses({move.after.order_id for _, move in moving})
    rows = [
        {"id": record.id, "warehouse_id": places[move.after.order_id]} for record, move in moving
    ]
    bulk.update(Backorder, ("id",), rows)


def warehouses(order_ids: Collection[int]) -> dict[int, int]:
    """Return the location of each order."""
    found: dict[int, int] = {}
    for part in chunks(sorted(order_ids)):
        query = sa.select(SalesOrder.id, SalesOrder.warehouse_id).where(SalesOrder.id.in_(part))
        found |= {order: place for order, place in db.session.execute(query)}
    return found


def forget_loaded() -> None:
    """Let records that somebody loaded be read again; they were changed behind their back."""
    for row in list(db.session.identity_map.values()):
        if isinstance(row, Backorder):
            db.session.expire(row)


def repair(plan: Layout) -> int:
    """Mend records that do not say what their lines say; returns how many."""
    wrong = [
        Open(key, line_id, Record(*quantities), Record(short, *quantities[1:])).covered_by(covered)
        for key, line_id, *quantities, covered, short in db.session.execute(differing(plan))
    ]
    store(wrong)
    return len(wrong) + open_missing(plan, sa.true())


def status_now() -> sa.Case[str]:
    """Return the status of a stored record as its quantities mean it."""
    return status_of(Backorder.short_qty, Backorder.filled_qty)


def status_of(short: Quantity, filled: Quantity) -> sa.Case[str]:
    """Return the status of a stored record with other quantities: the rule of `Record`."""
    wanted = short + filled > 0
    return sa.case(
        (~wanted & (Backorder.fulfilled_qty > 0), str(Status.FULFILLED)),
        (~wanted, str(Status.CANCELLED)),
        (filled > 0, str(Status.STOCK_AVAILABLE)),
        (Backorder.requested_qty > 0, str(Status.ON_ORDER)),
        else_=str(Status.NEW),
    )


def overfilled() -> bool:
    """Say whether a record claims more filled units than its line has."""
    more = Backorder.filled_qty > sa.func.coalesce(QUEUE.c.allocated_qty, 0)
    query = sa.select(Backorder.id).join(QUEUE, QUEUE.c.line_id == Backorder.line_id, isouter=True)
    mine = query.where(Backorder.filled_qty > 0, Backorder.closed_at.is_(None), more)
    return db.session.scalar(mine.limit(1)) is not None


def mend_statuses() -> int:
    """Give open records the status and the end that their quantities mean; returns how many."""
    closing = sa.case((Backorder.short_qty + Backorder.filled_qty > 0, None), else_=now())
    wrong = sa.update(Backorder).where(Backorder.closed_at.is_(None))
    wrong = wrong.where(Backorder.status != status_now())
    done = db.session.connection().execute(wrong.values(status=status_now(), closed_at=closing))
    if done.rowcount:
        forget_loaded()
    return done.rowcount


def open_missing(plan: Layout, condition: sa.ColumnElement[bool]) -> int:
    """Open a record for each short line of the queue that has none; returns how many."""
    missing = unrecorded(plan).where(condition)
    lacking = db.session.scalar(sa.select(sa.func.count()).select_from(missing.subquery()))
    if not lacking:
        return 0
    rows = missing.add_columns(
        *(sa.literal(0) for _ in range(3)),
        sa.literal(str(Status.NEW)),
        sa.literal(now()),
        waits_from(QUEUE.c.line_id),
    )
    names = ["line_id", "order_id", "product_id", "warehouse_id", "short_qty"]
    names += ["filled_qty", "fulfilled_qty", "requested_qty", "status", "opened_at", "since"]
    statement = sa.insert(Backorder).from_select(names, rows)
    db.session.execute(statement)
    return int(lacking)


def differing(plan: Layout) -> Rows:
    """Return open records whose shortage or filled units are not those of their line.

    Columns: id, line, the record's quantities, what is allocated and back-ordered now.
    """
    covered = sa.func.coalesce(QUEUE.c.allocated_qty, 0)
    short = sa.func.coalesce(QUEUE.c.backordered_qty, 0)
    return (
        sa.select(Backorder.id, Backorder.line_id, *QUANTITIES, covered, short)
        .join(QUEUE, QUEUE.c.line_id == Backorder.line_id, isouter=True)
        .where(Backorder.closed_at.is_(None), Backorder.warehouse_id.not_in(plan.asleep))
        .where(sa.or_(Backorder.short_qty != short, Backorder.filled_qty > covered))
        .order_by(Backorder.id)
    )


def unrecorded(plan: Layout) -> Rows:
    """Return short lines that no open record follows: line, order, product, location, shortage."""
    followed = sa.exists().where(
        Backorder.line_id == QUEUE.c.line_id, Backorder.closed_at.is_(None)
    )
    return (
        sa.select(
            QUEUE.c.line_id,
            QUEUE.c.order_id,
            QUEUE.c.product_id,
            SalesOrder.warehouse_id,
            QUEUE.c.backordered_qty,
        )
        .join(SalesOrder, SalesOrder.id == QUEUE.c.order_id)
        .where(QUEUE.c.backordered_qty > 0, QUEUE.c.pool.not_in(plan.asleep), ~followed)
        .order_by(QUEUE.c.alloc_key)
    )
