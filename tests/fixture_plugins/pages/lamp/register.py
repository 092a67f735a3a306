from __future__ import annotations

from datetime import timedelta

from flask import Blueprint
from plugins.lamp import work
from plugins.lamp.impact import LampImpact
from plugins.lamp.settings import LampSettings

from erp_core.access import requires
from erp_core.plugin import MenuEntry
from erp_core.ports import SettingsImpact
from erp_core.registration import Registration
from erp_core.settings import settings

pages = Blueprint("lamp", __name__, url_prefix="/lamp")


@pages.get("/page")
@requires("lamp.lamp.view")
def page() -> str:
    return f"{settings(LampSettings).watts} watts"


def register(erp: Registration) -> None:
    erp.settings(LampSettings)
    erp.blueprint(pages)
    erp.menu(MenuEntry("Work", "Lamps", "lamp.page", "lamp.lamp.view", "bulb"))
    erp.provide(SettingsImpact, LampImpact())
    erp.job("burn", work.burn, every=timedelta(minutes=5), title="Burn the lamps")
    erp.job("blow", work.blow)
    erp.job("paint", work.paint)
