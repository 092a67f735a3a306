"""How back-ordered an order is as a whole: none, partial or full (A05).

Figures are open quantities of stock-tracked lines; what has shipped no longer counts, and units
that a replacement covers count as covered (A18: replacement stock keeps an order unmarked).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType


class OrderClass(StrEnum):
    """What the Manage Orders filter calls an order (F057)."""

    NONE = "none"
    PARTIAL = "partial"
    FULL = "full"


CLASS_OF: Mapping[tuple[bool, bool], OrderClass] = MappingProxyType(
    {
        (False, False): OrderClass.NONE,
        (False, True): OrderClass.NONE,
        (True, True): OrderClass.PARTIAL,
        (True, False): OrderClass.FULL,
    }
)
"""(something is back-ordered, something is covered) -> class; a query can be built from it."""


def order_class(*, allocated: int, substitutable: int, backordered: int) -> OrderClass:
    """Return the class of an order from the sums over its open stock-tracked lines."""
    return CLASS_OF[backordered > 0, allocated + substitutable > 0]


@dataclass(slots=True)
class OrderTally:
    """Collects line figures in any order and tells each order's class at the end."""

    short: set[int] = field(default_factory=set)
    covered: set[int] = field(default_factory=set)

    def add(self, order_id: int, covered: int, backordered: int) -> None:
        """Count one line: its units with stock or a replacement, and its units with nothing."""
        if backordered:
            self.short.add(order_id)
        if covered:
            self.covered.add(order_id)

    def class_of(self, order_id: int) -> OrderClass:
        """Return the class of an order; one that no line named has nothing back-ordered."""
        return CLASS_OF[order_id in self.short, order_id in self.covered]
