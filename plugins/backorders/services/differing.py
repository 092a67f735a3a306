"""The lines that a full pass found wrong: written, and followed, as sets on the server.

They stand in a table of this connection alone, so that a million of them need neither memory nor
statements of their own. `_filled` says in SQL what `domain.record.follow` says of a line of which
nothing shipped meanwhile; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from erp_core.db import db, is_sqlite, now
from plugins.backorders.models import DEMAND_SOURCE, Backorder
from plugins.backorders.services import records
from plugins.backorders.services.layout import Layout
from plugins.backorders.services.queue import QUEUE
from plugins.inventory.models import Peg
from plugins.inventory.services import pegs
from plugins.inventory.services.upsert import chunks


class Wrong(NamedTuple):
    """A line with what it should have, and what it has: `had`, `marked`, `lacked`."""

    line_id: int
    order_id: int
    product_id: int
    pool: int
    alloc_key: int
    allocated: int
    substitutable: int
    backordered: int
    had: int
    marked: int
    lacked: int


COLUMNS = Wrong._fields
SQLITE = sqlite.dialect()
CHANGED = sa.table("backorders_changed", *(sa.column(name, sa.BigInteger) for name in COLUMNS))
PART = 20_000
Row = tuple[int, ...]
Units = int | sa.ColumnElement[int]


def keep(rows: Iterable[Row]) -> int:
    """Bring wrong lines to the server, in the order of COLUMNS; returns how many."""
    _empty()
    raw = db.session.connection().connection.driver_connection
    assert raw is not None
    names = ", ".join(COLUMNS)
    if is_sqlite():
        statement = str(sa.insert(CHANGED).compile(dialect=SQLITE))
        raw.executemany(statement, rows)
    else:
        texts = list(_texts(rows))  # the connection cannot read rows while it copies some
        with raw.cursor().copy(f"COPY backorders_changed ({names}) FROM STDIN") as copy:
            for text in texts:
                copy.write(text)
        db.session.execute(sa.text("ANALYZE backorders_changed"))
    return int(db.session.scalar(sa.select(sa.func.count()).select_from(CHANGED)) or 0)


def _empty() -> None:
    columns = ", ".join(f"{name} BIGINT NOT NULL" for name in COLUMNS)
    kind = "CREATE TEMP TABLE IF NOT EXISTS backorders_changed"
    db.session.execute(sa.text(f"{kind} ({columns}, PRIMARY KEY (line_id))"))
    db.session.execute(sa.delete(CHANGED))


def _texts(rows: Iterable[Row]) -> Iterable[str]:
    line = "\t".join(["%d"] * len(COLUMNS)) + "\n"
    source = iter(rows)
    while part := list(islice(source, PART)):
        yield "".join([line % row for row in part])


def drop(line_ids: Sequence[int]) -> None:
    """Leave out lines that are followed one by one."""
    for part in chunks(line_ids):
        db.session.execute(sa.delete(CHANGED).where(CHANGED.c.line_id.in_(part)))


def write() -> None:
    """Write the figures of all lines into the queue."""
    figures = {
        "allocated_qty": CHANGED.c.allocated,
        "substitutable_qty": CHANGED.c.substitutable,
        "backordered_qty": CHANGED.c.backordered,
    }
    key = ("product_id", "pool", "alloc_key")
    same = [QUEUE.c[name] == CHANGED.c[name] for name in key]
    db.session.connection().execute(sa.update(QUEUE).values(figures).where(*same))


def order_ids() -> sa.Select[int]:
    """Return the orders of the lines."""
    return sa.select(CHANGED.c.order_id)


def follow(plan: Layout) -> tuple[int, list[int]]:
    """Let pegs and back orders follow; returns records changed, and the lines that got units."""
    _trim_pegs()
    mine = sa.and_(Backorder.line_id == CHANGED.c.line_id, Backorder.closed_at.is_(None))
    gained = sa.select(CHANGED.c.line_id).join(Backorder, mine)
    gained = gained.where(_filled() > Backorder.filled_qty).order_by(CHANGED.c.line_id)
    filled = list(db.session.scalars(gained))
    waits = CHANGED.c.backordered + _filled() > 0
    values = {
        "short_qty": CHANGED.c.backordered,
        "filled_qty": _filled(),
        "status": records.status_of(CHANGED.c.backordered, _filled()),
        "closed_at": sa.case((waits, sa.null()), else_=now()),
    }
    done = db.session.connection().execute(sa.update(Backorder).values(values).where(mine))
    opened = records.open_missing(plan, QUEUE.c.line_id.in_(sa.select(CHANGED.c.line_id)))
    records.forget_loaded()
    return done.rowcount + opened, filled


def _filled() -> sa.ColumnElement[int]:
    """Return the filled units of a record after its line changed: the rule of `record.follow`."""
    gain, fall = CHANGED.c.allocated - CHANGED.c.had, CHANGED.c.lacked - CHANGED.c.backordered
    up, down = _least(gain, _most(0, fall)), _most(gain, _least(0, fall))
    after = Backorder.filled_qty + sa.case((gain > 0, up), else_=down)
    return _least(_most(0, after), CHANGED.c.allocated)


def _least(one: Units, other: Units) -> sa.ColumnElement[int]:
    return (sa.func.min if is_sqlite() else sa.func.least)(one, other)


def _most(one: Units, other: Units) -> sa.ColumnElement[int]:
    return (sa.func.max if is_sqlite() else sa.func.greatest)(one, other)


def _trim_pegs() -> None:
    """Keep pegs of lines whose shortage fell within what is still short."""
    pegged = sa.exists().where(
        Peg.demand_source == DEMAND_SOURCE, Peg.demand_line_id == CHANGED.c.line_id
    )
    fallen = sa.select(CHANGED.c.line_id, CHANGED.c.backordered)
    fallen = fallen.where(CHANGED.c.backordered < CHANGED.c.lacked, pegged)
    found = {line: units for line, units in db.session.execute(fallen)}
    if found:
        pegs.shrink_demand(DEMAND_SOURCE, found)
