from __future__ import annotations

from markupsafe import Markup
from plugins.lamp.settings import LampSettings

from erp_core.settings import settings


class LampImpact:
    def today(self, plugin: str, company: int) -> Markup | str:
        if plugin != "lamp":
            return ""
        return Markup("<p>%s watts for <b>%s</b></p>") % (
            settings(LampSettings, company=company).watts,
            company or "everybody",
        )

    def preview(self, plugin: str, key: str, value: object, company: int) -> Markup | str:
        if (plugin, key) == ("lamp", "lit"):
            return f"12 lamps <go> {'on' if value else 'off'}"
        return ""
