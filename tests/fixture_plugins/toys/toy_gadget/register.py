from __future__ import annotations

from datetime import timedelta

import click
from plugins.toy_gadget import api, services, views
from plugins.toy_gadget.events import GadgetMade
from plugins.toy_gadget.mail import GadgetMail
from plugins.toy_gadget.models import Gadget
from plugins.toy_gadget.settings import GadgetSettings

from erp_core.db import transaction
from erp_core.registration import Registration


@click.group("gadget")
def gadget_group() -> None:
    """Gadgets."""


@gadget_group.command("make")
@click.argument("name")
def make_command(name: str) -> None:
    """Make a gadget."""
    with transaction():
        services.make_gadget(name)
    click.echo(f"{name} is made.")


def register(erp: Registration) -> None:
    """Register everything."""
    erp.settings(GadgetSettings)
    erp.event(GadgetMade)
    erp.mail(GadgetMade, GadgetMail())
    erp.view(views.GadgetView, Gadget, name="Gadgets", menu="Work")
    erp.blueprint(views.pages)
    erp.api(api.resources)
    erp.job("weigh", services.weigh_all, every=timedelta(hours=1), title="Weigh all gadgets")
    erp.job("tick", services.tick, every=timedelta(seconds=1))
    erp.job("make_many", services.make_many)
    erp.job("fail", services.fail)
    erp.command(gadget_group)
