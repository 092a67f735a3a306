from __future__ import annotations

import time

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from plugins.toy_gadget import services
from plugins.toy_gadget.models import Gadget
from plugins.toy_gadget.settings import GadgetSettings

from erp_core import lifecycle
from erp_core.access import requires
from erp_core.admin.views import ErpModelView
from erp_core.db import db
from erp_core.settings import settings

pages = Blueprint("toy_gadget_pages", __name__, url_prefix="/toy")


class GadgetView(ErpModelView):
    """All gadgets."""

    key = "toy_gadget.gadget"
    see = "toy_gadget.see"
    change = "toy_gadget.change"
    title = "Gadgets"
    column_list = ("name", "weight")
    column_searchable_list = ("name",)
    form_columns = ("name", "weight", "number")


@pages.get("/mood")
@requires("toy_gadget.see")
def mood() -> ResponseReturnValue:
    """Tell the mood by two questions to the settings."""
    return {"mood": settings(GadgetSettings).mood, "size": settings(GadgetSettings).size}


@pages.post("/make")
@requires("toy_gadget.change")
def make() -> ResponseReturnValue:
    """Make the gadget `name`, then answer with the status `status`."""
    gadget = services.make_gadget(request.form["name"], int(request.form.get("weight", 0)))
    return {"id": gadget.id, "number": gadget.number}, int(request.form.get("status", 201))


@pages.post("/crash")
@requires("toy_gadget.change")
def crash() -> ResponseReturnValue:
    """Make a gadget and break."""
    services.make_gadget("crashed")
    raise RuntimeError("a fault of the program")


@pages.get("/look")
@requires("toy_gadget.see")
def look() -> ResponseReturnValue:
    """Write during a GET, which must not last."""
    services.make_gadget("made while looking")
    return {"gadgets": len(services.gadgets())}


@pages.post("/swap")
@requires("toy_gadget.change")
def swap() -> ResponseReturnValue:
    """Write two rows in the order given, to meet somebody who does it the other way round."""
    for name in request.form.getlist("name"):
        statement = db.update(Gadget).where(Gadget.name == name)
        db.session.execute(statement.values(weight=Gadget.weight + 1))
        time.sleep(0.3)
    return {"done": True}


@pages.post("/switch/<name>/<int:on>")
@requires("toy_gadget.change")
def switch(name: str, on: int) -> ResponseReturnValue:
    """Switch a plugin as the screen does."""
    lifecycle.enable(name) if on else lifecycle.disable(name)
    return {"on": bool(on)}
