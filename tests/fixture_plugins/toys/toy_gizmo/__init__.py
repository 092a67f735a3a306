from erp_core.plugin import Permission, Plugin

plugin = Plugin(
    name="toy_gizmo",
    title="Gizmos",
    version="1.0",
    depends=("toy_gadget",),
    description="Extends gadgets from outside.",
    permissions=(
        Permission("toy_gizmo.see", "See gizmos", ("viewer", "manager")),
        Permission("toy_gizmo.use", "Use gizmos", ("manager",)),
    ),
)
