"""The replenishment settings: what the textbook formulas are fed with."""

from __future__ import annotations

from pydantic import Field

from erp_core.plugin import PluginSettings


class ReplenishmentSettings(PluginSettings):
    """Period of the check, and what rules use that name nothing of their own."""

    check_minutes: int = Field(
        60,
        ge=5,
        le=1440,
        description="How often proposals are brought up to date, in minutes.",
        json_schema_extra={"label": "Minutes between two checks", "source": "C21"},
    )
    demand_days: int = Field(
        90,
        ge=7,
        le=730,
        description="Days of shipments from which demand a day is worked out.",
        json_schema_extra={"label": "Days of demand"},
    )
    lead_time_days: int = Field(
        7,
        ge=0,
        le=365,
        description="Lead time of products whose rule and supplier name none.",
        json_schema_extra={"label": "Lead time (days)"},
    )
    ordering_cost_minor: int = Field(
        2500,
        ge=0,
        le=10**9,
        description="What placing one order costs, in minor units (2500 is 25.00): S of the EOQ.",
        json_schema_extra={"label": "Cost of an order"},
    )
    holding_percent: int = Field(
        20,
        ge=1,
        le=100,
        description="What holding a unit for a year costs, in percent of its cost: H of the EOQ.",
        json_schema_extra={"label": "Holding cost (percent a year)"},
    )
