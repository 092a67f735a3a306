"""Prices as people type them: exact amounts in major units, kept in minor units."""

from __future__ import annotations

import re

LIMIT = 10**12
"""The largest amount in minor units."""

_PLACES = {"BHD": 3, "JOD": 3, "KWD": 3, "OMR": 3, "TND": 3}
_PLACES |= dict.fromkeys(("CLP", "ISK", "JPY", "KRW", "VND"), 0)
_AMOUNT = re.compile(r"([0-9]+)(?:\.([0-9]+))?")


def places(currency: str) -> int:
    """Return how many decimals a currency has."""
    return _PLACES.get(currency, 2)


def to_minor(text: str, currency: str) -> int:
    """Return typed text ("12.50") as minor units (1250), exactly.

    Raises ValueError that says what is allowed; nothing is rounded, and a comma is never guessed.
    """
    decimals = places(currency)
    found = _AMOUNT.fullmatch(text.strip())
    fraction = (found.group(2) or "") if found else ""
    if not found or len(fraction) > decimals:
        raise ValueError(_allowed(decimals))
    amount = int(found.group(1) + fraction.ljust(decimals, "0"))
    if amount > LIMIT:
        raise ValueError(f"At most {from_minor(LIMIT, currency)}")
    return amount


def _allowed(decimals: int) -> str:
    if not decimals:
        return "An amount without decimals, such as 1250"
    return f"An amount with up to {decimals} decimals behind a point, such as 12.{'50'[:decimals]}"


def from_minor(amount: int, currency: str) -> str:
    """Return minor units (1250) as text in major units ("12.50")."""
    decimals = places(currency)
    if not decimals:
        return str(amount)
    whole, fraction = divmod(abs(amount), 10**decimals)
    return f"{'-' if amount < 0 else ''}{whole}.{fraction:0{decimals}}"
