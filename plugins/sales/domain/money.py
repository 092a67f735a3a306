"""Money of orders in integer minor units: line totals, typed amounts, what is owed."""

from __future__ import annotations

import re

MAX_PRICE_MINOR = 100_000_000
"""Highest unit price; keeps quantity x price x 10,000 inside 63 bits, so SQL can sum it."""
FULL_DISCOUNT_BP = 10_000
TYPED = re.compile(r"(-?)([0-9]{1,12})(?:\.([0-9]{1,3}))?")
PLACES = {"JPY": 0, "KRW": 0, "ISK": 0, "CLP": 0, "VND": 0} | dict.fromkeys(
    ("BHD", "KWD", "TND", "OMR", "JOD"), 3
)
"""Decimal places of currencies that do not have two."""


def places_of(currency: str) -> int:
    """Return how many decimals a currency has."""
    return PLACES.get(currency, 2)


def line_total(qty: int, unit_price_minor: int, discount_bp: int) -> int:
    """Return quantity times price less discount, rounded half up to a minor unit."""
    gross = qty * unit_price_minor
    return (gross * (FULL_DISCOUNT_BP - discount_bp) + FULL_DISCOUNT_BP // 2) // FULL_DISCOUNT_BP


def parse_amount(text: str, currency: str) -> int:
    """Read "12.50" as 1250 minor units; raises ValueError with an example.

    Only a point separates decimals: "1,250" could mean two amounts, so it is asked for again.
    """
    places = places_of(currency)
    found = TYPED.fullmatch(text.strip())
    if not found or len(found[3] or "") > places:
        example = "12" if not places else "12." + "50".ljust(places, "0")[:places]
        shown = text.strip()[:20] or "blank"
        raise ValueError(f"An amount is written like {example}; {shown!r} is not one.")
    sign, whole, part = found.groups()
    minor = int(whole + (part or "").ljust(places, "0"))
    return -minor if sign else minor


def typed(minor: int, currency: str) -> str:
    """Write minor units as a person types them: 1250 is "12.50"."""
    places = places_of(currency)
    whole, part = divmod(abs(minor), 10**places)
    sign = "-" if minor < 0 else ""
    return f"{sign}{whole}.{part:0{places}d}" if places else f"{sign}{whole}"


def parse_percent(text: str) -> int:
    """Read a discount such as "12.5" or "10%" as basis points, 0 to 10,000; blank is 0."""
    clean = text.strip().removesuffix("%").strip()
    if not clean:
        return 0
    found = re.fullmatch(r"([0-9]{1,3})(?:\.([0-9]{1,2}))?", clean)
    points = int(found[1]) * 100 + int((found[2] or "").ljust(2, "0")) if found else -1
    if not 0 <= points <= FULL_DISCOUNT_BP:
        raise ValueError(f"A discount is a percentage from 0 to 100; {text.strip()[:20]!r} is not.")
    return points


def percent(points: int) -> str:
    """Write basis points as a percentage: 1250 is "12.5"."""
    whole, part = divmod(points, 100)
    return f"{whole}.{part:02d}".rstrip("0").rstrip(".") if part else str(whole)
