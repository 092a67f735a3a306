"""Replenishment: supply needs, reorder points and proposals."""

from erp_core.plugin import Permission, Plugin

plugin = Plugin(
    name="replenishment",
    title="Replenishment",
    version="0.1.0",
    depends=("inventory",),
    description="What to buy for back orders and reorder points, with the arithmetic behind it.",
    permissions=(
        Permission(
            "replenishment.view",
            "See supply needs and reorder rules",
            ("viewer", "buyer", "warehouse", "manager"),
        ),
        Permission("replenishment.rule.edit", "Change reorder rules", ("buyer", "manager")),
        Permission("replenishment.order", "Order what is needed", ("buyer", "manager")),
        Permission("replenishment.notify", "Order and tell the supplier", ("buyer", "manager")),
    ),
)
