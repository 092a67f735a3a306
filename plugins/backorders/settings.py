"""The back-order settings, under the names their users know."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from erp_core.plugin import PluginSettings


class AllocationScope(StrEnum):
    """Which stock an order may draw on: its own location's, or the whole company's."""

    LOCATION = "location"
    COMPANY = "company"


class BackorderSettings(PluginSettings):
    """Workflow switches (F145-F152) and the refresh period (A09)."""

    enable_backorder_workflow: bool = Field(
        True,
        description="Give stock to orders, mark what is short and show back-order and available "
        "quantities. Off: the engine and its screens are out (F145, F146).",
        json_schema_extra={"label": "Enable BackOrder Workflow"},
    )
    hide_backorder_column: bool = Field(
        False,
        description="Hides the back-order icon in Manage orders and the BackOrderQty column of "
        "the order page. Marking goes on in the background (F147, F148).",
        json_schema_extra={
            "label": "Hide BackOrder Column in Manage Orders",
            "parent": "enable_backorder_workflow",
        },
    )
    stop_marking_on_create: bool = Field(
        False,
        description="New orders get no back-order mark, and icon and column are hidden. The "
        "short quantity still counts as demand; switching this off marks them again "
        "(F149, F150, A17).",
        json_schema_extra={
            "label": "Stop Marking Orders as BackOrder while Creating Orders",
            "parent": "enable_backorder_workflow",
        },
    )
    consider_replacement: bool = Field(
        False,
        description="A line that is out of stock is not marked when its replacement SKU can "
        "cover it. Nothing is swapped without a person (F151, A18).",
        json_schema_extra={
            "label": "Consider ReplacementSKU Qty in BackOrder Calculation",
            "parent": "enable_backorder_workflow",
        },
    )
    ignore_dropship: bool = Field(
        True,
        description="Stock in warehouses of type Dropship is not counted: it is the supplier's "
        "until it is received (F152, A19).",
        json_schema_extra={
            "label": "Don't consider Dropship WH Qty as Available Qty for backorder calculation",
            "parent": "enable_backorder_workflow",
        },
    )
    allocation_scope: AllocationScope = Field(
        AllocationScope.LOCATION,
        description="location: an order draws on the stock of its own store or warehouse. "
        "company: on that of all stores and warehouses of its company.",
        json_schema_extra={"label": "Stock is shared by", "parent": "enable_backorder_workflow"},
    )
    highlight_backorders: bool = Field(
        True,
        description="Show missing quantities in red (F031, A03). Off: grey; icon and words stay.",
        json_schema_extra={
            "label": "Highlight missing quantities",
            "parent": "enable_backorder_workflow",
        },
    )
    backorder_refresh_minutes: int = Field(
        15,
        ge=1,
        le=1440,
        description="How often everything is checked again, in minutes, 1 to 1440 (F107, A09).",
        json_schema_extra={
            "label": "Minutes between two checks",
            "parent": "enable_backorder_workflow",
        },
    )
