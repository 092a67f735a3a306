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
    """Workflow switches and the refresh period; each one's `source` names its rule."""

    enable_backorder_workflow: bool = Field(
        True,
        description="Give stock to orders, mark what is short and show back-order and available "
        "quantities. Off: nothing is marked and the back-order screens are out.",
        json_schema_extra={"label": "Enable BackOrder Workflow", "source": "F145, F146"},
    )
    hide_backorder_column: bool = Field(
        False,
        description="Hides the back-order icon in Manage orders and the BackOrderQty column of "
        "the order page. Marking goes on in the background.",
        json_schema_extra={
            "label": "Hide BackOrder Column in Manage Orders",
            "source": "F147, F148",
            "parent": "enable_backorder_workflow",
        },
    )
    stop_marking_on_create: bool = Field(
        False,
        description="New orders get no back-order mark, and icon and column are hidden. The "
        "short quantity still counts as demand; switching this off marks them again.",
        json_schema_extra={
            "label": "Stop Marking Orders as BackOrder while Creating Orders",
            "source": "F149, F150, A17",
            "parent": "enable_backorder_workflow",
        },
    )
    consider_replacement: bool = Field(
        False,
        description="A line that is out of stock is not marked when its replacement SKU can "
        "cover it. Nothing is swapped without a person.",
        json_schema_extra={
            "label": "Consider ReplacementSKU Qty in BackOrder Calculation",
            "source": "F151, A18",
            "parent": "enable_backorder_workflow",
        },
    )
    ignore_dropship: bool = Field(
        True,
        description="Stock in warehouses of type Dropship is not counted: it is the supplier's "
        "until it is received.",
        json_schema_extra={
            "label": "Don't consider Dropship WH Qty as Available Qty for backorder calculation",
            "source": "F152, A19",
            "parent": "enable_backorder_workflow",
        },
    )
    allocation_scope: AllocationScope = Field(
        AllocationScope.LOCATION,
        description="Location: an order draws on the stock of its own store or warehouse. "
        "Company: on that of all stores and warehouses of its company.",
        json_schema_extra={"label": "Stock is shared by", "parent": "enable_backorder_workflow"},
    )
    auto_allocate_on_receipt: bool = Field(
        True,
        description="Stock that arrives goes to the back orders that wait for it, oldest first. "
        "Off: it stays free until somebody fills them; new orders still take what is free.",
        json_schema_extra={
            "label": "Give arriving stock to back orders",
            "source": "F098, A24",
            "parent": "enable_backorder_workflow",
        },
    )
    highlight_backorders: bool = Field(
        True,
        description="Show missing quantities in red. Off: grey; icon and words stay.",
        json_schema_extra={
            "label": "Highlight missing quantities",
            "source": "F031, A03",
            "parent": "enable_backorder_workflow",
        },
    )
    backorder_refresh_minutes: int = Field(
        15,
        ge=1,
        le=1440,
        description="How often everything is checked again, in minutes.",
        json_schema_extra={
            "label": "Minutes between two checks",
            "source": "F107, A09",
            "parent": "enable_backorder_workflow",
        },
    )
    charge_cards_on_fill: bool = Field(
        False,
        description="The multi-order processor in credit card mode charges the cards of unpaid "
        "orders for what it fills. Off: no card is ever charged.",
        json_schema_extra={
            "label": "Charge cards on filling",
            "source": "F122, A14",
            "parent": "enable_backorder_workflow",
        },
    )
    card_gateway: str = Field(
        "",
        description="Key of the payment gateway that takes the money. `test` takes none and "
        "accepts every amount that does not end in 13.",
        max_length=32,
        json_schema_extra={"label": "Card gateway", "parent": "charge_cards_on_fill"},
    )
