from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from erp_core.plugin import STAFF, Event, Variable


@dataclass(frozen=True, slots=True)
class GadgetMade(Event):
    """A gadget exists now."""

    key: ClassVar[str] = "toy_gadget.made"
    title: ClassVar[str] = "Gadget made"
    mailable: ClassVar[bool] = True
    audiences: ClassVar[tuple[str, ...]] = (STAFF,)
    variables: ClassVar[tuple[Variable, ...]] = (Variable("gadget.name", "Its name", "ball"),)
    gadget_id: int
    name: str
