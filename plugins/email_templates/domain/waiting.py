"""How long to wait: before the next try, and until the next digest."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

MINUTES = (1, 5, 15, 60)
LATER = timedelta(hours=4)
GIVE_UP = timedelta(hours=48)
"""The schedule of reliability.md 2.1: 1, 5, 15, 60 minutes, then every 4 hours up to 48."""


def next_try(attempts: int, age: timedelta) -> timedelta | None:
    """Return how long to wait after failed attempt number `attempts`; None to give up.

    `age` is how long ago the e-mail was queued.
    """
    if age >= GIVE_UP:
        return None
    return timedelta(minutes=MINUTES[attempts - 1]) if attempts <= len(MINUTES) else LATER


class Digest(StrEnum):
    """How staff hear of events: each by itself, or together."""

    EACH = "each"
    HOURLY = "hourly"
    DAILY = "daily"


def held_until(digest: Digest, at: datetime) -> datetime | None:
    """Return when what is queued at `at` goes out with others; None at once.

    Hourly at the full hour, daily at 06:00 UTC.
    """
    hour = at.replace(minute=0, second=0, microsecond=0)
    if digest is Digest.HOURLY:
        return hour + timedelta(hours=1)
    if digest is Digest.DAILY:
        morning = hour.replace(hour=6)
        return morning if morning > at else morning + timedelta(days=1)
    return None
