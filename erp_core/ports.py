"""Questions the core asks plugins."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol


class DemoData(Protocol):
    """Fills an empty database with a believable example for `erp demo`."""

    def fill(self) -> str:
        """Write the example inside the caller's transaction; says in a few words what is there.

        Does nothing and returns an empty string when there is data already.
        """
        ...


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that verify found: which rule (I1-I20), where, what is stored, what should be."""

    rule: str
    where: str
    stored: str
    expected: str


class Verifier(Protocol):
    """Recomputes stored figures from their sources; read-only."""

    def differences(self) -> Iterable[Difference]:
        """Yield every stored figure that is not what it should be."""
        ...
