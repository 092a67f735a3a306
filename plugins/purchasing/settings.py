"""The purchasing settings."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from erp_core.plugin import PluginSettings


class Choose(StrEnum):
    """Which needs a proposal is made from (F080)."""

    NEEDED = "needed"
    BACKORDERS = "backorders"
    REORDER = "reorder"


class PurchasingSettings(PluginSettings):
    """What may be taken in beyond an order, and what a proposal begins with (F083)."""

    over_receipt_percent: int = Field(
        0,
        ge=0,
        le=100,
        description="How much more than was ordered of a line may be received, in percent of "
        "the ordered quantity (rounded down). 0: nothing. Taking more asks for a reason.",
        json_schema_extra={"label": "Accept over-deliveries up to (percent)", "source": "C26"},
    )
    proposal_automatic: bool = Field(
        True,
        description="Create purchase orders from what is needed. Off: begin with an empty order.",
        json_schema_extra={"label": "Create automatically", "source": "F079", "user": True},
    )
    proposal_choose: Choose = Field(
        Choose.NEEDED,
        description="Needed: back orders and reorder points together.",
        json_schema_extra={"label": "Choose", "source": "F080", "user": True},
    )
    proposal_supplier: str = Field(
        "",
        max_length=32,
        description="Code of the supplier to begin with; empty for all suppliers.",
        json_schema_extra={"label": "From", "source": "F081", "user": True},
    )
    proposal_days: int = Field(
        30,
        ge=0,
        le=3650,
        description="Include back orders of the last days; 0 for no limit.",
        json_schema_extra={"label": "Days back", "source": "F082, A06", "user": True},
    )
