"""The allocation key: the order of service packed into one sortable integer (DESIGN section 3).

From the highest bit down: priority band (4 bits, high priority first), the order's sequence
(40 bits), the line's position in its order (16 bits). The sequence is a number that the database
gives at confirmation, so two orders never tie and no clock decides who is served first.
"""

from typing import NamedTuple

MIN_PRIORITY = -8
MAX_PRIORITY = 7
MAX_SEQUENCE = 2**40 - 1
MAX_POSITION = 2**16 - 1

_SEQUENCE_SHIFT = 16
_PRIORITY_SHIFT = 56


class KeyParts(NamedTuple):
    """What an allocation key was packed from."""

    priority: int
    sequence: int
    position: int


def alloc_key(priority: int, sequence: int, position: int) -> int:
    """Pack a line's place in the order of service into one integer, 0 < key < 2**63.

    Ascending keys are the order of service. Raises ValueError with one sentence when a part is
    outside -8..7 (priority), 1..2**40-1 (sequence) or 0..65535 (position).
    """
    _require("Priority", priority, MIN_PRIORITY, MAX_PRIORITY)
    _require("Order sequence", sequence, 1, MAX_SEQUENCE)
    _require("Line position", position, 0, MAX_POSITION)
    band = MAX_PRIORITY - priority
    return band << _PRIORITY_SHIFT | sequence << _SEQUENCE_SHIFT | position


def unpack(key: int) -> KeyParts:
    """Return the parts of a key made by `alloc_key`; raises ValueError for any other integer."""
    band, rest = divmod(key, 1 << _PRIORITY_SHIFT)
    sequence, position = divmod(rest, 1 << _SEQUENCE_SHIFT)
    if not 0 <= band <= MAX_PRIORITY - MIN_PRIORITY or not sequence:
        raise ValueError(f"{key} is not an allocation key.")
    return KeyParts(MAX_PRIORITY - band, sequence, position)


def _require(what: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        raise ValueError(f"{what} {value} is not allowed: it must be from {low} to {high}.")
