"""The stock ledger and its balances; `post` is the only writer of both (I1, I2)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from erp_core.audit import actor
from erp_core.db import db, now
from erp_core.errors import ConflictError, ErpError
from erp_core.events import publish
from erp_core.registry import providers
from plugins.inventory.domain.places import LOCATIONS
from plugins.inventory.domain.quantities import LIMIT, allowed
from plugins.inventory.events import Move, StockMoved
from plugins.inventory.models import Product, StockBalance, StockMove, Warehouse
from plugins.inventory.ports import FreeStock
from plugins.inventory.services.upsert import chunks, insert

Key = tuple[int, int]
_KEY = sa.tuple_(StockBalance.product_id, StockBalance.warehouse_id)


@dataclass(frozen=True, slots=True)
class Source:
    """The document behind ledger rows: a stable name and its id."""

    name: str
    id: int


def post(moves: Sequence[Move], source: Source, reason: str = "") -> None:
    """Write moves to the ledger and the balances, then announce them (I1).

    Moves of untracked products are left out (F027). Raises ErpError naming SKU, place, on hand
    and asked when a balance would fall below 0 (I2); then nothing is written.
    """
    kept = _tracked(moves)
    if not kept:
        return
    deltas = _net(kept)
    _check(deltas, lock(deltas))
    _write_ledger(kept, source, reason)
    _write_balances(deltas)
    publish(StockMoved(tuple(kept)))


def _tracked(moves: Sequence[Move]) -> list[Move]:
    if any(not move.qty or abs(move.qty) > LIMIT for move in moves):
        raise ErpError(f"A stock movement needs a quantity: {allowed()}.")
    ids = {move.product_id for move in moves}
    known: set[int] = set()
    for part in chunks(sorted(ids)):
        query = sa.select(Product.id).where(Product.id.in_(part), Product.tracked.is_(True))
        known.update(db.session.scalars(query))
    return [move for move in moves if move.product_id in known]


def _net(moves: Iterable[Move]) -> dict[Key, int]:
    """Sum the moves of each place: two lines of one product are checked together."""
    sums: dict[Key, int] = defaultdict(int)
    for move in moves:
        sums[move.product_id, move.warehouse_id] += move.qty
    return dict(sums)


def lock(keys: Collection[Key]) -> dict[Key, int]:
    """Lock the balances of (product, warehouse) pairs in that order; returns what is on hand.

    Missing balances are made with 0 units before anything is locked: locking what is there first
    and the rest afterwards would leave the order, and two clients could wait for each other.
    """
    missing = sorted(set(keys) - _read(keys, locked=False).keys())
    if missing:
        rows = [{"product_id": p, "warehouse_id": w, "on_hand": 0} for p, w in missing]
        db.session.execute(insert(StockBalance).on_conflict_do_nothing(), rows)
    return _read(keys, locked=True)


def _read(keys: Collection[Key], *, locked: bool) -> dict[Key, int]:
    found: dict[Key, int] = {}
    for part in chunks(sorted(keys)):
        query = _balances_of(part)
        rows = db.session.execute(query.with_for_update() if locked else query)
        found |= {(product, warehouse): units for product, warehouse, units in rows}
    return found


def _balances_of(keys: Collection[Key]) -> sa.Select[int, int, int]:
    """Return the query for some balances, in the order of locks.

    The products alone would do no harm, but they are what SQLite needs to use its index: for a
    list of pairs it reads the whole table.
    """
    products = {product for product, _warehouse in keys}
    return (
        sa.select(StockBalance.product_id, StockBalance.warehouse_id, StockBalance.on_hand)
        .where(_KEY.in_(list(keys)), StockBalance.product_id.in_(products))
        .order_by(StockBalance.product_id, StockBalance.warehouse_id)
    )


def _check(deltas: Mapping[Key, int], have: Mapping[Key, int]) -> None:
    short = [key for key in sorted(deltas) if have[key] + deltas[key] < 0]
    if short:
        product, warehouse = short[0]
        sku = db.session.scalar(sa.select(Product.sku).filter_by(id=product))
        place = db.session.scalar(sa.select(Warehouse.name).filter_by(id=warehouse))
        more = f" {len(short) - 1} more products are short, too." if len(short) > 1 else ""
        raise ErpError(
            f"{sku} at {place}: {have[short[0]]:,} on hand, {-deltas[short[0]]:,} asked for; "
            f"nothing was changed.{more}"
        )


def _write_ledger(moves: Sequence[Move], source: Source, reason: str) -> None:
    same = {"source": source.name, "source_id": source.id, "at": now()}
    same |= {"reason": reason[:254], "actor": actor()}
    rows = [
        {
            "product_id": move.product_id,
            "warehouse_id": move.warehouse_id,
            "qty": move.qty,
            "kind": move.kind,
            "source_line": move.line,
            **same,
        }
        for move in moves
    ]
    db.session.execute(sa.insert(StockMove), rows)


def _write_balances(deltas: Mapping[Key, int]) -> None:
    """Add the sums; the guard in the statement holds even where a lock was forgotten."""
    changed = {key: units for key, units in sorted(deltas.items()) if units}
    if not changed:
        return
    table = StockBalance.__table__
    delta = sa.bindparam("delta", type_=sa.BigInteger)
    statement = (
        sa.update(StockBalance)
        .where(table.c.product_id == sa.bindparam("product"))
        .where(table.c.warehouse_id == sa.bindparam("warehouse"))
        .where(table.c.on_hand + delta >= 0)
        .values(on_hand=table.c.on_hand + delta)
    )
    rows = [{"product": p, "warehouse": w, "delta": units} for (p, w), units in changed.items()]
    done = db.session.connection().execute(statement, rows).rowcount
    if done != len(rows):
        raise ConflictError("Somebody took the same stock at the same moment; nothing was changed.")
    _forget_loaded()


def _forget_loaded() -> None:
    """Let balances that somebody loaded be read again; they were changed behind their back."""
    for row in list(db.session.identity_map.values()):
        if isinstance(row, StockBalance):
            db.session.expire(row)


def on_hand(product_ids: Collection[int] | None = None) -> dict[Key, int]:
    """Return units on hand by (product, warehouse), every kind of warehouse; None: all products."""
    return _balances(product_ids, sa.true())


def _balances(product_ids: Collection[int] | None, extra: sa.ColumnElement[bool]) -> dict[Key, int]:
    query = (
        sa.select(StockBalance.product_id, StockBalance.warehouse_id, StockBalance.on_hand)
        .join(Warehouse, Warehouse.id == StockBalance.warehouse_id)
        .where(StockBalance.on_hand > 0, extra)
    )
    parts = [query]
    if product_ids is not None:
        lists = chunks(sorted(set(product_ids)))
        parts = [query.where(StockBalance.product_id.in_(part)) for part in lists]
    rows = (row for part in parts for row in db.session.execute(part))
    return {(product, warehouse): units for product, warehouse, units in rows}


def free(product_ids: Collection[int]) -> dict[Key, int]:
    """Return units given to nobody by (product, location).

    Whoever answers the port FreeStock decides; else it is all that stores and warehouses hold.
    """
    answers = providers(FreeStock)  # type: ignore[type-abstract]
    if answers:
        return dict(answers[0].free(product_ids))
    return _balances(product_ids, Warehouse.kind.in_(sorted(LOCATIONS)))


def takeable(keys: Collection[Key]) -> dict[Key, int]:
    """Return how many units may leave each place without taking what is given to somebody.

    Never more than is on hand. Defective and reserved stock counts for nobody, so all of it may
    leave; so may dropship stock that the answer to FreeStock does not name.
    """
    products = {product for product, _warehouse in keys}
    here, spare = on_hand(products), free(products)
    kinds = {key: kind for key, kind in db.session.execute(sa.select(Warehouse.id, Warehouse.kind))}
    result: dict[Key, int] = {}
    for key in keys:
        uncounted = 0 if kinds.get(key[1]) in LOCATIONS else here.get(key, 0)
        result[key] = max(0, min(here.get(key, 0), spare.get(key, uncounted)))
    return result
