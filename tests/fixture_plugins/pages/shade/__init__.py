"""A plugin that needs the lamps."""

from erp_core.plugin import Plugin

plugin = Plugin(name="shade", title="Shades", version="0.3.0", depends=("lamp",))
