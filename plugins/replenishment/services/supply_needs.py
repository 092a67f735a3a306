"""Supply needs: what to buy for back orders and reorder points, and buying it (F088-F091)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa

from erp_core.db import db
from erp_core.errors import ConflictError, ErpError
from plugins.inventory.models import Product, Warehouse
from plugins.inventory.ports import SupplyLink, SupplyRequest, SupplySource
from plugins.inventory.services import shortages
from plugins.inventory.services.shortages import Shortage
from plugins.inventory.services.upsert import chunks
from plugins.replenishment.services import sources
from plugins.replenishment.services.sources import Supplier, Way
from plugins.replenishment.services.standing import Standing, key_of, standings


class Spot(NamedTuple):
    """One product at one place."""

    product_id: int
    place_id: int


@dataclass(frozen=True, slots=True)
class Line:
    """What a product needs at a place, in stock units, and who can deliver it."""

    product: Product
    place: Warehouse
    shortages: Sequence[Shortage]
    supplier: Supplier | None = None
    way: Way | None = None
    standing: Standing | None = None

    @property
    def spot(self) -> Spot:
        """Return product and place."""
        return Spot(self.product.id, self.place.id)

    @property
    def backorders(self) -> int:
        """Return what customers wait for."""
        return sum(one.need.qty for one in self.shortages if not one.need.for_stock)

    @property
    def reorder(self) -> int:
        """Return what the shelf lacks."""
        return sum(one.need.qty for one in self.shortages if one.need.for_stock)

    @property
    def on_order(self) -> int:
        """Return what supply on order for nobody covers."""
        return sum(one.on_order for one in self.shortages)

    @property
    def missing(self) -> int:
        """Return backorders + reorder - on_order."""
        return sum(one.missing for one in self.shortages)

    @property
    def suggested(self) -> int:
        """Return what is missing as the supplier delivers it: minimum and multiple respected."""
        fitting = self.way.offer.fitting if self.way else None
        return self.missing if fitting is None else fitting

    @property
    def oldest(self) -> datetime:
        """Return since when somebody needs it."""
        return min(one.need.since for one in self.shortages)


def lines() -> list[Line]:
    """List what is missing, by supplier and SKU; a constant number of statements."""
    return _offered(_named(_by_spot(shortages.shortages())))


def missing() -> dict[Spot, list[Shortage]]:
    """Return the needs of every product at every place where something is missing."""
    return _by_spot(shortages.shortages())


def _by_spot(found: Iterable[Shortage]) -> dict[Spot, list[Shortage]]:
    spots: dict[Spot, list[Shortage]] = defaultdict(list)
    for one in found:
        spots[Spot(one.need.product_id, one.need.warehouse_id)].append(one)
    return {spot: ones for spot, ones in spots.items() if any(one.missing for one in ones)}


def _named(spots: Mapping[Spot, Sequence[Shortage]]) -> list[Line]:
    product_ids = {spot.product_id for spot in spots}
    products = _products(product_ids)
    places = {row.id: row for row in db.session.scalars(sa.select(Warehouse))}
    named = sources.suppliers(product_ids)
    rules = {Spot(*key_of(one.rule)): one for one in standings(product_ids)}
    return [
        Line(
            products[spot.product_id],
            places[spot.place_id],
            ones,
            supplier=named.get(spot.product_id),
            standing=rules.get(spot),
        )
        for spot, ones in spots.items()
    ]


def _products(product_ids: Collection[int]) -> dict[int, Product]:
    found: dict[int, Product] = {}
    for part in chunks(sorted(product_ids)):
        rows = db.session.scalars(sa.select(Product).where(Product.id.in_(part)))
        found |= {row.id: row for row in rows}
    return found


def _offered(found: Sequence[Line]) -> list[Line]:
    """Add the best way to get each line, as one need of all that is missing."""
    asked = [replace(line.shortages[0].need, qty=line.missing) for line in found]
    offered = zip(found, sources.ways(asked), strict=True)
    return sorted((replace(line, way=way) for line, way in offered), key=_place)


def _place(line: Line) -> tuple[bool, str, str, str]:
    """Lines that nobody sells stand last."""
    name = line.supplier.name if line.supplier else ""
    return line.way is None, name, line.place.name, line.product.sku


@dataclass(frozen=True, slots=True)
class Chosen:
    """A line as a person wants it ordered: units, and what was missing on the screen."""

    spot: Spot
    qty: int
    missing: int


@dataclass(slots=True)
class _Batch:
    source: SupplySource
    requests: list[SupplyRequest] = field(default_factory=list)


def order(chosen: Sequence[Chosen], *, send: bool = False) -> list[SupplyLink]:
    """Order lines from their suppliers, pegged to who needs them; `send` tells the suppliers.

    Returns the link of each document. Raises ConflictError when less is missing now than the
    person saw, ErpError for a line that nobody sells; then nothing is ordered.
    """
    shortages.one_at_a_time()
    found = shortages.shortages({one.spot.product_id for one in chosen})
    now = {line.spot: line for line in _offered(_named(_by_spot(found)))}
    batches: dict[str, _Batch] = {}
    for one in chosen:
        line, way = _checked(one, now.get(one.spot))
        batch = batches.setdefault(way.source.key, _Batch(way.source))
        batch.requests += _requests(one, line, way, send=send)
    links = [link for batch in batches.values() for link in batch.source.request(batch.requests)]
    return list({link.number: link for link in links}.values())


def _checked(one: Chosen, line: Line | None) -> tuple[Line, Way]:
    if line is None or line.missing < one.missing:
        product = db.session.get(Product, one.spot.product_id)
        sku = product.sku if product else "A product"
        left = line.missing if line else 0
        raise ConflictError(
            f"{sku}: {one.missing:,} units were missing when you looked, {left:,} are now. "
            "Somebody ordered them meanwhile; nothing was ordered twice. Look at the list again."
        )
    if line.way is None:
        raise ErpError(f"{line.product.sku}: nobody sells it; add a supplier for it first.")
    return line, line.way


def _requests(one: Chosen, line: Line, way: Way, *, send: bool) -> list[SupplyRequest]:
    key, place = way.offer.key, one.spot.place_id
    pairs = shortages.split(one.qty, line.shortages)
    return [SupplyRequest(key, need, units, place, send=send) for need, units in pairs]
