"""A plugin without tables for the tests of the core's pages."""

from erp_core.plugin import Permission, Plugin

plugin = Plugin(
    name="lamp",
    title="Lamps",
    version="1.2.0",
    description="Switches lamps and counts what they burn.",
    permissions=(Permission("lamp.lamp.view", "See lamps", ("viewer", "manager")),),
)
