"""The colour cue of a short line, always with words (A04, A29, F030-F035).

One precedence: here, else at other locations, else on order, else missing. The role names the
colour; the words are the tooltip and the accessible name.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class Role(StrEnum):
    """The theme's quantity roles: green, blue, amber, red."""

    OK = "ok"
    OTHER = "other"
    WAIT = "wait"
    MISSING = "missing"


class Cue(NamedTuple):
    """A role and the words that say the same."""

    role: Role
    words: str


class Elsewhere(NamedTuple):
    """Free units at another location."""

    location: str
    units: int


@dataclass(frozen=True, slots=True)
class CueFacts:
    """What is known about the units a line waits for.

    `wanted` units in all (the record's `wanted`), `here` of them filled or free at the order's own
    location, `elsewhere` free at others, `on_order` requested with their date as text, `forced`
    held back by the person named.
    """

    wanted: int
    here: int = 0
    elsewhere: tuple[Elsewhere, ...] = ()
    on_order: int = 0
    expected: str = ""
    forced: int = 0
    held_by: str = ""


def cue(facts: CueFacts) -> Cue | None:
    """Return the cue of a line that waits for units, None when it waits for none.

    A line wholly held back by hand is green, for stock is not what it lacks. Where only a part is
    held back, the rest decides the role and the words name both.
    """
    if facts.wanted <= 0:
        return None
    held = min(facts.forced, facts.wanted)
    if held == facts.wanted:
        return Cue(Role.OK, f"held back by {facts.held_by}")
    found = _supplied(facts, facts.wanted - held)
    return Cue(found.role, f"{found.words}; {held} held back by {facts.held_by}") if held else found


def _supplied(facts: CueFacts, wanted: int) -> Cue:
    if facts.here > 0:
        return Cue(Role.OK, f"{_part(facts.here, wanted)} available here")
    free = [place for place in facts.elsewhere if place.units > 0]
    if free:
        places = ", ".join(f"{units} free at {location}" for location, units in free)
        return Cue(Role.OTHER, f"{places}: request a transfer")
    if facts.on_order > 0:
        due = f", expected {facts.expected}" if facts.expected else ""
        return Cue(Role.WAIT, f"{_part(facts.on_order, wanted)} on order{due}")
    return Cue(Role.MISSING, f"{wanted} missing, none on order")


def _part(units: int, wanted: int) -> str:
    return f"{units} of {wanted}" if units < wanted else f"{wanted}"
