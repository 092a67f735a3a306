from pydantic import Field

from erp_core.plugin import PluginSettings


class AppleSettings(PluginSettings):
    """Settings with a bad default and without help."""

    colour: str = "red"
    size: int = Field(99, le=9, description="How large.")
