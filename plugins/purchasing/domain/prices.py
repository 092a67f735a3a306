"""Amounts of money in words. Stored are minor units (0 or more) and a currency."""

from __future__ import annotations

DECIMALS = {"JPY": 0, "KRW": 0, "ISK": 0, "CLP": 0, "VND": 0}
DECIMALS |= {"BHD": 3, "KWD": 3, "TND": 3, "OMR": 3, "JOD": 3}
SYMBOLS = {"EUR": "€", "USD": "$", "GBP": "£"}


def decimals(currency: str) -> int:
    """Return how many decimals a currency has (ISO 4217)."""
    return DECIMALS.get(currency, 2)


def plain(minor: int, currency: str) -> str:
    """Return an amount as it is typed: 1250 EUR is "12.50"."""
    places = decimals(currency)
    whole, rest = divmod(minor, 10**places)
    return str(whole) + (f".{rest:0{places}d}" if places else "")


def amount(minor: int, currency: str) -> str:
    """Return an amount as it is shown: 226462 EUR is "€2,264.62"."""
    places = decimals(currency)
    whole, rest = divmod(minor, 10**places)
    figure = f"{whole:,}" + (f".{rest:0{places}d}" if places else "")
    return SYMBOLS.get(currency, f"{currency} ") + figure
