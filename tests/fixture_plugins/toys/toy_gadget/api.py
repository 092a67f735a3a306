from __future__ import annotations

from typing import Any

from flask import request
from flask_smorest import Blueprint
from plugins.toy_gadget import services

from erp_core.access import requires

resources = Blueprint("toy_gadget_api", __name__, url_prefix="/gadgets")


@resources.get("/")
@resources.response(200)
@requires("toy_gadget.see")
def list_gadgets() -> dict[str, Any]:
    """List gadgets."""
    return {"gadgets": [gadget.name for gadget in services.gadgets()]}


@resources.post("/")
@resources.response(201)
@requires("toy_gadget.change")
def make_gadget() -> dict[str, Any]:
    """Make a gadget."""
    return {"id": services.make_gadget(str(request.get_json()["name"])).id}
