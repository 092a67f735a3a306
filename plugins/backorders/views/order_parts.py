"""Parts on the screens of sales: mark, filter, figures of lines, summary (F036-F038, F057)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from markupsafe import Markup

from erp_core.db import db
from erp_core.plugin import Column, Filter, Panel
from plugins.backorders.domain.order_class import OrderClass
from plugins.backorders.models import BalanceRow, OrderState, QueueRow
from plugins.backorders.views import addresses, facts, workflow
from plugins.backorders.views.drawing import cue_pill, fragment, pill
from plugins.backorders.views.finding import of_order
from plugins.backorders.views.words import CLASSES, units
from plugins.sales.models import SalesOrder, SalesOrderLine

CHOICES = (
    ("", "Back orders: all"),
    (OrderClass.FULL, "Full BackOrder"),
    (OrderClass.PARTIAL, "Partial BackOrder"),
    (OrderClass.NONE, "No BackOrder"),
)
SHOWN = (OrderClass.PARTIAL, OrderClass.FULL)
MEANING = {
    OrderClass.FULL: "Full back order: no unit of any line has stock",
    OrderClass.PARTIAL: "Partial back order: some units have stock, some wait",
}


# -- Manage orders -------------------------------------------------------------------------


def load_marks(rows: Sequence[SalesOrder]) -> dict[int, str]:
    """Return the class of the orders that carry a mark; one statement."""
    query = sa.select(OrderState.order_id, OrderState.order_class).where(
        OrderState.order_id.in_([row.id for row in rows]),
        OrderState.marked,
        OrderState.order_class.in_(SHOWN),
    )
    return {order: name for order, name in db.session.execute(query)}


def mark(order_class: str | None) -> Markup | str:
    """Draw the mark of an order; one without says nothing (F036)."""
    if order_class is None:
        return ""
    word, role = CLASSES[order_class]
    return pill(word, role, icon="package-off", tip=MEANING[OrderClass(order_class)])


def of_class(value: str) -> sa.ColumnElement[bool]:
    """Return the condition of the filter: marked as full, as partial, or not at all (A05)."""
    if value != OrderClass.NONE:
        return sa.and_(OrderState.marked, OrderState.order_class == value)
    marked = sa.and_(OrderState.marked, OrderState.order_class.in_(SHOWN))
    return ~sa.exists().where(OrderState.order_id == SalesOrder.id, marked)


def through_class(value: str) -> Any:
    """Read marked orders through the index of their classes; the others are most of them."""
    return None if value == OrderClass.NONE else OrderState.order_id


MARK = Column("backorder", "Back order", load_marks, mark, visible=workflow.marks_shown)
BY_CLASS = Filter(
    "backorder", "Back order", lambda: CHOICES, of_class, workflow.offered, through_class
)


# -- lines of an order ---------------------------------------------------------------------


class LineFigures(NamedTuple):
    """Units of an order line: back-ordered, and what it has or could have here."""

    backordered: int
    available: int
    role: str
    words: str
    filled: bool = False


def load_lines(lines: Sequence[SalesOrderLine]) -> dict[int, LineFigures]:
    """Return the figures of the stock-tracked lines of an order; constant statements."""
    ids = [line.id for line in lines]
    found = {row.line_id: row for row in of_order(ids)}
    known = facts.load(list(found.values()))
    rows = _queued(lines, ids)
    free = _free(lines)
    return {
        line.id: _figures(line, rows[line.id], free, found.get(line.id), known)
        for line in lines
        if line.id in rows
    }


def _queued(lines: Sequence[SalesOrderLine], ids: Sequence[int]) -> dict[int, Any]:
    query = sa.select(
        QueueRow.line_id, QueueRow.pool, QueueRow.allocated_qty, QueueRow.backordered_qty
    ).where(QueueRow.line_id.in_(ids))
    return {row.line_id: row for row in db.session.execute(query)}


def _free(lines: Sequence[SalesOrderLine]) -> dict[tuple[int, int], int]:
    query = sa.select(BalanceRow.product_id, BalanceRow.pool, BalanceRow.free).where(
        BalanceRow.product_id.in_({line.product_id for line in lines})
    )
    return {(product, pool): free for product, pool, free in db.session.execute(query)}


def _figures(line: SalesOrderLine, row: Any, free: Any, record: Any, known: Any) -> LineFigures:
    available = row.allocated_qty + free.get((line.product_id, row.pool), 0)
    cue = known[record.id] if record else None
    role, words = (cue.role, cue.words) if cue else ("ok", "all of it has stock")
    filled = bool(record and record.filled_qty and not record.short_qty)
    return LineFigures(row.backordered_qty, available, role, words, filled)


def backordered_cell(figures: LineFigures | None) -> Markup | str:
    """Draw what waits, in the colour of its cue (F030, F032-F035); a covered line shows 0.

    One whose back order got all its units reads "backorder filled" (F041).
    """
    if figures is None:
        return ""
    if figures.filled:
        return pill("backorder filled", "ok", tip=figures.words)
    if not figures.backordered:
        return "0"
    return cue_pill(f"{figures.backordered:,}", figures.role, figures.words)


def available_cell(figures: LineFigures | None) -> str:
    """Write what the line has or could have at its location."""
    return f"{figures.available:,}" if figures else ""


LINE_COLUMNS = (
    Column(
        "backordered_qty",
        "BackOrderedQty",
        load_lines,
        backordered_cell,
        align="end",
        visible=workflow.line_marks_shown,
    ),
    Column(
        "backordered",
        "Back-ordered",
        load_lines,
        backordered_cell,
        align="end",
        visible=workflow.expanded_figures_shown,
    ),
    Column(
        "available",
        "Available",
        load_lines,
        available_cell,
        align="end",
        visible=workflow.expanded_figures_shown,
    ),
)


# -- summary of an order -------------------------------------------------------------------


def render_order(order: SalesOrder) -> Markup | str:
    """List the open back orders of an order; nothing when there is none."""
    rows = of_order([line.id for line in order.lines])
    if not rows:
        return ""
    known = facts.load(rows)
    short = sum(row.short_qty for row in rows)
    return fragment(
        "order_panel.html",
        rows=rows,
        known=known,
        bright=workflow.highlighted(),
        said=f"{units(len(rows), 'line')} on back order, {units(short)} short.",
        all_url=addresses.listed(search=order.number),
    )


SUMMARY = Panel("backorder", "Back orders", render_order, visible=workflow.offered)
