"""Reorder points as demand: what is missing on the shelf (DemandSource)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

import sqlalchemy as sa

from erp_core.db import db, now
from plugins.inventory.ports import Need
from plugins.inventory.services.stock import Key
from plugins.replenishment.models import DEMAND_SOURCE, Proposal
from plugins.replenishment.services.standing import Standing, key_of, standings


def needs(product_ids: Collection[int] | None = None) -> list[Need]:
    """List what rules need, what was missing first in front; None: of every product."""
    short = [one for one in standings(product_ids) if one.need]
    since = _since() if short else {}
    moment = now()
    found = [_need(one, since.get(key_of(one.rule), moment)) for one in short]
    return sorted(found, key=lambda need: (need.since, need.line_id))


def _since() -> Mapping[Key, datetime]:
    rows = db.session.execute(
        sa.select(Proposal.product_id, Proposal.warehouse_id, Proposal.since).where(
            Proposal.reorder > 0
        )
    )
    return {(product, place): since for product, place, since in rows}


def _need(one: Standing, since: datetime) -> Need:
    rule = one.rule
    return Need(
        source=DEMAND_SOURCE,
        line_id=rule.id,
        product_id=rule.product_id,
        qty=one.need,
        since=since,
        company_id=rule.warehouse.company_id,
        warehouse_id=rule.warehouse_id,
        label=f"Reorder point of {rule}",
        for_stock=True,
    )
