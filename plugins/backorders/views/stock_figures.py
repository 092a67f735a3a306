"""What the locations have of an item on back order: batch loaders, constant statements (F051)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from erp_core.db import db
from erp_core.registry import providers
from plugins.backorders.models import Backorder, QueueRow
from plugins.backorders.services import explain
from plugins.backorders.services.explain import Place
from plugins.inventory.ports import SupplySource


@dataclass(frozen=True, slots=True)
class Figures:
    """Stock figures of one item; quantities in stock units."""

    on_hand: int
    allocated: int
    free: int
    elsewhere: Sequence[Place]
    incoming: int

    @property
    def free_elsewhere(self) -> int:
        """Return what is free at other locations."""
        return sum(place.free for place in self.elsewhere)


def figures(rows: Sequence[Backorder]) -> dict[int, Figures]:
    """Return the stock figures of the items; constant statements."""
    products = {row.product_id for row in rows}
    places = explain.stock_by_location(products)
    given = _allocated([row.line_id for row in rows])
    coming = _incoming(products)
    return {row.id: _figures(row, places.get(row.product_id, ()), given, coming) for row in rows}


def _figures(
    row: Backorder, places: Iterable[Place], given: dict[int, int], coming: dict[int, int]
) -> Figures:
    known = list(places)
    here = [place for place in known if place.warehouse_id == row.warehouse_id]
    others = [place for place in known if place.warehouse_id != row.warehouse_id and place.free]
    return Figures(
        sum(place.on_hand for place in here),
        given.get(row.line_id, 0),
        sum(place.free for place in here),
        others,
        coming.get(row.product_id, 0),
    )


def _allocated(line_ids: Collection[int]) -> dict[int, int]:
    query = sa.select(QueueRow.line_id, QueueRow.allocated_qty)
    rows = db.session.execute(query.where(QueueRow.line_id.in_(line_ids)))
    return {line: units for line, units in rows}


def _incoming(product_ids: Collection[int]) -> dict[int, int]:
    found: dict[int, int] = defaultdict(int)
    for source in providers(SupplySource):  # type: ignore[type-abstract]
        for one in source.incoming(product_ids):
            found[one.product_id] += one.qty
    return found
