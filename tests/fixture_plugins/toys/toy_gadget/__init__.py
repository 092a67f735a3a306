from erp_core.plugin import Permission, Plugin

plugin = Plugin(
    name="toy_gadget",
    title="Gadgets",
    version="1.0",
    description="Things to try every verb of the registration on.",
    permissions=(
        Permission("toy_gadget.see", "See gadgets", ("viewer", "manager")),
        Permission("toy_gadget.change", "Change gadgets", ("manager",)),
    ),
)
