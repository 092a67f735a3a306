"""The one list of everything that the sample data adds."""

from __future__ import annotations

from erp_core.ports import DemoData
from erp_core.registration import Registration
from plugins.samples.commands import import_group
from plugins.samples.demo.fill import DemoBusiness


def register(erp: Registration) -> None:
    """Register the import command and the demo business."""
    erp.command(import_group)
    erp.provide(DemoData, DemoBusiness())
