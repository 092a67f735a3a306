"""Mark what a replacement product could cover (F151, A18); nothing is swapped.

A group is the lines, in one pool, of every product that names the same replacement. Their marks
change when their own shortages change and when the replacement's free stock does.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from erp_core.db import db
from plugins.backorders.domain.claims import Change, Claim
from plugins.backorders.domain.frontier import settle_substitutes
from plugins.backorders.services.balances import Figures
from plugins.backorders.services.layout import Layout
from plugins.backorders.services.queue import CLAIM, FIRST, MORE, QUEUE, Rows, Spot
from plugins.inventory.models import Product
from plugins.inventory.services.upsert import chunks

Group = tuple[int, int]
"""(replacement's id, pool)."""


def related(spots: Collection[Spot], layout: Layout) -> set[Spot]:
    """Return the spots of the groups that a change of these spots may touch."""
    groups = _groups(spots, layout)
    return {(p, pool) for (r, pool), members in groups.items() for p in (r, *members)}


def settle_groups(
    spots: Sequence[Spot],
    changes: Mapping[Spot, Sequence[Change]],
    locked: Mapping[Spot, Figures],
    layout: Layout,
) -> dict[Spot, list[Change]]:
    """Return which marks change, by spot. What the frontier decided is written already."""
    marks: dict[Spot, list[Change]] = defaultdict(list)
    groups = _groups(spots, layout)
    given = _marked(groups)
    for (replacement, pool), members in sorted(groups.items()):
        mine = [
            change.after
            for product in members
            for change in changes.get((product, pool), ())
            if change.after.open
        ]
        left = max(0, locked[replacement, pool].free) - given.get((replacement, pool), 0)
        queue = GroupQueue(members, pool)
        for change in settle_substitutes(left, mine, queue):
            marks[queue.spot_of(change.after, changes), pool].append(change)
    return marks


def _groups(spots: Collection[Spot], layout: Layout) -> dict[Group, tuple[int, ...]]:
    """Return the groups due, each with its member products."""
    touched = [spot for spot in spots if spot[1] in layout.substituting]
    products = {product for product, _ in touched}
    names: dict[int, set[int]] = defaultdict(set)
    for product, replacement in _namings(products):
        names[replacement].add(product)
    due: dict[Group, tuple[int, ...]] = {}
    for product, pool in touched:
        for replacement, members in names.items():
            if product == replacement or product in members:
                due[replacement, pool] = tuple(sorted(members))
    return due


def _namings(products: Collection[int]) -> Iterator[tuple[int, int]]:
    """Yield (product, replacement) of every group in which one of the products is."""
    for part in chunks(sorted(products)):
        own = sa.select(Product.replacement_id).where(Product.id.in_(part))
        due = sa.or_(Product.replacement_id.in_(part), Product.replacement_id.in_(own))
        query = sa.select(Product.id, Product.replacement_id).where(
            due, Product.replacement_id.is_not(None)
        )
        yield from map(tuple, db.session.execute(query))


def _marked(groups: Collection[Group]) -> dict[Group, int]:
    """Return the units marked in each group now."""
    found: dict[Group, int] = {}
    for part in chunks(sorted({replacement for replacement, _ in groups})):
        query = (
            sa.select(Product.replacement_id, QUEUE.c.pool, sa.func.sum(QUEUE.c.substitutable_qty))
            .join(Product, Product.id == QUEUE.c.product_id)
            .where(Product.replacement_id.in_(part), QUEUE.c.substitutable_qty > 0)
            .group_by(Product.replacement_id, QUEUE.c.pool)
        )
        for replacement, pool, units in db.session.execute(query):
            found[replacement, pool] = int(units)
    return found


@dataclass(slots=True)
class GroupQueue:
    """The lines of a group, read lazily; `_home` learns which product each belongs to."""

    members: tuple[int, ...]
    pool: int
    _home: dict[int, int]

    def __init__(self, members: tuple[int, ...], pool: int) -> None:
        self.members, self.pool, self._home = members, pool, {}

    def waiting(self) -> Iterator[Claim]:
        """Yield lines that nothing covers yet, oldest first."""
        short = QUEUE.c.allocated_qty + QUEUE.c.forced_qty + QUEUE.c.substitutable_qty
        return self._walk(short < QUEUE.c.open_qty, backwards=False)

    def holding(self) -> Iterator[Claim]:
        """Yield lines that the replacement covers, last in the order of service first."""
        return self._walk(QUEUE.c.substitutable_qty > 0, backwards=True)

    def short_pins(self) -> tuple[Claim, ...]:
        """Pins play no part."""
        return ()

    held_pins = short_pins

    def _walk(self, condition: sa.ColumnElement[bool], *, backwards: bool) -> Iterator[Claim]:
        key = QUEUE.c.alloc_key
        rows = self._rows(condition).order_by(key.desc() if backwards else key)
        many, last = FIRST, None
        while True:
            beyond = rows.limit(many)
            if last is not None:
                beyond = beyond.where(key < last if backwards else key > last)
            batch = db.session.execute(beyond).all()
            for product, *row in batch:
                claim = Claim._make(row)
                self._home[claim.line_id] = product
                last = claim.key
                yield claim
            if len(batch) < many:
                return
            many = MORE

    def _rows(self, condition: sa.ColumnElement[bool]) -> Rows:
        mine = sa.and_(QUEUE.c.product_id.in_(self.members), QUEUE.c.pool == self.pool)
        return sa.select(QUEUE.c.product_id, *CLAIM).where(mine, condition)

    def spot_of(self, claim: Claim, changes: Mapping[Spot, Sequence[Change]]) -> int:
        """Return the product of a line that was read or that the frontier changed."""
        if claim.line_id in self._home:
            return self._home[claim.line_id]
        for product in self.members:
            for change in changes.get((product, self.pool), ()):
                if change.after.line_id == claim.line_id:
                    return product
        raise LookupError(f"Line {claim.line_id} is in no queue of its group.")
