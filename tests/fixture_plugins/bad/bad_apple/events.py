from dataclasses import dataclass

from erp_core.plugin import Event


@dataclass(frozen=True, slots=True)
class AppleFell(Event):
    apple_id: int
