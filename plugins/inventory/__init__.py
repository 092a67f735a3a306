"""Inventory: products, warehouses, the stock ledger and transfers."""

from erp_core.plugin import Permission, Plugin

EVERYBODY = ("viewer", "clerk", "buyer", "warehouse", "manager")

plugin = Plugin(
    name="inventory",
    title="Inventory",
    version="0.1.0",
    description="Products, warehouses, an append-only stock ledger, adjustments and transfers.",
    permissions=(
        Permission("inventory.view", "See products and stock", EVERYBODY),
        Permission("inventory.product.edit", "Change products", ("buyer", "manager")),
        Permission("inventory.warehouse.edit", "Change warehouses", ("manager",)),
        Permission("inventory.stock.adjust", "Adjust stock", ("warehouse", "manager")),
        Permission(
            "inventory.transfer.edit",
            "Request and move transfers",
            ("buyer", "warehouse", "manager"),
        ),
    ),
)
