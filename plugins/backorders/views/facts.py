"""Everything a row of the list says, read for all rows of a page at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from erp_core.db import now
from plugins.backorders.domain.cues import CueFacts, cue
from plugins.backorders.domain.record import Record, Status
from plugins.backorders.models import Backorder
from plugins.backorders.services import explain
from plugins.backorders.views.supply import Coming, coming, expected
from plugins.backorders.views.words import OLD_DAYS, STATUS, short_date, units
from plugins.sales.services.payments import owed


@dataclass(frozen=True, slots=True)
class Facts:
    """One back order as the list shows it; quantities in stock units, money in minor units."""

    record: Record
    status: Status
    role: str
    words: str
    since: date
    days: int
    served: Sequence[Coming]
    expected_on: date | None
    expected: str
    owed: int

    @property
    def qty(self) -> int:
        """Return the units the customer waits for, or got."""
        return self.record.wanted or self.record.fulfilled

    @property
    def status_words(self) -> str:
        """Return the status; a partly filled one says "2 of 7"."""
        badge = self.record.badge
        label = STATUS[self.status][0]
        return f"{label} {badge.filled:,} of {badge.wanted:,}" if badge else label

    @property
    def status_role(self) -> str:
        """Return the role of the status dot."""
        return STATUS[self.status][1]

    @property
    def old(self) -> bool:
        """Say whether the customer has waited too long."""
        return self.days >= OLD_DAYS and bool(self.record.wanted)


def record_of(row: Backorder) -> Record:
    """Return the quantities of a stored back order."""
    return Record(row.short_qty, row.filled_qty, row.fulfilled_qty, row.requested_qty)


@dataclass(slots=True)
class _Page:
    """What the rows of one page share."""

    served: Mapping[int, list[Coming]]
    cues: Mapping[int, CueFacts]
    today: date


def load(rows: Sequence[Backorder]) -> dict[int, Facts]:
    """Return the facts of each row; a constant number of statements for any number of rows."""
    lines = [row.line_id for row in rows]
    page = _Page(
        served=coming(lines),
        cues=explain.facts(lines),
        today=now().date(),
    )
    return {row.id: _facts(row, page) for row in rows}


def _facts(row: Backorder, page: _Page) -> Facts:
    record = record_of(row)
    served = page.served.get(row.line_id, [])
    day = expected(served)
    shown = short_date(day, page.today)
    role, words = _cue(row, record, page)
    return Facts(
        record=record,
        status=Status(row.status),
        role=role,
        words=words,
        since=row.since,
        days=max(0, (page.today - row.since).days),
        served=served,
        expected_on=day,
        expected=shown,
        owed=max(0, owed(row.order)),
    )


def _cue(row: Backorder, record: Record, page: _Page) -> tuple[str, str]:
    known = page.cues.get(row.line_id)
    found = cue(known) if known and record.wanted else None
    if found is not None:
        return str(found.role), found.words
    return "done", f"{units(record.fulfilled)} delivered" if record.fulfilled else "given up"
