"""What a supplier says about open units: they come late, or they do not come (C26)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from erp_core.db import db, now
from erp_core.errors import ErpError
from erp_core.events import publish
from plugins.inventory.services import pegs
from plugins.purchasing.domain.arrival import is_quantity
from plugins.purchasing.domain.status import Step
from plugins.purchasing.events import PurchaseOrderCancelled, SupplyChanged
from plugins.purchasing.models import (
    SUPPLY_SOURCE,
    LineOutcome,
    PurchaseOrder,
    PurchaseOrderLine,
)
from plugins.purchasing.services import loading
from plugins.purchasing.services.waiting import Waiting, waiting


@dataclass(frozen=True, slots=True)
class Report:
    """What is known about a line: late needs a new date, the others how many units do not come."""

    line_id: int
    outcome: LineOutcome
    qty: int | None = None
    expected_on: date | None = None
    note: str = ""


def report(order_id: int, said: Report, *, version: int | None = None) -> Sequence[Waiting]:
    """Note what the supplier said of a line; returns who waits for the units concerned.

    Late units keep their claims. Units that do not come are closed, and their pegs go, the newest
    first: who waits needs other supply. Raises ErpError for a missing or past date and for a
    quantity that is not open.
    """
    order = loading.for_change(order_id, Step.SHORT_CLOSE, version=version)
    line = loading.line_of(order, said.line_id)
    before = waiting([line.id]).get(line.id, [])
    if said.outcome is LineOutcome.LATE:
        units = _later(order, line, said)
        hurt = before
    else:
        units = _closed(order, line, said)
        hurt = _losing(before, line.open_qty)
    line.outcome, line.outcome_note = said.outcome, said.note.strip()[:254]
    loading.settle(order)
    order.changed_at = now()
    db.session.flush()
    key, open_units = line.id, line.open_qty
    pegs.shrink_supply(SUPPLY_SOURCE, {key: open_units})
    words = tuple(one.words for one in hurt)
    publish(SupplyChanged(order_id, key, str(said.outcome), units, words))
    if said.outcome is not LineOutcome.LATE:
        publish(PurchaseOrderCancelled(order_id))
    return hurt


def _later(order: PurchaseOrder, line: PurchaseOrderLine, said: Report) -> int:
    if not line.open_qty:
        raise ErpError(f"{order.number} line {line.position}: nothing is open that could be late.")
    if said.expected_on is None or said.expected_on < datetime.now(UTC).date():
        raise ErpError(
            f"{order.number} line {line.position}: give the new date, today or later, for units "
            "that come late."
        )
    line.expected_on = said.expected_on
    return line.open_qty


def _closed(order: PurchaseOrder, line: PurchaseOrderLine, said: Report) -> int:
    units = line.open_qty if said.qty is None else said.qty
    if not is_quantity(units) or units > line.open_qty:
        raise ErpError(
            f"{order.number} line {line.position}: {units!s:.30} cannot be closed. "
            f"Whole number from 1 to {line.open_qty:,}, which is what is open."
        )
    line.cancelled_qty += units
    return units


def _losing(ones: Sequence[Waiting], left: int) -> list[Waiting]:
    """Return who loses units when `left` remain; the newest claims give first."""
    lost: list[Waiting] = []
    for one in ones:
        kept = min(one.qty, left)
        left -= kept
        if kept < one.qty:
            lost.append(Waiting(one.waiter, one.qty - kept, one.source, one.line_id))
    return lost
