"""The one list of everything that the sample data adds."""

from __future__ import annotations

from erp_core.registration import Registration
from plugins.samples.commands import import_group


def register(erp: Registration) -> None:
    """Register the import command."""
    erp.command(import_group)
