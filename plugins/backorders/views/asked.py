"""What the address of the list asks for: status, suppliers, stores and words to search for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from werkzeug.datastructures import MultiDict

from plugins.backorders.domain.record import Status
from plugins.backorders.models import OPEN_BACKORDERS

OPEN = "open"
CHIPS: Mapping[str, tuple[str, str, tuple[Status, ...]]] = {
    OPEN: ("All open", "", OPEN_BACKORDERS),
    Status.NEW: ("New", "missing", (Status.NEW,)),
    Status.ON_ORDER: ("On order", "wait", (Status.ON_ORDER,)),
    Status.STOCK_AVAILABLE: ("Stock available", "ok", (Status.STOCK_AVAILABLE,)),
    Status.FULFILLED: ("Fulfilled", "done", (Status.FULFILLED,)),
}
"""Choice in the address -> its words, the role of its dot, and the statuses it means (F045)."""

LONGEST_SEARCH = 100


@dataclass(frozen=True, slots=True)
class Asked:
    """A reading of the address; what it does not understand is left out."""

    status: str = OPEN
    suppliers: frozenset[int] = frozenset()
    stores: frozenset[int] = frozenset()
    search: str = ""

    @property
    def statuses(self) -> tuple[Status, ...]:
        """Return the statuses that are listed."""
        return CHIPS[self.status][2]

    @property
    def narrowed(self) -> bool:
        """Say whether a filter may hide rows that are there."""
        return bool(self.suppliers or self.stores or self.search or self.status != OPEN)

    def only_new(self, supplier: int | None = None) -> Asked:
        """Return the same question for back orders nobody requested stock for (F077)."""
        suppliers = self.suppliers if supplier is None else frozenset({supplier})
        return replace(self, status=Status.NEW, suppliers=suppliers)


def read(args: MultiDict[str, str]) -> Asked:
    """Read the address; nonsense means no filter."""
    status = args.get("status", OPEN)
    return Asked(
        status=status if status in CHIPS else OPEN,
        suppliers=numbers(args.getlist("supplier")),
        stores=numbers(args.getlist("store")),
        search=_printable(args.get("search", ""))[:LONGEST_SEARCH],
    )


def _printable(text: str) -> str:
    """Return text without marks that no column can hold."""
    return "".join(char for char in text if char.isprintable()).strip()


def numbers(texts: Iterable[str]) -> frozenset[int]:
    """Return the ids among typed texts."""
    return frozenset(int(text) for text in texts if text.isdecimal() and len(text) < 19)
