"""Buttons at the lines of an order: force, fill and release back orders (F007, F114, F116)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flask import g, url_for

from erp_core.plugin import PageAction
from plugins.backorders.services.desk_lines import DeskLine, lines_of
from plugins.backorders.views import workflow
from plugins.backorders.views.release_dialog import has_stock
from plugins.sales.models import SalesOrder

Fits = Callable[[Sequence[DeskLine]], bool]


def known_lines(order: SalesOrder) -> list[DeskLine]:
    """Return the lines of an order, read once for all buttons of a page."""
    if g.get("backorders_desk", (0, []))[0] != order.id:
        g.backorders_desk = (order.id, lines_of(order.id))
    found: list[DeskLine] = g.backorders_desk[1]
    return found


def _where(name: str, fits: Fits) -> Callable[[SalesOrder], str]:
    def url(order: SalesOrder) -> str:
        offered = fits(known_lines(order))
        return url_for(f"backorders_order.{name}", pk=order.id) if offered else ""

    return url


def _act(name: str, permission: str, icon: str, fits: Fits) -> PageAction:
    title = f"{name.capitalize()} back orders"
    return PageAction(name, title, _where(name, fits), permission, icon, workflow.on)


ACTS = (
    _act("force", "backorders.force", "hand-stop", bool),
    _act(
        "fill",
        "backorders.fill",
        "package-import",
        lambda lines: any(line.lacking for line in lines),
    ),
    _act(
        "release",
        "backorders.force",
        "package-export",
        lambda lines: any(has_stock(line) for line in lines),
    ),
)
