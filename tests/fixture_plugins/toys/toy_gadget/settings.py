from __future__ import annotations

from typing import Literal

from pydantic import Field

from erp_core.plugin import PluginSettings


class GadgetSettings(PluginSettings):
    """What can be chosen about gadgets."""

    size: int = Field(3, ge=1, le=9, description="How large a new gadget is, 1 to 9.")
    mood: Literal["calm", "wild"] = Field("calm", description="How a gadget behaves.")
    loud: bool = Field(False, description="Gadgets make a noise.")
    nickname: str = Field(
        "", max_length=20, description="What a person calls it.", json_schema_extra={"user": True}
    )
