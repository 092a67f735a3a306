"""The one list of everything that replenishment adds."""

from __future__ import annotations

from erp_core.registration import Registration
from plugins.inventory.ports import DemandSource
from plugins.replenishment import jobs
from plugins.replenishment.commands import replenishment_group
from plugins.replenishment.demand import ReorderDemand
from plugins.replenishment.models import ReorderRule
from plugins.replenishment.settings import ReplenishmentSettings
from plugins.replenishment.views.needs import NeedsView
from plugins.replenishment.views.rules import RuleView


def register(erp: Registration) -> None:
    """Register settings, the port's answer, screens, the job and commands."""
    erp.settings(ReplenishmentSettings)
    erp.provide(DemandSource, ReorderDemand())
    erp.view(NeedsView, name="Replenishment", menu="Purchasing", icon="shopping-cart", order=10)
    erp.view(
        RuleView,
        ReorderRule,
        name="Reorder rules",
        menu="Purchasing",
        icon="trending-down",
        order=40,
    )
    erp.job("propose", jobs.propose, every=jobs.period, title="Check supply needs")
    erp.command(replenishment_group)
