"""Inventory's own answer to the port `SupplySource`: goods from another location."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from itertools import groupby

import sqlalchemy as sa

from erp_core.db import db
from erp_core.errors import ErpError
from plugins.inventory.domain.places import LOCATIONS
from plugins.inventory.domain.transfers import ASKED, MOVING
from plugins.inventory.models import Product, Transfer, TransferLine, Warehouse
from plugins.inventory.ports import Incoming, Need, Offer, SupplyLink, SupplyRequest
from plugins.inventory.services import pegs, stock, transfers

VERB = "View transfer"
GONE = "This transfer cannot be made; open the dialog again and choose an offer."


_ROAD = TransferLine.dispatched_qty - TransferLine.received_qty - TransferLine.returned_qty
"""Units that left and have not reached either end."""


def url_of(transfer_id: int) -> str:
    """Return the address of a transfer's page."""
    return f"/inventory/transfer/{transfer_id}/"


class TransferSupply:
    """Offers free stock of other locations of the same company (F068, A25)."""

    key = transfers.SOURCE

    def offers_for(self, needs: Sequence[Need]) -> list[list[Offer]]:
        """Offer every other location that has free stock, the fullest first."""
        spare = _spare({need.product_id for need in needs})
        places = {place.id: place for place in db.session.scalars(sa.select(Warehouse))}
        return [_offers(need, spare, places) for need in needs]

    def request(self, wanted: Sequence[SupplyRequest]) -> list[SupplyLink]:
        """Make a requested transfer for each pair of places, one line a request, and peg it.

        Raises ErpError when a location has not that much free stock (any more).
        """
        _check(wanted)
        ranked = sorted(range(len(wanted)), key=lambda index: (_route(wanted[index]), index))
        links: dict[int, SupplyLink] = {}
        for route, indexes in groupby(ranked, key=lambda index: _route(wanted[index])):
            rows = list(indexes)
            made = _make(route, [wanted[index] for index in rows])
            links |= {i: _link(made, wanted[i].qty) for i in rows}
        return [links[index] for index in range(len(wanted))]

    def links(self, supply_line_ids: Collection[int]) -> Mapping[int, SupplyLink]:
        """Return the transfers behind pegged lines."""
        query = (
            sa.select(TransferLine.id, TransferLine.qty, Transfer)
            .join(Transfer)
            .where(TransferLine.id.in_(supply_line_ids))
        )
        return {line: _link(transfer, qty) for line, qty, transfer in db.session.execute(query)}

    def incoming(self, product_ids: Collection[int]) -> list[Incoming]:
        """List what is in transit, by transfer and line."""
        query = (
            sa.select(TransferLine, Transfer, _ROAD)
            .join(Transfer)
            .where(Transfer.status.in_(sorted(MOVING)), TransferLine.product_id.in_(product_ids))
            .where(_ROAD > 0)
            .order_by(Transfer.id, TransferLine.position)
        )
        rows = db.session.execute(query)
        return [_coming(line, transfer, units) for line, transfer, units in rows]

    def planned(self, product_ids: Collection[int]) -> list[Incoming]:
        """List what is drafted or requested and not dispatched, by transfer and line."""
        query = (
            sa.select(TransferLine, Transfer)
            .join(Transfer)
            .where(Transfer.status.in_(sorted(ASKED)), TransferLine.product_id.in_(product_ids))
            .order_by(Transfer.id, TransferLine.position)
        )
        rows = db.session.execute(query)
        return [_coming(line, transfer, line.qty) for line, transfer in rows]

    def suppliers(self) -> None:
        """Transfers have no suppliers."""


def _offers(
    need: Need, spare: Mapping[stock.Key, int], places: Mapping[int, Warehouse]
) -> list[Offer]:
    others = [place for place in places.values() if _may_give(place, need)]
    found = [(place, spare.get((need.product_id, place.id), 0)) for place in others]
    ranked = sorted(found, key=lambda pair: (-pair[1], pair[0].name))
    target = places.get(need.warehouse_id)
    to = ((target.id, target.name),) if target else ()
    return [_offer(place, units, to) for place, units in ranked if units > 0]


def _may_give(place: Warehouse, need: Need) -> bool:
    same = place.company_id == need.company_id and place.id != need.warehouse_id
    return same and place.active and place.kind in LOCATIONS


def _spare(product_ids: Collection[int]) -> dict[stock.Key, int]:
    """Return free units that no requested transfer is going to take."""
    promised = transfers.promised(product_ids)
    here = stock.on_hand(product_ids)
    return {
        key: min(units, here.get(key, 0)) - promised.get(key, 0)
        for key, units in stock.free(product_ids).items()
    }


def _offer(place: Warehouse, units: int, places: tuple[tuple[int, str], ...]) -> Offer:
    return Offer(
        key=str(place.id),
        title=f"Transfer from {place.name}",
        detail=f"{units:,} free at {place.name}",
        places=places,
        available=units,
    )


def _route(wanted: SupplyRequest) -> tuple[int, int]:
    if not wanted.offer.isdigit() or wanted.ship_to_customer:
        raise ErpError(GONE)
    return int(wanted.offer), wanted.place_id or wanted.need.warehouse_id


def _check(wanted: Sequence[SupplyRequest]) -> None:
    asked: dict[stock.Key, int] = defaultdict(int)
    for item in wanted:
        asked[item.need.product_id, _route(item)[0]] += item.qty
    names = _locations({place for _product, place in asked})
    stock.lock(asked)
    spare = _spare({product for product, _place in asked})
    for key, units in sorted(asked.items()):
        left = max(spare.get(key, 0), 0)
        if units > left:
            sku = db.session.scalar(sa.select(Product.sku).filter_by(id=key[0]))
            raise ErpError(
                f"{sku} at {names[key[1]]}: {left:,} free, {units:,} asked for; nothing was "
                "requested."
            )


def _locations(ids: Collection[int]) -> dict[int, str]:
    query = sa.select(Warehouse.id, Warehouse.name).where(
        Warehouse.id.in_(ids), Warehouse.active.is_(True), Warehouse.kind.in_(sorted(LOCATIONS))
    )
    found = {key: name for key, name in db.session.execute(query)}
    if len(found) < len(set(ids)):
        raise ErpError(GONE)
    return found


def _make(route: tuple[int, int], wanted: Sequence[SupplyRequest]) -> Transfer:
    lines = tuple((item.need.product_id, item.qty) for item in wanted)
    note = ", ".join(dict.fromkeys(item.need.label for item in wanted if item.need.label))
    made = transfers.create(transfers.NewTransfer(*route, lines, f"For {note}" if note else ""))
    transfers.request(made.id)
    pegs.add([_peg(item, line) for item, line in zip(wanted, made.lines, strict=True)])
    return made


def _peg(item: SupplyRequest, line: TransferLine) -> pegs.NewPeg:
    need = item.need
    return pegs.NewPeg(
        transfers.SOURCE, line.id, need.source, need.line_id, need.product_id, item.qty
    )


def _link(transfer: Transfer, qty: int) -> SupplyLink:
    return SupplyLink(transfer.number, url_of(transfer.id), VERB, qty)


def _coming(line: TransferLine, transfer: Transfer, units: int) -> Incoming:
    return Incoming(
        product_id=line.product_id,
        warehouse_id=transfer.to_id,
        qty=units,
        expected_on=None,
        number=transfer.number,
        url=url_of(transfer.id),
        line_id=line.id,
    )
