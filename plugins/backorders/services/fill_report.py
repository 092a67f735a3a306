"""The report of the orders that a run filled (F133, F134), and the words of its summary."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from erp_core.db import db
from erp_core.paper import Paper, PaperColumn, PaperTable
from plugins.backorders.models import FillEntry
from plugins.sales.models import SalesOrder

TITLE = "Back orders filled"
MOST = 2_000
"""Orders on one report."""

LABELS = {
    "Orders filled": "Orders filled",
    "Complete": "of them complete",
    "Partial": "of them in part",
    "Units": "Units filled",
    "New orders": "New orders made for approved ones",
    "Credit carried": "Orders with money carried over",
    "Approved": "Orders approved",
    "Told complete": "E-mail occasions: complete orders",
    "Told partial": "E-mail occasions: partial orders",
    "Passed over": "Orders passed over",
}
ALWAYS = ("Orders filled", "Complete", "Partial", "Units")
STEPS = {
    "Orders filled": "",
    "Complete": "complete",
    "Partial": "partial",
    "Units": "",
    "New orders": "new",
    "Credit carried": "carried",
    "Approved": "approved",
}
"""Figures whose rows the report can list, and the name of the step in its address."""

CONDITIONS = {
    "complete": FillEntry.complete.is_(True),
    "partial": FillEntry.complete.is_(False),
    "new": FillEntry.parent_id.is_not(None),
    "carried": FillEntry.carried_minor > 0,
    "approved": FillEntry.approved.is_(True),
}
COLUMNS = (
    PaperColumn("Order", 3),
    PaperColumn("Customer", 5),
    PaperColumn("Units", 2, number=True),
    PaperColumn("Filled", 3),
    PaperColumn("Approved", 2),
    PaperColumn("Ships on", 3),
)


def _of(run_id: int, step: str) -> list[sa.ColumnElement[bool]]:
    narrowed = [CONDITIONS[step]] if step in CONDITIONS else []
    return [FillEntry.run_id == run_id, *narrowed]


def count(run_id: int, step: str) -> int:
    """Count the orders of a step of a run."""
    query = sa.select(sa.func.count()).select_from(FillEntry)
    return int(db.session.scalar(query.where(*_of(run_id, step))) or 0)


def entries(run_id: int, step: str, limit: int) -> list[FillEntry]:
    """Return the filled orders of a run in the order they were filled; one statement."""
    customer = joinedload(FillEntry.order).joinedload(SalesOrder.customer)
    query = sa.select(FillEntry).where(*_of(run_id, step)).options(customer)
    return list(db.session.scalars(query.order_by(FillEntry.id).limit(limit)))


def paper(run_id: int, step: str = "", limit: int = MOST) -> Paper:
    """Return the report as a document; `step` narrows it to complete, partial, new and so on."""
    rows = entries(run_id, step, limit)
    units = sum(row.units for row in rows)
    facts = [("Run", str(run_id)), ("Orders", f"{count(run_id, step):,}")]
    if rows:
        facts.append(("Filled on", f"{rows[0].at:%d %b %Y}"))
    totals = (("Units", f"{units:,}"),)
    table = PaperTable(COLUMNS, [_cells(row) for row in rows], totals)
    return Paper(TITLE, facts=facts, table=table)


def _cells(row: FillEntry) -> tuple[str, ...]:
    return (
        row.order.number,
        str(row.order.customer),
        f"{row.units:,}",
        "completely" if row.complete else "in part",
        "yes" if row.approved else "no",
        f"{row.ship_on:%d %b %Y}" if row.ship_on else "",
    )
