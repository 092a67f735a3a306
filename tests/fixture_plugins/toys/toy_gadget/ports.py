from __future__ import annotations

from typing import Protocol


class Advice(Protocol):
    """Who knows what to do with a gadget?"""

    def advise(self, name: str) -> str:
        """Return one sentence about the gadget of this name."""
        ...
