from dataclasses import dataclass
from typing import ClassVar

from erp_core.plugin import Event, Variable


@dataclass(frozen=True, slots=True)
class AppleFell(Event):
    key: ClassVar[str] = "apple.fell"
    mailable: ClassVar[bool] = True
    audiences: ClassVar[tuple[str, ...]] = ("staff",)
    variables: ClassVar[tuple[Variable, ...]] = (
        Variable("apple.kind", "", "Cox"),
        Variable("apple", "An apple", object()),
    )
    apple_id: int


@dataclass(frozen=True, slots=True)
class AppleRotted(Event):
    """An apple is gone."""

    key: ClassVar[str] = "bad_apple.rotted"
    mailable: ClassVar[bool] = True
