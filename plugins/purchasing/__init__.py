"""Purchasing: suppliers, purchase orders and receipts."""

from erp_core.plugin import Permission, Plugin

plugin = Plugin(
    name="purchasing",
    title="Purchasing",
    version="0.1.0",
    depends=("inventory",),
    description="Suppliers with their products, purchase orders, and receipts into stock.",
    permissions=(
        Permission(
            "purchasing.view",
            "See suppliers and purchase orders",
            ("viewer", "clerk", "buyer", "warehouse", "manager"),
        ),
        Permission("purchasing.supplier.edit", "Change suppliers", ("buyer", "manager")),
        Permission("purchasing.order.edit", "Make purchase orders", ("buyer", "manager")),
        Permission("purchasing.order.send", "Send purchase orders", ("buyer", "manager")),
        Permission("purchasing.order.receive", "Receive goods", ("buyer", "warehouse", "manager")),
    ),
)
