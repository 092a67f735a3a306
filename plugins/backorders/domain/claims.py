"""One line's row in the demand queue, and how people and shipments change it.

Quantities are integers in the product's stock unit. For every claim
`open = allocated + substitutable + backordered`, all >= 0 (I3), and `pinned + forced <= open`.
"""

from typing import NamedTuple, TypeAlias

Row: TypeAlias = tuple[int, int, int, int, int, int, int, int]
"""A claim as the database hands it over: the fields of `Claim`, in their order."""


class Claim(NamedTuple):
    """The open demand of one line on one product and pool.

    `pinned` units are a hard allocation: served first, never taken for somebody else. `forced`
    units are held back by hand: never filled by the engine (A29). `allocated` and `substitutable`
    are the figures as they stand now.
    """

    key: int
    line_id: int
    order_id: int
    open: int
    pinned: int = 0
    forced: int = 0
    allocated: int = 0
    substitutable: int = 0

    @property
    def backordered(self) -> int:
        """Units that nothing covers; units held back by hand are among them."""
        return self.open - self.allocated - self.substitutable

    @property
    def waiting(self) -> int:
        """Units the engine would fill if it had stock, covered by a replacement or not."""
        return self.open - self.forced - self.allocated

    def shipped(self, units: int) -> "Claim":
        """Return the claim after `units` of its allocation left the house, pinned ones first.

        Raises ValueError when more than the allocated units would leave.
        """
        _limit("ship", units, self.allocated, "allocated")
        return self._replace(
            open=self.open - units,
            allocated=self.allocated - units,
            pinned=max(0, self.pinned - units),
        )

    def cancelled(self, units: int) -> "Claim":
        """Return the claim without `units`: waiting ones go first, then held back, then covered.

        Raises ValueError when more than the open units are cancelled.
        """
        _limit("cancel", units, self.open, "open")
        left = self.open - units
        forced = min(self.forced, left - min(self.allocated, left))
        return self._replace(
            open=left, forced=forced, pinned=min(self.pinned, left - forced)
        ).fitted()

    def grown(self, units: int) -> "Claim":
        """Return the claim with `units` more to serve; raises ValueError when negative."""
        if units < 0:
            raise ValueError(f"Cannot add {units} units: the number must not be negative.")
        return self._replace(open=self.open + units)

    def held_back(self, units: int) -> "Claim":
        """Return the claim with exactly `units` forced onto back order (F006, A29); 0 ends it.

        Pins give way. Raises ValueError when more than the open units are held back.
        """
        _limit("hold back", units, self.open, "open")
        pinned = min(self.pinned, self.open - units)
        return self._replace(forced=units, pinned=pinned).fitted()

    def pinned_at(self, units: int) -> "Claim":
        """Return the claim with exactly `units` as a hard allocation; 0 ends it.

        Raises ValueError when more is pinned than is open and not held back.
        """
        _limit("pin", units, self.open - self.forced, "open and not held back")
        return self._replace(pinned=units)

    def wishing(self, units: int) -> "Claim":
        """Return the claim, as an amendment, with the units it may get where people fill (A24).

        Where the engine fills, every claim wishes for all it may have, whatever stands here.
        """
        return self._replace(allocated=min(units, self.open - self.forced))

    def rekeyed(self, key: int) -> "Claim":
        """Return the claim at another place in the order of service."""
        return self._replace(key=key)

    def fitted(self) -> "Claim":
        """Return the claim with coverage cut down to what may still be covered."""
        allocated = min(self.allocated, self.open - self.forced)
        marked = min(self.substitutable, self.open - self.forced - allocated)
        return self._replace(allocated=allocated, substitutable=marked)


class Change(NamedTuple):
    """A claim before and after; `before.open` is 0 for a new line, `after.open` for an ended one.

    It is both what a service asks for (an amendment) and what the engine answers.
    """

    before: Claim
    after: Claim

    @property
    def backordered(self) -> int:
        """Units by which the back-ordered quantity rose (negative: fell)."""
        return self.after.backordered - self.before.backordered


def arrival(claim: Claim) -> Change:
    """Return the amendment that brings a new line into the queue."""
    blank = Claim(claim.key, claim.line_id, claim.order_id, 0)
    return Change(blank, claim)


def check(claim: Claim) -> Claim:
    """Return the claim unchanged; raises ValueError naming the line when its figures contradict."""
    if min(claim) < 0 or claim.pinned + claim.forced > claim.open:
        raise contradiction(claim)
    return claim


def contradiction(row: Row) -> ValueError:
    """Return the error for a row whose quantities cannot all be true."""
    _, line_id, _, open_, pinned, forced, _, _ = row
    return ValueError(
        f"Line {line_id}: {pinned} pinned and {forced} held back do not fit its {open_} open units."
    )


def _limit(verb: str, units: int, most: int, what: str) -> None:
    if not 0 <= units <= most:
        raise ValueError(f"Cannot {verb} {units} units: {most} are {what}.")
