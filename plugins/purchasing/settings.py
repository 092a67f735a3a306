"""The purchasing settings."""

from __future__ import annotations

from pydantic import Field

from erp_core.plugin import PluginSettings


class PurchasingSettings(PluginSettings):
    """What may be taken in beyond a purchase order."""

    over_receipt_percent: int = Field(
        0,
        ge=0,
        le=100,
        description="How much more than was ordered of a line may be received, in percent of "
        "the ordered quantity (rounded down). 0: nothing. Taking more asks for a reason.",
        json_schema_extra={"label": "Accept over-deliveries up to (percent)", "source": "C26"},
    )
