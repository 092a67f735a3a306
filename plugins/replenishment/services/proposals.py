"""The proposals that the check keeps: one row a product and place, updated in place (C21)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from erp_core.db import db, now
from erp_core.models import JobRun
from plugins.inventory.services.shortages import Shortage
from plugins.inventory.services.upsert import chunks, insert
from plugins.replenishment.models import Proposal
from plugins.replenishment.services import supply_needs
from plugins.replenishment.services.supply_needs import Spot

JOB = "replenishment.propose"
_KEY = ["product_id", "warehouse_id"]
FIGURES = ("backorders", "reorder", "on_order", "missing")


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found: rows that are new, that stayed, and that went."""

    new: int
    stayed: int
    gone: int


def refresh() -> Checked:
    """Bring the proposals up to date: a need that goes on keeps its row and its `since`."""
    known = set(db.session.execute(sa.select(Proposal.product_id, Proposal.warehouse_id)).all())
    before = {Spot(*row) for row in known}
    moment = now()
    rows = [_row(spot, ones, moment) for spot, ones in supply_needs.missing().items()]
    _write(rows)
    gone = _forget(moment)
    stayed = len(before) - gone
    return Checked(new=len(rows) - stayed, stayed=stayed, gone=gone)


def _row(spot: Spot, ones: Sequence[Shortage], moment: datetime) -> dict[str, Any]:
    return {
        "product_id": spot.product_id,
        "warehouse_id": spot.place_id,
        "backorders": sum(one.need.qty for one in ones if not one.need.for_stock),
        "reorder": sum(one.need.qty for one in ones if one.need.for_stock),
        "on_order": sum(one.on_order for one in ones),
        "missing": sum(one.missing for one in ones),
        "since": min(one.need.since for one in ones),
        "checked_at": moment,
    }


def _write(rows: Sequence[dict[str, Any]]) -> None:
    """Write all rows with one statement; what was there keeps its `since`."""
    if rows:
        statement = insert(Proposal)
        new = {name: statement.excluded[name] for name in (*FIGURES, "checked_at")}
        upsert = statement.on_conflict_do_update(index_elements=_KEY, set_=new)
        for part in chunks(rows):
            db.session.connection().execute(upsert, part)


def _forget(moment: datetime) -> int:
    """Remove the proposals that this check did not find any more; returns how many."""
    stale = sa.delete(Proposal).where(Proposal.checked_at < moment)
    return int(db.session.connection().execute(stale).rowcount)


def since() -> dict[Spot, datetime]:
    """Return when each proposal was made first."""
    rows = db.session.execute(sa.select(Proposal.product_id, Proposal.warehouse_id, Proposal.since))
    return {Spot(product, place): moment for product, place, moment in rows}


def checked_at() -> datetime | None:
    """Return when the proposals were brought up to date; None before the first check."""
    done = sa.select(sa.func.max(JobRun.finished_at)).filter_by(job=JOB, state="done")
    return db.session.scalar(done)
