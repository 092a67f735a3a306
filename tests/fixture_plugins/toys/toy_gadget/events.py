from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from erp_core.plugin import Event


@dataclass(frozen=True, slots=True)
class GadgetMade(Event):
    """A gadget exists now."""

    key: ClassVar[str] = "toy_gadget.made"
    title: ClassVar[str] = "Gadget made"
    mailable: ClassVar[bool] = True
    gadget_id: int
    name: str
