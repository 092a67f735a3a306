"""Parsers: the text of one cell becomes a typed value, or a reason that says what is allowed.

A parser is a plain function; it raises ValueError whose text completes "... is not allowed: ".
Nothing is guessed: what could be read in two ways is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from typing import Any

Parser = Callable[[str], Any]

MAX_TEXT = 255
MAX_WHOLE = 1_000_000_000
MAX_MINOR = 10**14
ISO_DAY = "%Y-%m-%d"
ISO_MOMENTS = ("%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M:%S.%f%z", "%Y-%m-%d %H:%M:%S", ISO_DAY)
YEARS = range(1900, 2200)
"""Years a date may lie in: beyond them it is a slip of the finger."""

_WHOLE = re.compile(r"[+-]?[0-9]{1,18}")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_LINE_BREAK = re.compile(r"[\t\r\n\x85\u2028\u2029]")
_WORDS = {
    **dict.fromkeys(("yes", "y", "true", "1"), True),
    **dict.fromkeys(("no", "n", "false", "0"), False),
}


def text(max_length: int = MAX_TEXT, *, lines: bool = False) -> Parser:
    """Accept text of at most `max_length` characters; line breaks and tabs only with `lines`."""

    def parse(cell: str) -> str:
        if len(cell) > max_length:
            raise ValueError(f"Text of at most {max_length:,} characters; this has {len(cell):,}")
        if _CONTROL.search(cell) or (not lines and _LINE_BREAK.search(cell)):
            what = "control characters" if lines else "line breaks, tabs or control characters"
            raise ValueError(f"Text without {what}")
        return cell

    return parse


def whole(minimum: int = 0, maximum: int = MAX_WHOLE) -> Parser:
    """Accept a whole number within the bounds: digits only, no exponent, no grouping."""
    reason = f"Whole number from {minimum:,} to {maximum:,}"

    def parse(cell: str) -> int:
        if not _WHOLE.fullmatch(cell) or not minimum <= int(cell) <= maximum:
            raise ValueError(reason)
        return int(cell)

    return parse


def money(
    decimals: int = 2, minimum: int = 0, *, maximum: int = MAX_MINOR, mark: str = "."
) -> Parser:
    """Accept an amount and return minor units, exactly; the bounds are minor units too.

    `mark` is the decimal mark of the whole file. Thousands separators and more decimals than the
    currency has are refused, because `1.234` means two things.
    """
    mark_name = "point" if mark == "." else "comma"
    shape = f"with at most {decimals} decimals after a {mark_name}" if decimals else "in full units"
    low, high = _shown(minimum, decimals, mark), _shown(maximum, decimals, mark)
    reason = f"Amount {shape} and no thousands separators, from {low} to {high}"

    def parse(cell: str) -> int:
        return _scaled(cell, decimals, mark, (minimum, maximum, reason))

    return parse


def ratio(minimum: int = 0, maximum: int = 10_000) -> Parser:
    """Accept a decimal ratio and return basis points: 0.15 is 1,500, the bounds are in those."""
    low, high = _shown(minimum, 4, "."), _shown(maximum, 4, ".")
    reason = f"Ratio with at most 4 decimals after a point, from {low} to {high}; 0.15 is 15 %"

    def parse(cell: str) -> int:
        return _scaled(cell, 4, ".", (minimum, maximum, reason))

    return parse


def _scaled(cell: str, decimals: int, mark: str, allowed: tuple[int, int, str]) -> int:
    """Return the number times 10**decimals; `allowed` is (minimum, maximum, reason)."""
    minimum, maximum, reason = allowed
    fraction = rf"(?:{re.escape(mark)}[0-9]{{1,{decimals}}})?" if decimals else ""
    if not re.fullmatch(rf"[+-]?[0-9]{{1,18}}{fraction}", cell):
        raise ValueError(reason)
    value = int(Decimal(cell.replace(mark, ".")).scaleb(decimals))
    if not minimum <= value <= maximum:
        raise ValueError(reason)
    return value


def _shown(value: int, decimals: int, mark: str) -> str:
    return f"{Decimal(value).scaleb(-decimals):.{decimals}f}".replace(".", mark)


def moment(*formats: str, zone: tzinfo = UTC) -> Parser:
    """Accept a date with time in one of the `strptime` formats and return it aware, in UTC.

    A format without `%z` is read in `zone`. Without formats: ISO 8601.
    """
    accepted = formats or ISO_MOMENTS

    def parse(cell: str) -> datetime:
        found = _only(cell, accepted)
        aware = found if found.tzinfo else found.replace(tzinfo=zone)
        return aware.astimezone(UTC)

    return parse


def day(*formats: str) -> Parser:
    """Accept a date in one of the `strptime` formats; without formats ISO 8601 (2026-03-04)."""
    accepted = formats or (ISO_DAY,)

    def parse(cell: str) -> date:
        return _only(cell, accepted).date()

    return parse


def _only(cell: str, formats: tuple[str, ...]) -> datetime:
    found = {value for value in (_strptime(cell, item) for item in formats) if value}
    if len(found) > 1:
        both = " or ".join(sorted(f"{value:%d %b %Y}" for value in found))
        raise ValueError(f"A date that reads in one way only; this could be {both}")
    if not found:
        examples = " or ".join(f"{datetime(2026, 3, 4, 15, 30, tzinfo=UTC):{f}}" for f in formats)
        raise ValueError(f"Date from {YEARS[0]} to {YEARS[-1]} written like {examples}")
    return found.pop()


def _strptime(cell: str, form: str) -> datetime | None:
    try:
        found = datetime.strptime(cell, form)
    except ValueError:
        return None
    return found if cell.isascii() and found.year in YEARS else None


def yes_no() -> Parser:
    """Accept yes, y, true, 1 and no, n, false, 0 in any case."""

    def parse(cell: str) -> bool:
        try:
            return _WORDS[cell.casefold()]
        except KeyError:
            raise ValueError("Yes or no (also true, false, 1, 0)") from None

    return parse


def choice(options: Iterable[str] | Mapping[str, Any]) -> Parser:
    """Accept one of the labels in any case; a mapping returns the value behind the label."""
    pairs = options if isinstance(options, Mapping) else {label: label for label in options}
    values = {label.casefold(): value for label, value in pairs.items()}
    more = f" and {len(pairs) - 10} more" if len(pairs) > 10 else ""
    reason = f"One of {', '.join(list(pairs)[:10])}{more}"

    def parse(cell: str) -> Any:
        try:
            return values[cell.casefold()]
        except KeyError:
            raise ValueError(reason) from None

    return parse
