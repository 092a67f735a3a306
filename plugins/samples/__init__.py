"""Samples: the demo business and the reader of the public Northwind files."""

from erp_core.plugin import Plugin

plugin = Plugin(
    name="samples",
    title="Sample data",
    version="0.1.0",
    depends=("inventory", "sales", "purchasing", "backorders"),
    description="Fills an empty database: a demo business, or the public Northwind sample.",
)
