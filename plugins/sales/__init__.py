"""Sales: customers, sales orders, payments and shipments."""

from erp_core.plugin import Permission, Plugin

EVERYBODY = ("viewer", "clerk", "buyer", "warehouse", "manager")

plugin = Plugin(
    name="sales",
    title="Sales",
    version="0.1.0",
    depends=("inventory",),
    description="Customers, sales orders with their lines, payments and shipments.",
    permissions=(
        Permission("sales.view", "See sales orders and customers", EVERYBODY),
        Permission("sales.customer.edit", "Change customers", ("clerk", "manager")),
        Permission("sales.order.edit", "Enter and change sales orders", ("clerk", "manager")),
        Permission("sales.order.confirm", "Confirm sales orders", ("clerk", "manager")),
        Permission("sales.order.approve", "Approve and hold sales orders", ("manager",)),
        Permission("sales.order.cancel", "Cancel sales orders", ("clerk", "manager")),
        Permission("sales.order.ship", "Ship sales orders", ("clerk", "warehouse", "manager")),
        Permission("sales.order.return", "Take goods back", ("clerk", "warehouse", "manager")),
        Permission("sales.payment.record", "Record payments", ("clerk", "manager")),
    ),
)
