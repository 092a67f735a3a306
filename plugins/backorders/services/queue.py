"""Read the demand queue: by order, and lazily from its frontier.

The first rows of every product and pool that a command touches come with one statement, whatever
their number; more are read only where a walk goes further (performance-floor.md section 3).
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import Any, TypeAlias, cast

import sqlalchemy as sa

from erp_core.db import db, is_sqlite
from plugins.backorders.domain.claims import Claim
from plugins.backorders.models import QueueRow
from plugins.backorders.services.layout import Layout
from plugins.inventory.services.upsert import chunks

Rows: TypeAlias = sa.Select[*tuple[Any, ...]]
"""A query; which columns it has is said where it is made."""

Spot: TypeAlias = tuple[int, int]
"""(product id, pool)."""

FIRST, MORE = 64, 512
QUEUE = cast(sa.Table, QueueRow.__table__)
CLAIM = (
    QUEUE.c.alloc_key,
    QUEUE.c.line_id,
    QUEUE.c.order_id,
    QUEUE.c.open_qty,
    QUEUE.c.pinned_qty,
    QUEUE.c.forced_qty,
    QUEUE.c.allocated_qty,
    QUEUE.c.substitutable_qty,
)
"""The columns of a claim, in the order of its fields."""

_BEFORE_ALL, _AFTER_ALL = 0, 2**63 - 1
"""No allocation key is as low or as high."""


class Side(StrEnum):
    """Which part of a product's queue is read; each has its own partial index."""

    WAITING = "waiting"
    HOLDING = "holding"
    PINNED = "pinned"


_CONDITION = {
    Side.WAITING: "mine.open_qty - mine.allocated_qty - mine.forced_qty > 0",
    Side.HOLDING: "mine.allocated_qty > mine.pinned_qty",
    Side.PINNED: "mine.pinned_qty > 0",
}

_SQLITE = """
SELECT 'SIDE', asked.product, asked.pool, queue.alloc_key, queue.line_id, queue.order_id,
  queue.open_qty, queue.pinned_qty, queue.forced_qty, queue.allocated_qty, queue.substitutable_qty
FROM (
  SELECT json_extract(value, '$[0]') AS product, json_extract(value, '$[1]') AS pool,
    json_extract(value, '$[2]') AS last
  FROM json_each(:SIDE)
) AS asked
CROSS JOIN backorders_queue AS queue
WHERE queue.line_id IN (
  SELECT mine.line_id FROM backorders_queue AS mine INDEXED BY ix_backorders_queue_SIDE
  WHERE mine.product_id = asked.product AND mine.pool = asked.pool
    AND mine.alloc_key BEYOND asked.last AND CONDITION
  ORDER BY mine.alloc_key DIRECTION LIMIT :many
)
"""

_POSTGRES = """
SELECT 'SIDE', asked.product, asked.pool, found.*
FROM (
  SELECT CAST(value->>0 AS bigint) AS product, CAST(value->>1 AS bigint) AS pool,
    CAST(value->>2 AS bigint) AS last
  FROM json_array_elements(CAST(:SIDE AS json))
) AS asked
CROSS JOIN LATERAL (
  SELECT mine.alloc_key, mine.line_id, mine.order_id, mine.open_qty, mine.pinned_qty,
    mine.forced_qty, mine.allocated_qty, mine.substitutable_qty
  FROM backorders_queue AS mine
  WHERE mine.product_id = asked.product AND mine.pool = asked.pool
    AND mine.alloc_key BEYOND asked.last AND CONDITION
  ORDER BY mine.alloc_key DIRECTION LIMIT :many
) AS found
"""


@cache
def _statement(sqlite: bool, sides: tuple[Side, ...]) -> sa.TextClause:
    parts = []
    for side in sides:
        backwards = side is Side.HOLDING
        text = (_SQLITE if sqlite else _POSTGRES).replace("SIDE", side)
        text = text.replace("CONDITION", _CONDITION[side]).replace("BEYOND", "><"[backwards])
        parts.append(text.replace("DIRECTION", "DESC" if backwards else "ASC"))
    return sa.text("UNION ALL".join(parts))


Batch = list[Claim]


def _read(asked: Mapping[Side, Mapping[Spot, int]], many: int) -> dict[tuple[Side, Spot], Batch]:
    """Return up to `many` claims beyond a key for each side and spot; one statement."""
    sides = tuple(side for side in Side if asked.get(side))
    if not sides:
        return {}
    values = {
        str(side): json.dumps([[*spot, key] for spot, key in asked[side].items()]) for side in sides
    }
    found: dict[tuple[Side, Spot], Batch] = {(s, spot): [] for s in sides for spot in asked[s]}
    statement = _statement(is_sqlite(), sides)
    for side, product, pool, *claim in db.session.execute(statement, {**values, "many": many}):
        found[Side(side), (product, pool)].append(Claim._make(claim))
    for (side, _), claims in found.items():
        claims.sort(reverse=side is Side.HOLDING)
    return found


@dataclass(slots=True)
class SpotQueue:
    """The settled queue of one product and pool, as the domain's frontier reads it."""

    spot: Spot
    first: dict[Side, Batch] = field(default_factory=dict)

    def waiting(self) -> Iterator[Claim]:
        """Yield claims that still want units, oldest first."""
        return self._walk(Side.WAITING)

    def holding(self) -> Iterator[Claim]:
        """Yield claims that hold unpinned units, last in the order of service first."""
        return self._walk(Side.HOLDING)

    def short_pins(self) -> Iterator[Claim]:
        """Yield pinned claims whose pins lack stock, oldest first."""
        return (claim for claim in self._pinned() if claim.allocated < claim.pinned)

    def held_pins(self) -> Iterator[Claim]:
        """Yield pinned claims that hold units, last first."""
        return (claim for claim in reversed(self._pinned()) if claim.allocated)

    def _pinned(self) -> Batch:
        if Side.PINNED not in self.first:
            self.first[Side.PINNED] = list(self._walk(Side.PINNED))
        return self.first[Side.PINNED]

    def _walk(self, side: Side) -> Iterator[Claim]:
        batch, many = self.first.get(side), FIRST
        last = _AFTER_ALL if side is Side.HOLDING else _BEFORE_ALL
        while True:
            if batch is None:
                batch = _read({side: {self.spot: last}}, many)[side, self.spot]
            yield from batch
            if len(batch) < many:
                return
            last, batch, many = batch[-1].key, None, MORE


def frontier(waiting: Collection[Spot], holding: Collection[Spot]) -> dict[Spot, SpotQueue]:
    """Return the queues of these spots, with the first rows that a walk will ask for at hand.

    `waiting` are the spots where units are to be given, `holding` those where some may be taken.
    """
    asked: dict[Side, dict[Spot, int]] = {
        Side.WAITING: dict.fromkeys(waiting, _BEFORE_ALL),
        Side.HOLDING: dict.fromkeys(holding, _AFTER_ALL),
        Side.PINNED: dict.fromkeys([*waiting, *holding], _BEFORE_ALL),
    }
    first: dict[Spot, dict[Side, Batch]] = defaultdict(dict)
    for (side, spot), batch in _read(asked, FIRST).items():
        first[spot][side] = batch
    return {spot: SpotQueue(spot, _complete_pins(batches)) for spot, batches in first.items()}


def _complete_pins(batches: dict[Side, Batch]) -> dict[Side, Batch]:
    """Forget a first batch of pins that may not be all of them; they are read again when asked."""
    if len(batches.get(Side.PINNED, ())) == FIRST:
        del batches[Side.PINNED]
    return batches


Standing: TypeAlias = dict[int, tuple[Spot, Claim]]
"""Queue rows by line."""


def of_orders(order_ids: Collection[int], plan: Layout) -> Standing:
    """Return the rows of these orders; rows of companies whose workflow is off stay as they are."""
    return _by_line(QUEUE.c.order_id, order_ids, plan)


def of_lines(line_ids: Collection[int], plan: Layout) -> Standing:
    """Return the rows of these lines, where the workflow is on."""
    return _by_line(QUEUE.c.line_id, line_ids, plan)


def _by_line(column: sa.Column[Any], ids: Collection[int], plan: Layout) -> Standing:
    found: Standing = {}
    for part in chunks(sorted(set(ids))):
        query = sa.select(QUEUE.c.product_id, QUEUE.c.pool, *CLAIM).where(column.in_(part))
        for product, pool, *row in db.session.execute(query):
            claim = Claim._make(row)
            if pool not in plan.asleep:
                found[claim.line_id] = (product, pool), claim
    return found
