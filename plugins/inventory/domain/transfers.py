"""The life of a transfer: which steps are allowed, and what its quantities say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import NamedTuple


class TransferStatus(StrEnum):
    """Life of a transfer (features.md 5.2)."""

    DRAFT = "draft"
    REQUESTED = "requested"
    IN_TRANSIT = "in_transit"
    PARTIALLY_RECEIVED = "partially_received"
    RECEIVED = "received"
    CANCELLED = "cancelled"


class Units(NamedTuple):
    """The quantities of one transfer line, in stock units."""

    qty: int
    dispatched: int = 0
    received: int = 0
    returned: int = 0


_S = TransferStatus
STEPS: Mapping[TransferStatus, frozenset[TransferStatus]] = {
    _S.DRAFT: frozenset({_S.REQUESTED, _S.CANCELLED}),
    _S.REQUESTED: frozenset({_S.IN_TRANSIT, _S.CANCELLED}),
    _S.IN_TRANSIT: frozenset({_S.PARTIALLY_RECEIVED, _S.RECEIVED, _S.CANCELLED}),
    _S.PARTIALLY_RECEIVED: frozenset({_S.PARTIALLY_RECEIVED, _S.RECEIVED}),
    _S.RECEIVED: frozenset(),
    _S.CANCELLED: frozenset(),
}
"""From each status, where a transfer may go; goods on the road are received or come back.

In transit to Cancelled: everything came back and nothing arrived.
"""

MOVING = frozenset({_S.IN_TRANSIT, _S.PARTIALLY_RECEIVED})
ASKED = frozenset({_S.DRAFT, _S.REQUESTED})


def may_become(now: TransferStatus, wanted: TransferStatus) -> bool:
    """Say whether a transfer may go from one status to another (I15)."""
    return wanted in STEPS[now]


def status_on_the_road(lines: Iterable[Units]) -> TransferStatus:
    """Return the status of a dispatched transfer from its quantities."""
    rows = list(lines)
    arrived = any(row.received for row in rows)
    if not any(in_transit(row) for row in rows):
        back = any(row.returned for row in rows) and not arrived
        return TransferStatus.CANCELLED if back else TransferStatus.RECEIVED
    if arrived:
        return TransferStatus.PARTIALLY_RECEIVED
    return TransferStatus.IN_TRANSIT


def in_transit(units: Units) -> int:
    """Return the units that left one place and have not reached one again (I10)."""
    return units.dispatched - units.received - units.returned


def still_to_come(status: TransferStatus, units: Units) -> int:
    """Return the units that a line will still bring: what pegs may claim of it."""
    if status in MOVING:
        return in_transit(units)
    return units.qty if status in ASKED else 0


def share_out(limits: Mapping[int, int], asked: Mapping[int, int] | None) -> dict[int, int]:
    """Return how many units of each line move now: all of them, or what was asked for.

    `limits` holds the most of each line. Raises ValueError for an unknown line, for more than
    the limit, and when nothing at all would move.
    """
    chosen = dict(limits) if asked is None else dict(asked)
    for line, units in chosen.items():
        if line not in limits:
            raise ValueError(f"Line {line} does not belong to this transfer")
        if not 0 <= units <= limits[line]:
            raise ValueError(f"Whole number from 0 to {limits[line]:,}")
    moving = {line: units for line, units in chosen.items() if units}
    if not moving:
        raise ValueError("Enter at least one unit; a step that moves nothing changes nothing")
    return moving
