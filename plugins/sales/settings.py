"""The settings of sales."""

from __future__ import annotations

from pydantic import Field

from erp_core.plugin import PluginSettings


class SalesSettings(PluginSettings):
    """What sales insists on."""

    require_payment_before_fulfilment: bool = Field(
        False,
        description="Goods leave only when their order is fully paid. Off: what is owed is shown "
        "as a reminder.",
        json_schema_extra={"label": "Require payment before shipping", "source": "A11"},
    )
