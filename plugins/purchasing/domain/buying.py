"""How much to buy and when it can be here."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta


def lot(qty: int, minimum: int, multiple: int) -> int:
    """Return the smallest quantity a supplier delivers that is at least `qty`.

    A proposal only: the quantity that a person wrote is bought as it stands.
    """
    wanted = max(qty, minimum)
    return -(-wanted // multiple) * multiple


def lead_time(own: int | None, of_supplier: int) -> int:
    """Return the days a product needs: its own lead time, else that of its supplier."""
    return of_supplier if own is None else own


def expected_on(sent: date, lead_times: Iterable[int]) -> date | None:
    """Return the day an order is complete: the day it was sent plus its slowest line."""
    slowest = max(lead_times, default=None)
    return None if slowest is None else sent + timedelta(days=slowest)
