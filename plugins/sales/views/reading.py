"""Read what people typed into forms of sales; errors say what is allowed."""

from __future__ import annotations

import re
from datetime import date

from plugins.sales.domain.quantities import MAX_QTY

WHOLE = re.compile(r"[0-9]{1,9}")


def read_whole(text: str, low: int = 1, high: int = MAX_QTY) -> int:
    """Read a quantity; raises ValueError with the range for anything but a whole number in it."""
    clean = text.strip()
    if not WHOLE.fullmatch(clean) or not low <= int(clean) <= high:
        raise ValueError(f"Whole number from {low:,} to {high:,}.")
    return int(clean)


def read_key(text: str) -> int:
    """Return a row's key from an address or hidden field; 0 for anything that is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else 0


def read_signed(text: str, low: int, high: int) -> int:
    """Read a whole number that may be negative; raises ValueError with the range."""
    clean = text.strip()
    if not re.fullmatch(r"[+-]?[0-9]{1,9}", clean) or not low <= int(clean) <= high:
        raise ValueError(f"Whole number from {low:,} to {high:,}.")
    return int(clean)


def read_day(text: str) -> date:
    """Read a date as browsers send it (2026-03-02); raises ValueError with an example."""
    try:
        found = date.fromisoformat(text.strip())
    except ValueError:
        raise ValueError("A date such as 2026-03-02.") from None
    if not 1990 <= found.year <= 2100:
        raise ValueError("A date from 1990 to 2100.")
    return found
