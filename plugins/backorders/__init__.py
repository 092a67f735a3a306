"""Back orders: who gets the stock, who waits, and what is done about it."""

from erp_core.plugin import Permission, Plugin

plugin = Plugin(
    name="backorders",
    title="Back orders",
    version="0.1.0",
    depends=("inventory", "sales"),
    description="Gives stock to orders oldest first, follows each shortage until it is closed.",
    permissions=(
        Permission(
            "backorders.view",
            "See back orders",
            ("viewer", "clerk", "buyer", "warehouse", "manager"),
        ),
        Permission("backorders.request", "Request stock", ("clerk", "buyer", "manager")),
        Permission("backorders.fulfil", "Fulfil back orders", ("clerk", "warehouse", "manager")),
        Permission("backorders.force", "Force and release back orders", ("clerk", "manager")),
        Permission("backorders.fill", "Fill back orders", ("clerk", "warehouse", "manager")),
        Permission("backorders.pin", "Pin stock to an order", ("manager",)),
        Permission("backorders.pin_any", "Give up other people's pins", ("manager",)),
        Permission("backorders.refresh", "Recalculate back orders", ("manager",)),
    ),
)
