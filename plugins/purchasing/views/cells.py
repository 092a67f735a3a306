"""Cells of our grids, drawn by the macros of purchasing/cells.html."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from flask import get_template_attribute

from plugins.purchasing.domain.prices import amount
from plugins.purchasing.domain.status import in_words
from plugins.purchasing.models import INCOMING_STATUSES, PurchaseOrder

ROLES = {
    "draft": "other",
    "sent": "wait",
    "partially_received": "wait",
    "received": "ok",
    "cancelled": "done",
}
"""The colour role of each status; the words say the rest."""


def draw(name: str, *arguments: Any) -> Any:
    """Draw a macro of purchasing/cells.html."""
    return get_template_attribute("purchasing/cells.html", name)(*arguments)


def status(value: str) -> Any:
    """Draw the status of an order."""
    return draw("status_cell", in_words(value), ROLES[value])


def day(value: date | None) -> str:
    """Return a date as people read it: "28 Nov 2026"; an empty string for none."""
    return f"{value.day} {value:%b %Y}" if value else ""


def late(order: PurchaseOrder) -> bool:
    """Say whether goods should have come before today and have not."""
    today = datetime.now(UTC).date()
    waiting = order.status in INCOMING_STATUSES
    return bool(waiting and order.expected_on and order.expected_on < today)


def expected(order: PurchaseOrder) -> Any:
    """Draw when an order is expected, and whether that is past."""
    return draw("expected", day(order.expected_on), late(order))


def money(minor: int, currency: str) -> str:
    """Return an amount as it is shown: "€12.50"."""
    return amount(minor, currency)
