"""Recompute what inventory stores from its sources: I1, I10 and the pegs of its transfers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

import sqlalchemy as sa

from erp_core.db import db
from erp_core.ports import Difference
from plugins.inventory.domain.transfers import (
    MOVING,
    TransferStatus,
    Units,
    status_on_the_road,
    still_to_come,
)
from plugins.inventory.models import (
    Peg,
    Product,
    StockBalance,
    StockMove,
    Transfer,
    TransferLine,
    Warehouse,
)
from plugins.inventory.services import transfers

Rows = dict[int, tuple[Transfer, list[TransferLine]]]


class StockVerifier:
    """Balances against the ledger, transfers against their movements, pegs against supply."""

    def differences(self) -> Iterable[Difference]:
        """Yield every stored figure that is not what it should be."""
        yield from _balances()
        found = _transfers()
        yield from _movements(found)
        yield from _statuses(found)
        yield from _pegs(found)


def _balances() -> Iterator[Difference]:
    """I1: a balance is the sum of its ledger rows; either side may lack a row."""
    nothing = sa.literal(0)
    both = sa.union_all(
        sa.select(
            StockMove.product_id.label("product"),
            StockMove.warehouse_id.label("place"),
            nothing.label("stored"),
            StockMove.qty.label("moved"),
        ),
        sa.select(
            StockBalance.product_id, StockBalance.warehouse_id, StockBalance.on_hand, nothing
        ),
    ).subquery()
    was, ought = sa.func.sum(both.c.stored), sa.func.sum(both.c.moved)
    query = (
        sa.select(Product.sku, Warehouse.code, was, ought)
        .select_from(both)
        .join(Product, Product.id == both.c.product)
        .join(Warehouse, Warehouse.id == both.c.place)
        .group_by(Product.sku, Warehouse.code)
        .having(was != ought)
        .order_by(Product.sku, Warehouse.code)
    )
    for sku, code, have, wanted in db.session.execute(query):
        yield Difference("I1", f"on hand of {sku} at {code}", str(have), str(wanted))


def _transfers() -> Rows:
    query = sa.select(TransferLine, Transfer).join(Transfer)
    query = query.order_by(Transfer.id, TransferLine.position)
    rows: Rows = {}
    for line, transfer in db.session.execute(query):
        rows.setdefault(transfer.id, (transfer, []))[1].append(line)
    return rows


def _movements(found: Rows) -> Iterator[Difference]:
    """I10: what a line says it sent and brought is what the ledger says."""
    sources = (transfers.SOURCE, transfers.RECEIPT_SOURCE, transfers.RETURN_SOURCE)
    moved = {source: _moved(source) for source in sources}
    for transfer, lines in found.values():
        for line in lines:
            where = f"line {line.position} of {transfer.number}"
            sent = -moved[transfers.SOURCE].get(line.id, 0)
            if line.dispatched_qty != sent:
                yield _differs("I10", f"dispatched on {where}", line.dispatched_qty, sent)
            came = moved[transfers.RECEIPT_SOURCE].get(line.id, 0)
            if line.received_qty != came:
                yield _differs("I10", f"received on {where}", line.received_qty, came)
            back = moved[transfers.RETURN_SOURCE].get(line.id, 0)
            if line.returned_qty != back:
                yield _differs("I10", f"returned on {where}", line.returned_qty, back)


def _moved(source: str) -> dict[int, int]:
    line, units = StockMove.source_line, sa.func.sum(StockMove.qty)
    query = sa.select(line, units).where(StockMove.source == source).group_by(line)
    return {key: int(total) for key, total in db.session.execute(query)}


def _statuses(found: Rows) -> Iterator[Difference]:
    """Every status equals the function of its quantities (features.md, invariant vi)."""
    for transfer, lines in found.values():
        units = [_units(line) for line in lines]
        left = any(row.dispatched for row in units)
        status = TransferStatus(transfer.status)
        on_the_road = status in MOVING or status is TransferStatus.RECEIVED
        if left:
            ought = status_on_the_road(units)
        else:
            ought = TransferStatus.REQUESTED if on_the_road else status
        if status is not ought:
            yield _differs("vi", f"status of {transfer.number}", status, ought)


def _pegs(found: Rows) -> Iterator[Difference]:
    """(iii): the pegs of a supply line claim no more than it will still bring."""
    claimed: dict[int, int] = defaultdict(int)
    for line_id, units in db.session.execute(
        sa.select(Peg.supply_line_id, Peg.qty).where(Peg.supply_source == transfers.SOURCE)
    ):
        claimed[line_id] += units
    for transfer, lines in found.values():
        for line in lines:
            units = claimed.pop(line.id, 0)
            coming = still_to_come(TransferStatus(transfer.status), _units(line))
            if units > coming:
                where = f"pegs of line {line.position} of {transfer.number}"
                yield _differs("iii", where, units, f"at most {coming}")
    for line_id, units in sorted(claimed.items()):
        yield _differs("iii", f"pegs of transfer line {line_id}, which is gone", units, 0)


def _units(line: TransferLine) -> Units:
    return Units(line.qty, line.dispatched_qty, line.received_qty, line.returned_qty)


def _differs(rule: str, where: str, stored: object, expected: object) -> Difference:
    return Difference(rule, where, str(stored), str(expected))
