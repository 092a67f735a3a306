"""The incremental engine: settle what an event changed, inside the event's own transaction.

Every change of the queue goes through `apply`: balance rows are locked, the domain's frontier
decides, and everything that follows from it is written in one place (DESIGN section 3).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from erp_core.errors import ErpError
from plugins.backorders.domain.by_hand import settle_by_hand
from plugins.backorders.domain.claims import Change
from plugins.backorders.domain.frontier import Settlement, settle
from plugins.backorders.services import balances, consequences, lines, queue, substitutes
from plugins.backorders.services.balances import Figures
from plugins.backorders.services.layout import Layout
from plugins.backorders.services.lines import Moved
from plugins.backorders.services.queue import Spot, SpotQueue, Standing, frontier


@dataclass(slots=True)
class Work:
    """What an event changes: lines (amendments), counted stock by spot, units shipped by line."""

    amendments: Mapping[Spot, Sequence[Change]] = field(default_factory=dict)
    stock: Mapping[Spot, int] = field(default_factory=dict)
    shipped: Mapping[int, int] = field(default_factory=dict)

    @property
    def spots(self) -> list[Spot]:
        """Return the spots that change, in the order of locks."""
        return sorted({*self.amendments, *self.stock})

    def supply(self, spot: Spot, figures: Figures) -> int:
        """Return the free units that the frontier starts from; below 0 when stock was lost."""
        return figures.free + self.stock.get(spot, 0)


def lock(spots: Collection[Spot], layout: Layout) -> dict[Spot, Figures]:
    """Lock the spots, and those whose replacement marks may change with them."""
    return balances.lock({*spots, *substitutes.related(spots, layout)})


def lock_strays(rows: Standing, locked: dict[Spot, Figures], layout: Layout) -> None:
    """Lock also the spots that rows were moved to while we waited for our locks."""
    strays = {spot for spot, _ in rows.values()} - locked.keys()
    if strays:
        locked |= lock(strays, layout)


def lock_lines(line_ids: Collection[int], layout: Layout) -> tuple[Standing, dict[Spot, Figures]]:
    """Lock the spots on which these lines draw; returns the rows as they are now, and figures."""
    locked = lock({spot for spot, _ in queue.of_lines(line_ids, layout).values()}, layout)
    rows = queue.of_lines(line_ids, layout)
    lock_strays(rows, locked, layout)
    return rows, locked


def apply(work: Work, locked: dict[Spot, Figures], layout: Layout) -> None:
    """Settle the work and write what changed. All its spots are locked already."""
    try:
        changes = _settle(work, locked, layout)
    except ValueError as error:
        raise ErpError(str(error)) from None
    moved = lines.collect(changes)
    lines.write(moved.values())
    marks = substitutes.settle_groups(work.spots, changes, locked, layout)
    _write_marks(marks, moved, locked)
    balances.write((spot, locked[spot]) for spot in sorted({*work.spots, *marks}))
    consequences.follow(moved, work.shipped)


def _settle(work: Work, locked: Mapping[Spot, Figures], layout: Layout) -> dict[Spot, list[Change]]:
    queues = _queues(work, locked)
    changes: dict[Spot, list[Change]] = {}
    for spot in work.spots:
        figures = locked[spot]
        amended = work.amendments.get(spot, ())
        rule = settle_by_hand if spot[1] in layout.by_hand else settle
        settled = rule(work.supply(spot, figures), amended, queues[spot])
        changes[spot] = settled.changes
        _book(figures, settled, work.stock.get(spot, 0))
    return changes


def _book(figures: Figures, settled: Settlement, counted: int) -> None:
    figures.counted += counted
    figures.free = settled.free
    figures.backordered += sum(change.backordered for change in settled.changes)


def _queues(work: Work, locked: Mapping[Spot, Figures]) -> dict[Spot, SpotQueue]:
    """Read ahead what the walks will ask for: a guess that costs only a statement when wrong."""
    waiting, holding = [], []
    for spot in work.spots:
        amended = work.amendments.get(spot, ())
        free = work.supply(spot, locked[spot]) + sum(c.before.allocated for c in amended)
        wanted = sum(c.after.open - c.after.forced for c in amended)
        if free > 0:
            waiting.append(spot)
        if free < wanted:
            holding.append(spot)
    found = frontier(waiting, holding)
    return {spot: found.get(spot) or SpotQueue(spot) for spot in work.spots}


def _write_marks(
    marks: Mapping[Spot, Sequence[Change]],
    moved: dict[int, Moved],
    locked: Mapping[Spot, Figures],
) -> None:
    fresh: dict[int, Moved] = {}
    for spot, group in marks.items():
        for change in group:
            fresh[change.after.line_id] = Moved(spot, change.before, change.after)
            lines.remark(moved, spot, change)
            locked[spot].backordered += change.backordered
    lines.write(fresh.values())


def netted(parts: Sequence[tuple[Spot, int]]) -> dict[Spot, int]:
    """Sum stock changes by spot and leave out those that cancel each other."""
    sums: dict[Spot, int] = defaultdict(int)
    for spot, units in parts:
        sums[spot] += units
    return {spot: units for spot, units in sums.items() if units}
