"""Many ids in a short text, for the address of a list."""

from __future__ import annotations

import re
from collections.abc import Collection

MOST_RANGES = 500
_RANGE = re.compile(r"([0-9]{1,18})(?:-([0-9]{1,18}))?")


def in_ranges(ids: Collection[int]) -> str:
    """Write ids as short as they can be: "3-7,9"."""
    runs: list[list[int]] = []
    for key in sorted(set(ids)):
        if runs and key == runs[-1][-1] + 1:
            runs[-1][1:] = [key]
        else:
            runs.append([key])
    return ",".join("-".join(map(str, run)) for run in runs)


def read_ranges(text: str) -> list[tuple[int, int]]:
    """Read ranges of ids; what is no range is left out."""
    found = (_RANGE.fullmatch(part) for part in text.split(",")[:MOST_RANGES])
    return [(int(match[1]), int(match[2] or match[1])) for match in found if match]
