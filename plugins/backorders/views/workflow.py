"""Whether the back-order screens and marks are shown now, for the company in view (F145-F150)."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import g, request

from erp_core.access import can
from erp_core.admin.shell import shell
from erp_core.db import db
from erp_core.models import Company
from erp_core.settings import settings
from plugins.backorders.settings import BackorderSettings
from plugins.inventory.models import Warehouse

EXPANDED = ".expand_view"


def companies_in_view() -> list[int]:
    """Return the company this person works for at the moment, or all of them; read once."""
    if "backorders_companies" not in g:
        chosen = shell().company_id
        found = [chosen] if chosen else db.session.scalars(sa.select(Company.id)).all()
        g.backorders_companies = list(found)
    return list(g.backorders_companies)


def places_in_view() -> sa.Select[Any]:
    """Select the locations of the companies in view."""
    return sa.select(Warehouse.id).where(Warehouse.company_id.in_(companies_in_view()))


def rules_in_view() -> list[BackorderSettings]:
    """Return the settings of every company in view."""
    return [settings(BackorderSettings, company=one) for one in companies_in_view()]


def on() -> bool:
    """Say whether the workflow is on for any company in view (F145)."""
    return any(rules.enable_backorder_workflow for rules in rules_in_view())


def offered() -> bool:
    """Say whether this person finds back orders on other screens: the workflow is on, and seen."""
    return can("backorders.view") and on()


def marks_shown() -> bool:
    """Say whether marks of orders are shown: hidden by two settings (F147, F148, F150)."""
    return offered() and any(_shows_marks(rules) for rules in rules_in_view())


def _shows_marks(rules: BackorderSettings) -> bool:
    hidden = rules.hide_backorder_column or rules.stop_marking_on_create
    return rules.enable_backorder_workflow and not hidden


def in_expanded_row() -> bool:
    """Say whether the detail region of a grid row is drawn, not a page of its own."""
    return (request.endpoint or "").endswith(EXPANDED)


def line_marks_shown() -> bool:
    """Say whether the order page shows BackOrderedQty (F037, F148, F150)."""
    return not in_expanded_row() and marks_shown()


def expanded_figures_shown() -> bool:
    """Say whether the expanded row shows back-ordered and available units (F038, F146)."""
    return in_expanded_row() and offered()


def highlighted() -> bool:
    """Say whether missing units are red (F031, A03); else they are grey, with icon and words."""
    return any(rules.highlight_backorders for rules in rules_in_view())
