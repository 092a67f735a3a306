"""Durations as people write them: `15 min`, `2 h`, `1 d 12 h`."""

from __future__ import annotations

import re
from datetime import timedelta

from erp_core.errors import ErpError

SECONDS = {"d": 86_400, "h": 3_600, "min": 60, "s": 1}
NAMES = {
    "d": ("d", "day", "days"),
    "h": ("h", "hour", "hours"),
    "min": ("min", "m", "minute", "minutes"),
    "s": ("s", "sec", "second", "seconds"),
}
UNITS = {name: unit for unit, names in NAMES.items() for name in names}
LONGEST = timedelta(days=36_500)
"""A century: longer ones reach past the calendar's last year."""

PART = re.compile(r"(\d{1,9})\s*([a-z]+)")


def parse_duration(text: str) -> timedelta:
    """Return the duration written as `1 h 30 min`; raises ErpError that shows the form."""
    parts = PART.findall(text.lower())
    known = all(unit in UNITS for _amount, unit in parts)
    if not parts or not known or PART.sub("", text.lower()).strip():
        raise ErpError(f"{text[:40]!r} is no duration; write it like 15 min, 2 h or 1 d 12 h.")
    seconds = sum(int(amount) * SECONDS[UNITS[unit]] for amount, unit in parts)
    if seconds > LONGEST.total_seconds():
        raise ErpError(f"{text[:40]!r} is too long; {LONGEST.days} d is the most.")
    return timedelta(seconds=seconds)


def duration_text(value: timedelta) -> str:
    """Write a duration so that `parse_duration` gives it back, to the second."""
    rest = int(value.total_seconds())
    words = []
    for unit, size in SECONDS.items():
        amount, rest = divmod(rest, size)
        if amount:
            words.append(f"{amount} {unit}")
    return " ".join(words) or "0 s"


def elapsed_text(milliseconds: int) -> str:
    """Write how long something took: `340 ms`, `2.4 s`, `1 min 5 s`."""
    if milliseconds < 1_000:
        return f"{milliseconds} ms"
    if milliseconds < 60_000:
        return f"{milliseconds // 1_000}.{milliseconds % 1_000 // 100} s"
    return duration_text(timedelta(seconds=milliseconds // 1_000))
