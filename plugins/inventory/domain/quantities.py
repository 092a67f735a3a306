"""Quantities as people type them: whole stock units within fixed limits."""

from __future__ import annotations

import re

LIMIT = 1_000_000
"""The largest quantity of one line, and the largest count of one place."""

_WHOLE = re.compile(r"[+-]?[0-9]{1,12}")


def whole(text: str, least: int = 1, most: int = LIMIT) -> int:
    """Return typed text as a whole number of stock units from `least` to `most`.

    Raises ValueError("Whole number from 1 to 1,000,000"); nothing is rounded or guessed.
    """
    clean = text.strip()
    number = int(clean) if _WHOLE.fullmatch(clean) else None
    if number is None or not least <= number <= most:
        raise ValueError(allowed(least, most))
    return number


def allowed(least: int = 1, most: int = LIMIT) -> str:
    """Say which quantities are allowed."""
    return f"Whole number from {least:,} to {most:,}"


def difference(text: str) -> int:
    """Return a typed change of stock: a whole number that is not 0. Raises ValueError."""
    number = whole(text, -LIMIT, LIMIT)
    if number == 0:
        raise ValueError("A change of 0 changes nothing; enter the units that came or went")
    return number
