"""Purchase proposals: what to buy for everybody in need, from whom, and buying it (F078-F087).

Needs come from whoever answers `DemandSource`; what is bought is pegged to them, so that running
a proposal twice orders nothing twice (C01).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa

from erp_core.db import db, now
from erp_core.errors import ConflictError
from plugins.inventory.models import Product, Warehouse
from plugins.inventory.ports import SupplyLink, SupplyRequest
from plugins.inventory.services import shortages, stock
from plugins.inventory.services.shortages import Shortage
from plugins.inventory.services.upsert import chunks
from plugins.purchasing.domain.proposal import Short, Sum, add_up, recent
from plugins.purchasing.models import PurchaseOrder, SupplierProduct
from plugins.purchasing.services import offering, requesting, suppliers
from plugins.purchasing.services.creating import check_qty
from plugins.purchasing.settings import Choose


@dataclass(frozen=True, slots=True)
class Asked:
    """What a person wants proposed; no supplier or place means all, `days` 0 no limit."""

    choose: str = Choose.NEEDED
    supplier_id: int | None = None
    days: int = 0
    place_id: int | None = None


EVERYTHING = Asked()


class Spot(NamedTuple):
    """One product at one place."""

    product_id: int
    place_id: int


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the proposal: who sells the product there is a need for, and the arithmetic."""

    sold: SupplierProduct
    place: Warehouse
    sum: Sum
    on_hand: int
    incoming: int
    oldest: datetime

    @property
    def spot(self) -> Spot:
        """Return product and place."""
        return Spot(self.sold.product_id, self.place.id)

    @property
    def cost_minor(self) -> int:
        """Return what the suggested units cost, in minor units of the supplier's currency."""
        return self.sum.suggested * self.sold.price_minor


@dataclass(frozen=True, slots=True)
class Unsold:
    """A product that is needed and that no active supplier sells; units."""

    product: Product
    missing: int


@dataclass(frozen=True, slots=True)
class Proposal:
    """Rows by supplier and SKU, and what nobody sells."""

    rows: list[Row] = field(default_factory=list)
    unsold: list[Unsold] = field(default_factory=list)

    @property
    def supplier_ids(self) -> list[int]:
        """Return the suppliers, in the order of the rows."""
        return list(dict.fromkeys(row.sold.supplier_id for row in self.rows))


def propose(asked: Asked) -> Proposal:
    """Work out what to buy; a constant number of statements, and nothing is written."""
    found = [one for one in shortages.shortages() if _is_asked(one, asked)]
    spots = _by_spot(found)
    sellers = _best({spot.product_id for spot in spots})
    missing = {spot: sum(one.missing for one in ones) for spot, ones in spots.items()}
    needed = {spot: ones for spot, ones in spots.items() if missing[spot] > 0}
    chosen = {
        spot: ones
        for spot, ones in needed.items()
        if spot.product_id in sellers
        and asked.supplier_id in (None, sellers[spot.product_id].supplier_id)
    }
    unsold = {} if asked.supplier_id else _unsold(needed, sellers, missing)
    return Proposal(_rows(chosen, sellers), _named(unsold))


def _is_asked(one: Shortage, asked: Asked) -> bool:
    if asked.place_id not in (None, one.need.warehouse_id):
        return False
    if one.need.for_stock:
        return asked.choose != Choose.BACKORDERS
    return asked.choose != Choose.REORDER and recent(one.need.since, now(), asked.days)


def _by_spot(found: Iterable[Shortage]) -> dict[Spot, list[Shortage]]:
    spots: dict[Spot, list[Shortage]] = defaultdict(list)
    for one in found:
        spots[Spot(one.need.product_id, one.need.warehouse_id)].append(one)
    return dict(spots)


def _best(product_ids: Collection[int]) -> dict[int, SupplierProduct]:
    """Return the supplier to buy each product from: the preferred, else the cheapest one."""
    found: dict[int, SupplierProduct] = {}
    for part in chunks(sorted(product_ids)):
        sold = suppliers.sellers(part)
        found |= {key: rows[0] for key, rows in sold.items() if rows}
    return found


def _unsold(
    needed: Collection[Spot], sellers: Collection[int], missing: Mapping[Spot, int]
) -> dict[int, int]:
    units: dict[int, int] = defaultdict(int)
    for spot in needed:
        if spot.product_id not in sellers:
            units[spot.product_id] += missing[spot]
    return units


def _named(units: Mapping[int, int]) -> list[Unsold]:
    found: list[Unsold] = []
    for part in chunks(sorted(units)):
        query = sa.select(Product).where(Product.id.in_(part))
        found += [Unsold(row, units[row.id]) for row in db.session.scalars(query)]
    return sorted(found, key=lambda one: one.product.sku)


def _rows(
    spots: Mapping[Spot, Sequence[Shortage]], sellers: Mapping[int, SupplierProduct]
) -> list[Row]:
    product_ids = {spot.product_id for spot in spots}
    here, coming = stock.on_hand(product_ids), _incoming(product_ids)
    places = {row.id: row for row in db.session.scalars(sa.select(Warehouse))}
    rows = [
        Row(
            sold=sellers[spot.product_id],
            place=places[spot.place_id],
            sum=_sum(ones, sellers[spot.product_id]),
            on_hand=here.get(spot, 0),
            incoming=coming.get(spot, 0),
            oldest=min(one.need.since for one in ones),
        )
        for spot, ones in spots.items()
    ]
    return sorted(rows, key=_place)


def _place(row: Row) -> tuple[str, int, str, str]:
    supplier = row.sold.supplier
    return supplier.name, supplier.id, row.place.name, row.sold.product.sku


def _sum(ones: Sequence[Shortage], sold: SupplierProduct) -> Sum:
    return add_up([_short(one) for one in ones], sold.minimum_qty, sold.multiple_qty)


def _short(one: Shortage) -> Short:
    return Short(one.need.qty, one.on_order, one.need.for_stock)


def _incoming(product_ids: Collection[int]) -> dict[Spot, int]:
    """Return what suppliers were told to deliver, pegged or not."""
    units: dict[Spot, int] = defaultdict(int)
    for part in chunks(sorted(product_ids)):
        for line in offering.incoming(part):
            units[Spot(line.product_id, line.warehouse_id)] += line.qty
    return units


@dataclass(frozen=True, slots=True)
class Chosen:
    """A row as a person wants it bought: how many units, and how many were missing on screen."""

    product_id: int
    place_id: int
    supplier_id: int
    qty: int
    missing: int

    @property
    def spot(self) -> Spot:
        """Return product and place."""
        return Spot(self.product_id, self.place_id)


@dataclass(frozen=True, slots=True)
class How:
    """How chosen rows are bought: for which needs, on which draft (None: new ones), sent or not."""

    asked: Asked = EVERYTHING
    draft_id: int | None = None
    send: bool = False


NEW_DRAFTS = How()


def order(chosen: Sequence[Chosen], how: How = NEW_DRAFTS) -> list[SupplyLink]:
    """Make one order for each supplier and place, pegged to who waits longest (F087).

    Returns the link of each order. Raises ConflictError when less is missing now than the person
    saw: somebody ordered it meanwhile, and nothing is bought a second time.
    """
    for row in chosen:
        check_qty(row.qty)
    shortages.one_at_a_time()
    found = shortages.shortages({row.product_id for row in chosen})
    spots = _by_spot(one for one in found if _is_asked(one, how.asked))
    wanted = [item for row in chosen for item in _requests(row, spots.get(row.spot, []), how)]
    links = requesting.request(wanted) if wanted else []
    return list({link.number: link for link in links}.values())


def _requests(row: Chosen, found: Sequence[Shortage], how: How) -> list[SupplyRequest]:
    """Split a row over its needs; pegged is what is missing, the surplus is for stock."""
    missing = sum(one.missing for one in found)
    if missing < max(row.missing, 1):
        raise ConflictError(_less(row, missing))
    new, old = f"{offering.NEW}:{row.supplier_id}", f"{offering.EXTEND}:{how.draft_id}"
    offer = new if how.draft_id is None else old
    return [
        SupplyRequest(offer, need, units, row.place_id, send=how.send)
        for need, units in shortages.split(row.qty, found)
    ]


def _less(row: Chosen, missing: int) -> str:
    product = db.session.get(Product, row.product_id)
    sku = product.sku if product else "A product"
    return (
        f"{sku}: {row.missing:,} units were missing when this was proposed, {missing:,} are now. "
        "Somebody ordered them meanwhile; nothing was ordered twice. Propose again."
    )


def chosen_of(proposal: Proposal) -> list[Chosen]:
    """Take a proposal as it stands."""
    return [
        Chosen(
            row.sold.product_id,
            row.place.id,
            row.sold.supplier_id,
            row.sum.suggested,
            row.sum.missing,
        )
        for row in proposal.rows
    ]


def fill(draft: PurchaseOrder) -> list[Chosen]:
    """Add to a draft what customers wait for from its supplier at its place (F077); returns it."""
    asked = Asked(Choose.BACKORDERS, draft.supplier_id, place_id=draft.warehouse_id)
    chosen = chosen_of(propose(asked))
    order(chosen, How(asked, draft.id))
    return chosen
