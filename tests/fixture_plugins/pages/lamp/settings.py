from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Literal

from pydantic import Field

from erp_core.plugin import PluginSettings


class Colour(StrEnum):
    WARM = "warm"
    COLD = "cold"


class LampSettings(PluginSettings):
    lit: bool = Field(
        True, description="Light the lamps.", json_schema_extra={"label": "Light the lamps"}
    )
    dim_at_night: bool = Field(
        False,
        description="Halve the light after ten in the evening.",
        json_schema_extra={"parent": "lit"},
    )
    night_level: int = Field(
        50,
        ge=1,
        le=100,
        description="Light at night.",
        json_schema_extra={"parent": "dim_at_night", "unit": "%"},
    )
    watts: int = Field(40, ge=1, le=500, description="Power of a lamp.")
    tariff: Decimal = Field(Decimal("0.31"), ge=0, description="Price of a kilowatt hour.")
    colour: Colour = Field(Colour.WARM, description="Colour of the light.")
    scope: Literal["room", "house"] = Field(
        "room",
        description="What one switch turns on.",
        json_schema_extra={"choices": {"room": "One room", "house": "The whole house"}},
    )
    rest: timedelta = Field(timedelta(minutes=90), description="How long a lamp rests.")
    maker: str = Field("Osmium", max_length=20, description="Who made the lamps.")
    spare: int | None = Field(None, description="Lamps in the drawer, empty for unknown.")
    badge: bool = Field(True, description="Show a badge.", json_schema_extra={"user": True})
    rooms: tuple[str, ...] = Field(("hall",), description="Rooms with a lamp.")
