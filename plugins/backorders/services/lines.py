"""What a command did to lines of the queue, collected before it is written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import sqlalchemy as sa

from erp_core.db import db
from plugins.backorders.domain.claims import Change, Claim
from plugins.backorders.models import QueueRow
from plugins.backorders.services import bulk
from plugins.backorders.services.queue import QUEUE, Spot
from plugins.inventory.services.upsert import chunks


class Moved(NamedTuple):
    """One line before and after a command; `spot` is where it stands afterwards.

    `elsewhere` says that it stood in another pool before.
    """

    spot: Spot
    before: Claim
    after: Claim
    elsewhere: bool = False


def collect(changes: Mapping[Spot, Iterable[Change]]) -> dict[int, Moved]:
    """Return what became of each line; one that left a pool for another is one move."""
    found: dict[int, Moved] = {}
    for spot, group in changes.items():
        for change in group:
            line_id = change.after.line_id
            move = Moved(spot, change.before, change.after)
            found[line_id] = _joined(found[line_id], move) if line_id in found else move
    return found


def _joined(one: Moved, other: Moved) -> Moved:
    left, came = (one, other) if one.before.open else (other, one)
    return Moved(came.spot, left.before, came.after, elsewhere=True)


def remark(moved: dict[int, Moved], spot: Spot, change: Change) -> None:
    """Add that a replacement covers more or less of a line now."""
    line_id = change.after.line_id
    known = moved.get(line_id, Moved(spot, change.before, change.after))
    moved[line_id] = known._replace(after=change.after)


def write(moved: Iterable[Moved]) -> None:
    """Insert, update and delete queue rows: one statement each, whatever their number."""
    kinds: dict[str, list[Moved]] = defaultdict(list)
    for move in moved:
        kinds[_kind(move)].append(move)
    for part in chunks(move.before.line_id for move in kinds["gone"]):
        db.session.execute(sa.delete(QUEUE).where(QUEUE.c.line_id.in_(part)))
    _update(kinds["kept"])
    bulk.insert(QueueRow, [_row(move) for move in kinds["new"]])


def _kind(move: Moved) -> str:
    if not move.after.open:
        return "gone"
    return "kept" if move.before.open else "new"


_FIGURES = ("line_id", "allocated_qty", "substitutable_qty", "backordered_qty")


def _update(moved: list[Moved]) -> None:
    """Write only the figures where nothing else changed, which is nearly always so."""
    same = [move for move in moved if _same_but_figures(move)]
    rows = [_row(move) for move in same]
    bulk.update(QueueRow, ("line_id",), [{name: row[name] for name in _FIGURES} for row in rows])
    others = [move for move in moved if not _same_but_figures(move)]
    bulk.update(QueueRow, ("line_id",), [_row(move) for move in others])


def _same_but_figures(move: Moved) -> bool:
    before, after = move.before, move.after
    figures = {"allocated": before.allocated, "substitutable": before.substitutable}
    return before == after._replace(**figures) and not move.elsewhere


def _row(move: Moved) -> dict[str, Any]:
    after = move.after
    return {
        "product_id": move.spot[0],
        "pool": move.spot[1],
        "alloc_key": after.key,
        "line_id": after.line_id,
        "order_id": after.order_id,
        "open_qty": after.open,
        "pinned_qty": after.pinned,
        "forced_qty": after.forced,
        "allocated_qty": after.allocated,
        "substitutable_qty": after.substitutable,
        "backordered_qty": after.backordered,
    }
