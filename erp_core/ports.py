"""Questions the core asks plugins."""

from __future__ import annotations

from typing import Protocol


class DemoData(Protocol):
    """Fills an empty database with a believable example for `erp demo`."""

    def fill(self) -> str:
        """Write the example inside the caller's transaction; says in a few words what is there.

        Does nothing and returns an empty string when there is data already.
        """
        ...
