from __future__ import annotations

from datetime import timedelta

import click
from plugins.toy_gadget.events import GadgetMade
from plugins.toy_gadget.ports import Advice
from plugins.toy_gizmo import services, views
from plugins.toy_gizmo.models import Gizmo

from erp_core.plugin import Action, Column, Filter, MenuEntry, Panel
from erp_core.registration import Registration

GADGETS = "toy_gadget.gadget"


@click.command("gizmo")
def gizmo_command() -> None:
    """Say hello."""
    click.echo("Hello from the gizmo.")


def register(erp: Registration) -> None:
    """Register everything."""
    erp.view(views.GizmoView, Gizmo, name="Gizmos", menu="Work")
    erp.blueprint(views.pages)
    erp.menu(MenuEntry("Work", "Gizmo page", "toy_gizmo_pages.hello", "toy_gizmo.see"))
    erp.api(views.resources)
    erp.subscribe(GadgetMade, services.paint)
    erp.provide(Advice, services.Adviser())
    erp.column(GADGETS, Column("colour", "Gizmo colour", services.colours))
    erp.filter(
        GADGETS,
        Filter("paint", "Gizmo paint", lambda: [("red", "Red paint")], services.has_colour),
    )
    erp.action(GADGETS, Action("repaint", "Repaint blue", services.repaint, "toy_gizmo.use"))
    erp.panel(GADGETS, Panel("gizmo", "Gizmo panel", lambda row: f"painted {row.gizmo.colour}"))
    erp.job("fade", services.fade, every=timedelta(minutes=5))
    erp.command(gizmo_command)
