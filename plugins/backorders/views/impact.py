"""What the back-order settings mean today, and what a change would do (F145-F152)."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from markupsafe import Markup

from erp_core.db import db
from erp_core.models import Company
from erp_core.settings import settings
from plugins.backorders.domain.order_class import OrderClass
from plugins.backorders.models import OrderState
from plugins.backorders.settings import BackorderSettings
from plugins.backorders.views import supposing
from plugins.backorders.views.drawing import fragment
from plugins.backorders.views.words import CLASSES
from plugins.sales.models import OPEN_STATUSES, SalesOrder

PLUGIN = "backorders"
COUNTING = {
    "enable_backorder_workflow",
    "stop_marking_on_create",
    "consider_replacement",
    "ignore_dropship",
    "allocation_scope",
}
"""Settings that can give orders a mark or take it away."""


@dataclass(frozen=True, slots=True)
class Today:
    """Open orders by the mark they carry."""

    orders: int
    full: int
    partial: int

    @property
    def marked(self) -> int:
        """Return how many carry a mark."""
        return self.full + self.partial

    @property
    def none(self) -> int:
        """Return how many carry none."""
        return self.orders - self.marked


class BackorderImpact:
    """Answers the core's question what the settings of this plugin mean."""

    def today(self, plugin: str, company: int) -> Markup | str:
        """Say how many open orders carry a mark now."""
        if plugin != PLUGIN:
            return ""
        awake = [one for one in _companies(company) if _on(one)]
        return fragment("today.html", found=_counted(awake), on=bool(awake))

    def preview(self, plugin: str, key: str, value: object, company: int) -> Markup | str:
        """Say which orders would gain, lose or change their mark; nothing when none would."""
        if plugin != PLUGIN or key not in COUNTING:
            return ""
        changes = supposing.changes(supposing.Supposition(key, value, company))
        if not changes.count:
            return ""
        return fragment("preview.html", changes=changes, classes=CLASSES)


def _companies(company: int) -> list[int]:
    return [company] if company else list(db.session.scalars(sa.select(Company.id)))


def _on(company: int) -> bool:
    return settings(BackorderSettings, company=company).enable_backorder_workflow


def _counted(companies: list[int]) -> Today:
    """Count the open orders of these companies by their mark; one statement."""
    full, partial = (
        sa.func.count(sa.case((sa.and_(OrderState.marked, OrderState.order_class == one), 1)))
        for one in (OrderClass.FULL, OrderClass.PARTIAL)
    )
    query = (
        sa.select(sa.func.count(), full, partial)
        .select_from(SalesOrder)
        .join(OrderState, OrderState.order_id == SalesOrder.id, isouter=True)
        .where(SalesOrder.status.in_(OPEN_STATUSES), SalesOrder.company_id.in_(companies))
    )
    return Today(*(int(number) for number in db.session.execute(query).one()))
