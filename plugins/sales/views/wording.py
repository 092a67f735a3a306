"""How sales shows statuses, money and days in the cells of its screens."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

from flask import get_template_attribute
from markupsafe import Markup

from plugins.sales.domain.money import percent, places_of
from plugins.sales.domain.statuses import OrderStatus

ROLES = {
    OrderStatus.DRAFT: "other",
    OrderStatus.CONFIRMED: "wait",
    OrderStatus.APPROVED: "wait",
    OrderStatus.ON_HOLD: "missing",
    OrderStatus.PARTIALLY_FULFILLED: "wait",
    OrderStatus.FULFILLED: "ok",
    OrderStatus.CANCELLED: "done",
}
"""Which of the five colour roles a status has."""

MACROS = "erp/macros.html"
SYMBOLS = {"EUR": "€", "USD": "$", "GBP": "£"}
STATUS = Markup(
    '<span class="peg-status"><i class="peg-dot peg-dot-%s" aria-hidden="true"></i>%s</span>'
)
ASIDE = Markup('%s<span class="peg-aside">%s</span>')
MUTED = Markup('<span class="peg-muted">%s</span>')


def status_cell(status: str) -> Markup:
    """Draw a status: a dot whose shape has a meaning, and words."""
    known = OrderStatus(status)
    return STATUS % (ROLES[known], known.words)


def pill(text: str, role: str, *, icon: str = "", tip: str = "") -> Markup:
    """Draw a word in a tinted pill."""
    return Markup(get_template_attribute(MACROS, "pill")(text, role, icon, tip))  # noqa: S704


def money(minor: int, currency: str) -> str:
    """Write minor units as an amount with its currency: €2,264.62."""
    places = places_of(currency)
    whole, part = divmod(abs(minor), 10**places)
    sign = "−" if minor < 0 else ""  # noqa: RUF001 - the minus sign
    decimals = f".{part:0{places}d}" if places else ""
    return f"{sign}{SYMBOLS.get(currency, currency + ' ')}{whole:,}{decimals}"


def day(value: date | None) -> str:
    """Write a date such as 2 Mar 2026; a dash for none."""
    return f"{value.day} {value:%b %Y}" if value else "–"  # noqa: RUF001 - the dash


def counted(count: int, one: str, many: str = "") -> str:
    """Write a count with its noun: 1 unit, 3 units."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


WORDS: Mapping[str, Callable[..., object]] = {
    "money": money,
    "day": day,
    "counted": counted,
    "percent": percent,
    "status_cell": status_cell,
}
"""Functions that the templates of sales use to write values."""
