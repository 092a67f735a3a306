"""The theme's macros for use from Python: pills and templates as Markup."""

from __future__ import annotations

from typing import Any

from flask import get_template_attribute, render_template
from markupsafe import Markup

from plugins.backorders.views import workflow

MACROS = "erp/macros.html"


def qty_pill(qty: int | str, role: str, words: str) -> Markup:
    """Draw a quantity with colour, icon and words."""
    return Markup(get_template_attribute(MACROS, "qty_pill")(qty, role, words))  # noqa: S704


def cue_pill(qty: int | str, role: str, words: str) -> Markup:
    """Draw a short quantity; without highlighting it is grey and keeps icon and words (A03)."""
    if workflow.highlighted():
        return qty_pill(qty, role, words)
    icons = get_template_attribute(MACROS, "ROLE_ICONS")
    draw = get_template_attribute(MACROS, "qty_pill")
    return Markup(draw(qty, "done", words, icons[role]))  # noqa: S704 - a macro escapes


def pill(text: str, role: str, *, icon: str = "", tip: str = "") -> Markup:
    """Draw a word in a tinted pill."""
    return Markup(get_template_attribute(MACROS, "pill")(text, role, icon, tip))  # noqa: S704


def status(label: str, role: str) -> Markup:
    """Draw a status with the dot of its role."""
    return Markup(get_template_attribute(MACROS, "status")(label, role))  # noqa: S704


def fragment(template: str, **facts: Any) -> Markup:
    """Render a template of this plugin as Markup."""
    return Markup(render_template(f"backorders/{template}", **facts))  # noqa: S704


def cell_macro(name: str, row: Any, known: Any) -> Markup:
    """Draw a cell of the list with the macro of that name."""
    draw = get_template_attribute("backorders/cells.html", name)
    return Markup(draw(row, known, workflow.highlighted()))  # noqa: S704 - a macro escapes


def money(minor: int, currency: str) -> str:
    """Write minor units as an amount with its currency."""
    return str(get_template_attribute(MACROS, "money")(minor, currency))
