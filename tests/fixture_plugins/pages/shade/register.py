from __future__ import annotations

from flask import Blueprint
from plugins.lamp.settings import LampSettings

from erp_core.access import requires
from erp_core.errors import ErpError
from erp_core.plugin import PluginSettings
from erp_core.registration import Registration
from erp_core.settings import SettingChanged, settings

pages = Blueprint("shade", __name__, url_prefix="/shade")


class ShadeSettings(PluginSettings):
    width: int = 30
    """Width of a shade in centimetres."""


@pages.get("/page")
@requires("signed_in")
def page() -> str:
    return "shade"


def refuse_heat(change: SettingChanged) -> None:
    if change.field == "watts" and settings(LampSettings).watts > 200:
        raise ErpError("The shades melt above 200 watts; take them off first.")


def register(erp: Registration) -> None:
    erp.settings(ShadeSettings)
    erp.blueprint(pages)
    erp.subscribe(SettingChanged, refuse_heat)
