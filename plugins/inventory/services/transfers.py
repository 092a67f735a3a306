"""Transfers between warehouses: Draft, Requested, In transit, (Partially) received, Cancelled.

The source loses the goods on dispatch, the target gains them on receipt; between the two they
are in transit (I10). Each step is one guarded UPDATE, so it happens once (I11, I15).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from erp_core.audit import actor, record
from erp_core.db import db, now
from erp_core.errors import ConflictError, ErpError, NotFoundError
from erp_core.events import publish
from plugins.inventory.domain.transfers import (
    MOVING,
    TransferStatus,
    Units,
    in_transit,
    may_become,
    share_out,
    status_on_the_road,
    still_to_come,
)
from plugins.inventory.events import Move, MoveKind, TransferReceived
from plugins.inventory.models import (
    Product,
    Transfer,
    TransferLine,
    TransferReceipt,
)
from plugins.inventory.services import pegs, stock
from plugins.inventory.services.transfer_entry import NewTransfer, create

__all__ = [
    "NewTransfer",
    "cancel",
    "create",
    "dispatch",
    "give_back",
    "promised",
    "receive",
    "request",
]

SOURCE = "inventory.transfer"
"""Name of transfer lines as supply, and of dispatches in the ledger."""

RECEIPT_SOURCE = "inventory.transfer_receipt"
RETURN_SOURCE = "inventory.transfer_return"
WORDS = {
    TransferStatus.DRAFT: "a draft",
    TransferStatus.REQUESTED: "requested",
    TransferStatus.IN_TRANSIT: "in transit",
    TransferStatus.PARTIALLY_RECEIVED: "partially received",
    TransferStatus.RECEIVED: "received",
    TransferStatus.CANCELLED: "cancelled",
}


def request(transfer_id: int) -> Transfer:
    """Ask the source to send the goods. Asking again changes nothing."""
    transfer = _locked(transfer_id)
    _become(transfer, TransferStatus.REQUESTED)
    return transfer


def dispatch(transfer_id: int, quantities: Mapping[int, int] | None = None) -> Transfer:
    """Take the goods out of the source; None sends everything, else units by line id.

    Only free stock may leave: raises ErpError naming SKU, place, free and asked. What is not sent
    is given up, and its pegs go back. A second dispatch changes nothing.
    """
    transfer = _locked(transfer_id)
    if not _become(transfer, TransferStatus.IN_TRANSIT, dispatched_at=now()):
        return transfer
    moving = _chosen({line.id: line.qty for line in transfer.lines}, quantities)
    _check_free(transfer, moving)
    for line in transfer.lines:
        line.dispatched_qty = moving.get(line.id, 0)
    db.session.flush()
    moves = _moves(transfer, moving, MoveKind.TRANSFER_OUT)
    stock.post(moves, stock.Source(SOURCE, transfer.id), transfer.number)
    _shrink_pegs(transfer)
    return transfer


def _check_free(transfer: Transfer, moving: Mapping[int, int]) -> None:
    asked: dict[stock.Key, int] = defaultdict(int)
    for line in transfer.lines:
        asked[line.product_id, transfer.from_id] += moving.get(line.id, 0)
    stock.lock([key for key, units in asked.items() if units])
    spare = stock.takeable(asked)
    for key, units in asked.items():
        if units > spare[key]:
            sku = db.session.scalar(sa.select(Product.sku).filter_by(id=key[0]))
            raise ErpError(
                f"{sku} at {transfer.source.name}: {spare[key]:,} free, {units:,} asked for; "
                "nothing was dispatched. Send fewer or free some first."
            )


def receive(
    transfer_id: int, quantities: Mapping[int, int] | None = None, *, seen: int | None = None
) -> Transfer:
    """Bring goods into the target; None takes everything in transit, else units by line id.

    `seen` is the version the person looked at: a part is not received twice by a double click.
    Raises ErpError for more than is in transit, ConflictError when somebody changed the transfer
    meanwhile. Receiving one that is received already changes nothing.
    """
    transfer = _locked(transfer_id)
    if transfer.status == TransferStatus.RECEIVED and (quantities is None or seen is not None):
        return transfer
    moving = _on_the_road(transfer, quantities, seen)
    for line in transfer.lines:
        line.received_qty += moving.get(line.id, 0)
    _arrived(transfer, _moves(transfer, moving, MoveKind.TRANSFER_IN), RECEIPT_SOURCE)
    publish(TransferReceived(transfer.id))
    return transfer


def give_back(
    transfer_id: int, quantities: Mapping[int, int] | None = None, *, seen: int | None = None
) -> Transfer:
    """Take goods in transit back into the source; None takes all of them, else units by line id.

    Who waited for them needs other supply. A transfer of which nothing arrives is cancelled.
    Raises as `receive` does.
    """
    transfer = _locked(transfer_id)
    moving = _on_the_road(transfer, quantities, seen)
    for line in transfer.lines:
        line.returned_qty += moving.get(line.id, 0)
    home = _moves(transfer, moving, MoveKind.TRANSFER_IN)
    moves = [replace(move, warehouse_id=transfer.from_id) for move in home]
    _arrived(transfer, moves, RETURN_SOURCE)
    return transfer


def _on_the_road(
    transfer: Transfer, quantities: Mapping[int, int] | None, seen: int | None
) -> dict[int, int]:
    """Return the units that end their journey now, by line id."""
    if seen not in (None, transfer.version):
        raise ConflictError(
            f"{transfer.number} changed meanwhile; open it again to see what is still in transit."
        )
    _demand_step(transfer, TransferStatus.RECEIVED)
    return _chosen({line.id: in_transit(_units(line)) for line in transfer.lines}, quantities)


def _arrived(transfer: Transfer, moves: list[Move], source: str) -> None:
    """Write what follows when units reached one end: status, document, ledger, pegs."""
    status = status_on_the_road(_units(line) for line in transfer.lines)
    done = {"received_at": now()} if status == TransferStatus.RECEIVED else {}
    if status == transfer.status == TransferStatus.IN_TRANSIT:
        _count_on(transfer)
    else:
        _become(transfer, status, **done)
    document = TransferReceipt(transfer_id=transfer.id, actor=actor())
    db.session.add(document)
    db.session.flush()
    stock.post(moves, stock.Source(source, document.id), transfer.number)
    _shrink_pegs(transfer)


def _count_on(transfer: Transfer) -> None:
    """Raise the version without another status: a form that was seen before is refused."""
    db.session.flush()
    mine = sa.update(Transfer).where(Transfer.id == transfer.id)
    db.session.execute(mine.values(version=Transfer.version + 1))
    db.session.refresh(transfer)


def cancel(transfer_id: int) -> Transfer:
    """Give up a draft or requested transfer; its pegs go. Cancelling again changes nothing."""
    transfer = _locked(transfer_id)
    if transfer.status in MOVING:
        status = WORDS[TransferStatus(transfer.status)]
        raise ConflictError(f"{transfer.number} is {status}; receive it or send it back.")
    if _become(transfer, TransferStatus.CANCELLED):
        _shrink_pegs(transfer)
    return transfer


def _locked(transfer_id: int) -> Transfer:
    query = sa.select(Transfer).where(Transfer.id == transfer_id).with_for_update()
    transfer = db.session.scalar(query.execution_options(populate_existing=True))
    if transfer is None:
        raise NotFoundError("This transfer does not exist (any more).")
    db.session.refresh(transfer, ["lines"])
    return transfer


def _demand_step(transfer: Transfer, wanted: TransferStatus) -> None:
    if not may_become(TransferStatus(transfer.status), wanted):
        raise ConflictError(
            f"{transfer.number} is {WORDS[TransferStatus(transfer.status)]}; "
            f"it cannot become {WORDS[wanted]}."
        )


def _become(transfer: Transfer, wanted: TransferStatus, **values: Any) -> bool:
    """Change the status if it is still the one seen; False when it is the wanted one already."""
    seen = transfer.status
    if seen == wanted and not may_become(TransferStatus(seen), wanted):
        return False
    _demand_step(transfer, wanted)
    db.session.flush()
    done = db.session.execute(
        sa.update(Transfer)
        .where(Transfer.id == transfer.id, Transfer.status == seen)
        .values(status=wanted, version=Transfer.version + 1, **values)
        .execution_options(synchronize_session=False)
    )
    if done.rowcount != 1:  # type: ignore[attr-defined]
        raise ConflictError(f"Somebody else changed {transfer.number} first; nothing was changed.")
    _log(transfer, seen, wanted)
    db.session.refresh(transfer)
    return True


def _log(transfer: Transfer, before: str, after: str) -> None:
    states = {"before": {"status": before}, "after": {"status": after}}
    record(db.session(), "change", "inventory_transfer", transfer.id, **states)


def _chosen(limits: Mapping[int, int], asked: Mapping[int, int] | None) -> dict[int, int]:
    try:
        return share_out(limits, asked)
    except ValueError as error:
        raise ErpError(f"{error}.") from None


def _units(line: TransferLine) -> Units:
    return Units(line.qty, line.dispatched_qty, line.received_qty, line.returned_qty)


def _moves(transfer: Transfer, moving: Mapping[int, int], kind: MoveKind) -> list[Move]:
    leaves = kind is MoveKind.TRANSFER_OUT
    place, sign = (transfer.from_id, -1) if leaves else (transfer.to_id, 1)
    return [
        Move(line.product_id, place, sign * moving[line.id], kind, line.id)
        for line in transfer.lines
        if line.id in moving
    ]


def _shrink_pegs(transfer: Transfer) -> None:
    status = TransferStatus(transfer.status)
    coming = {line.id: still_to_come(status, _units(line)) for line in transfer.lines}
    pegs.shrink_supply(SOURCE, coming)


def promised(product_ids: Collection[int]) -> dict[stock.Key, int]:
    """Return units by (product, warehouse) that requested transfers are going to take out."""
    query = (
        sa.select(TransferLine.product_id, Transfer.from_id, sa.func.sum(TransferLine.qty))
        .join(Transfer)
        .where(Transfer.status == TransferStatus.REQUESTED)
        .where(TransferLine.product_id.in_(product_ids))
        .group_by(TransferLine.product_id, Transfer.from_id)
    )
    rows: Iterable[Any] = db.session.execute(query).all()
    return {(product, place): int(units) for product, place, units in rows}
