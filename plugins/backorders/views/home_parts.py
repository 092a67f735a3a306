"""Cards of the dashboard: figures of open back orders, and who waits longest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from markupsafe import Markup

from erp_core.db import db
from erp_core.plugin import Panel
from plugins.backorders.domain.record import Status
from plugins.backorders.models import Backorder
from plugins.backorders.views import addresses, facts, workflow
from plugins.backorders.views.drawing import fragment
from plugins.backorders.views.finding import longest
from plugins.backorders.views.workflow import companies_in_view
from plugins.sales.models import SalesOrder

MOST = 5


@dataclass(frozen=True, slots=True)
class Figures:
    """What is open in the companies in view; units in stock units."""

    lines: int
    new: int
    ready: int
    short: int
    products: int


def figures() -> Figures:
    """Read the figures of the dashboard; one statement."""
    ready = sa.case((Backorder.status == Status.STOCK_AVAILABLE, 1))
    new = sa.case((Backorder.status == Status.NEW, 1))
    lacking = sa.case((Backorder.short_qty > 0, Backorder.product_id))
    query = (
        sa.select(
            sa.func.count(),
            sa.func.count(new),
            sa.func.count(ready),
            sa.func.coalesce(sa.func.sum(Backorder.short_qty), 0),
            sa.func.count(lacking.distinct()),
        )
        .join(Backorder.order)
        .where(Backorder.closed_at.is_(None), SalesOrder.company_id.in_(companies_in_view()))
    )
    return Figures(*(int(number) for number in db.session.execute(query).one()))


def render_figures(_nothing: Any) -> Markup:
    """Draw the figures; each leads to its rows."""
    rows = longest(1)
    known = facts.load(rows)
    return fragment(
        "home_figures.html",
        found=figures(),
        oldest=rows[0] if rows else None,
        days=known[rows[0].id].days if rows else 0,
        list_url=addresses.listed(),
        ready_url=addresses.listed(status=Status.STOCK_AVAILABLE),
    )


def render_longest(_nothing: Any) -> Markup | str:
    """List who waits longest, with the reason in words; nothing when nobody waits."""
    rows = longest(MOST)
    if not rows:
        return ""
    return fragment(
        "waiters.html",
        rows=rows,
        known=facts.load(rows),
        bright=workflow.highlighted(),
        all_url=addresses.listed(),
    )


CARDS = (
    Panel("backorders.figures", "Back orders", render_figures, visible=workflow.offered),
    Panel("backorders.longest", "Waiting longest", render_longest, visible=workflow.offered),
)
