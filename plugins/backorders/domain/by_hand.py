"""Where people fill (A24): stock that arrives stays free, and nobody gets more by himself.

The same engine with less to wish for: a line holds on to what it has, a new or growing one takes
what is free, and lost stock is still taken from the last in the order of service. What a line
waits for is held back here just as forced units are, only that nobody forced it.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import tee
from operator import attrgetter

from plugins.backorders.domain.allocation import serve
from plugins.backorders.domain.claims import Change, Claim, Row
from plugins.backorders.domain.frontier import Queue, Settlement, settle


def serve_by_hand(
    rows: Iterable[Row], supply: int, *, pinned: int
) -> Iterator[tuple[Row, int, int]]:
    """Yield (row, allocated, ahead) as `serve` does; nobody gets more than the row says it has.

    `pinned` counts pinned units only as far as they are allocated.
    """
    kept, served = tee(rows)
    answers = serve(map(_content, served), supply, pinned=pinned)
    for row, (_, allocated, ahead) in zip(kept, answers, strict=True):
        yield row, allocated, ahead


def _content(row: Row) -> Row:
    key, line_id, order_id, open_, pinned, _, held, marked = row
    return key, line_id, order_id, open_, min(pinned, held), open_ - held, held, marked


def settle_by_hand(free: int, amendments: Sequence[Change], queue: Queue) -> Settlement:
    """Return `settle`'s answer where people fill: an amended line gets what it wishes for.

    Its wish is the `allocated` it comes with. What it had it keeps; more comes out of the free
    units alone, oldest claim first. Nobody else gains. Errors are those of `settle`.
    """
    meant = {change.after.line_id: change.after for change in amendments}
    settled = settle(free, list(_modest(free, amendments)), _Holders(queue))
    pairs = (
        Change(before, _restored(after, meant.get(after.line_id, after)))
        for before, after in settled.changes
    )
    return Settlement([pair for pair in pairs if pair.before != pair.after], settled.free)


def _modest(free: int, amendments: Sequence[Change]) -> Iterator[Change]:
    """Hold back, for the settlement, whatever a line may not get."""
    kept = {c.after.line_id: min(c.before.allocated, _wish(c.after)) for c in amendments}
    spare = free + sum(c.before.allocated - kept[c.after.line_id] for c in amendments)
    for change in sorted(amendments, key=attrgetter("after.key")):
        after, units = change.after, kept[change.after.line_id]
        more = min(_wish(after) - units, max(0, spare))
        spare -= more
        yield Change(change.before, _limited(after, units + more))


def _wish(claim: Claim) -> int:
    return min(claim.allocated, claim.open - claim.forced)


def _limited(claim: Claim, most: int) -> Claim:
    return claim._replace(forced=claim.open - most, pinned=min(claim.pinned, most))


def _restored(after: Claim, meant: Claim) -> Claim:
    marked = min(meant.substitutable, meant.open - meant.forced - after.allocated)
    return after._replace(pinned=meant.pinned, forced=meant.forced, substitutable=max(0, marked))


class _Holders:
    """A queue in which nobody asks for units; losses are still taken from those who hold some."""

    def __init__(self, queue: Queue) -> None:
        self.holding, self.held_pins = queue.holding, queue.held_pins

    def waiting(self) -> tuple[Claim, ...]:
        return ()

    def short_pins(self) -> tuple[Claim, ...]:
        return ()
