"""Words and roles that the screens of back orders share."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from flask_babel import format_date

from plugins.backorders.domain.order_class import OrderClass
from plugins.backorders.domain.record import Status

STATUS: Mapping[str, tuple[str, str]] = {
    Status.NEW: ("New", "missing"),
    Status.ON_ORDER: ("On order", "wait"),
    Status.STOCK_AVAILABLE: ("Stock available", "ok"),
    Status.FULFILLED: ("Fulfilled", "done"),
    Status.CANCELLED: ("Cancelled", "done"),
}
"""Status -> its words and the role of its dot."""

CLASSES: Mapping[str, tuple[str, str]] = {
    OrderClass.FULL: ("Full", "missing"),
    OrderClass.PARTIAL: ("Partial", "wait"),
    OrderClass.NONE: ("None", "done"),
}
"""Class of an order -> its word and role."""

OLD_DAYS = 14
"""From this age on the days a customer waits are shown in red."""

CARDINALS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def units(number: int, noun: str = "unit") -> str:
    """Write a count with its noun: "1 unit", "1,200 units"."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def short_date(day: date | None, today: date) -> str:
    """Write a day as "28 Nov", with its year when that is not this one; empty for none."""
    if day is None:
        return ""
    return str(format_date(day, "d MMM" if day.year == today.year else "d MMM yyyy"))


def others_wait(orders: int, missing: int) -> str:
    """Say who else waits for the same product: "two other orders also wait for this SKU (+7)"."""
    if not orders:
        return "no other order waits for this SKU"
    count = CARDINALS[orders] if orders < len(CARDINALS) else f"{orders:,}"
    noun, verb = ("order", "waits") if orders == 1 else ("orders", "wait")
    return f"{count} other {noun} also {verb} for this SKU (+{missing:,})"


def joined(parts: list[str]) -> str:
    """Join words as a sentence does: "a, b and c"."""
    return " and ".join(filter(None, [", ".join(parts[:-1]), *parts[-1:]]))
