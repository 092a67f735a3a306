from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue
from flask_smorest import Blueprint as Resources

from erp_core.access import requires
from erp_core.admin.views import ErpModelView

pages = Blueprint("toy_gizmo_pages", __name__, url_prefix="/gizmo")
inner = Blueprint("deep", __name__, url_prefix="/deep")
resources = Resources("toy_gizmo_api", __name__, url_prefix="/gizmos")


class GizmoView(ErpModelView):
    """All gizmos, to look at."""

    key = "toy_gizmo.gizmo"
    see = "toy_gizmo.see"
    title = "Gizmos"
    column_list = ("gadget_id", "colour")


@pages.get("/hello")
@requires("toy_gizmo.see")
def hello() -> ResponseReturnValue:
    """Greet."""
    return {"hello": "gizmo"}


@inner.get("/hello")
@requires("toy_gizmo.see")
def deep_hello() -> ResponseReturnValue:
    """Greet from a blueprint inside a blueprint."""
    return {"hello": "from below"}


pages.register_blueprint(inner)


@resources.get("/")
@requires("toy_gizmo.see")
def list_gizmos() -> ResponseReturnValue:
    """List nothing."""
    return {"gizmos": []}
