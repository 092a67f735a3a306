"""The stock ledger: every movement, with its document, read-only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from flask import g, request

from erp_core.admin.views import Chip, ErpModelView
from erp_core.db import db
from erp_core.plugin import Filter
from plugins.inventory.models import (
    Product,
    StockAdjustment,
    StockMove,
    Transfer,
    TransferReceipt,
)
from plugins.inventory.services import adjust, transfers
from plugins.inventory.views import drawing

Documents = dict[tuple[str, int], tuple[str, str]]


class LedgerView(ErpModelView):
    """Rows of the ledger, the newest first."""

    key = "inventory.move"
    see = "inventory.view"
    title = "Stock ledger"
    subtitle = "Every movement of stock; rows are never changed or deleted"
    can_view_details = False
    column_select_related_list = (StockMove.product, StockMove.warehouse)
    column_list = (
        "at",
        "product.sku",
        "product.name",
        "warehouse.name",
        "kind",
        "qty",
        "source",
        "reason",
        "actor",
    )
    column_labels = {
        "at": "When",
        "product.sku": "SKU",
        "product.name": "Product",
        "warehouse.name": "Warehouse",
        "kind": "Why",
        "qty": "Units",
        "source": "Document",
        "actor": "Who",
    }
    column_align_end = frozenset({"qty"})
    column_sortable_list = ("at", "qty")
    column_default_sort = ("id", True)
    column_searchable_list = ("product.sku", "product.name", "reason")
    column_formatters = {
        "at": lambda v, c, row, n: drawing.when(row.at),
        "product.sku": lambda v, c, row, n: drawing.link(
            row.product.sku, f"/inventory/product/{row.product_id}/"
        ),
        "kind": lambda v, c, row, n: drawing.move_title(row.kind),
        "qty": lambda v, c, row, n: drawing.signed(row.qty),
        "source": lambda v, c, row, n: document(row, g.inventory_documents),
    }
    own_filters = (
        Filter(
            "warehouse",
            "Warehouse",
            lambda: [("", "All warehouses"), *drawing.places()],
            lambda value: StockMove.warehouse_id == int(value),
        ),
        Filter(
            "kind",
            "Why",
            lambda: [("", "All movements"), *drawing.MOVES.items()],
            lambda value: StockMove.kind == value,
        ),
    )

    def get_list(self, *args: Any, **kwargs: Any) -> Any:
        """Return a page of movements; their documents are read for all rows at once."""
        count, rows = super().get_list(*args, **kwargs)
        if isinstance(rows, list):
            g.inventory_documents = document_links(rows)
        return count, rows

    def _conditions(self) -> list[Any]:
        found: list[Any] = super()._conditions()
        chosen = request.args.get("product", "")
        if chosen.isdecimal():
            found.append(StockMove.product_id == min(int(chosen), 2**62))
        return found

    def chips(self) -> list[Chip]:
        """Return the chosen product, and the way back to all."""
        chosen = request.args.get("product", "")
        sku = self._sku(int(chosen)) if chosen.isdecimal() and len(chosen) < 18 else None
        if sku is None:
            return []
        here = self.get_url(".index_view", product=chosen)
        everything = self.get_url(".index_view")
        return [Chip("All products", None, everything), Chip(sku, None, here, active=True)]

    def _sku(self, product_id: int) -> str | None:
        found: str | None = db.session.scalar(sa.select(Product.sku).filter_by(id=product_id))
        return found

    def empty_state(self) -> dict[str, str]:
        """Say why there is nothing."""
        return {"icon": "list-details", "sentence": "No stock has moved yet."}


def document_links(moves: Sequence[StockMove]) -> Documents:
    """Return number and address of the documents of inventory behind ledger rows."""
    ids: dict[str, set[int]] = defaultdict(set)
    for move in moves:
        ids[move.source].add(move.source_id)
    receipt, page = TransferReceipt.id, Transfer.id
    by_receipt = sa.select(receipt, Transfer.number, page).join(TransferReceipt.transfer)
    by_transfer = sa.select(page, Transfer.number, page)
    papers = sa.select(StockAdjustment.id, StockAdjustment.number, sa.null())
    found: Documents = {}
    for source in (adjust.SOURCE, adjust.UNDO_SOURCE):
        found |= _documents(source, ids[source], papers.where(StockAdjustment.id.in_(ids[source])))
    sent = transfers.SOURCE
    found |= _documents(sent, ids[sent], by_transfer.where(page.in_(ids[sent])))
    for came in (transfers.RECEIPT_SOURCE, transfers.RETURN_SOURCE):
        found |= _documents(came, ids[came], by_receipt.where(receipt.in_(ids[came])))
    return found


def _documents(source: str, ids: set[int], query: Any) -> Documents:
    rows: Sequence[Any] = db.session.execute(query).all() if ids else ()
    return {
        (source, key): (number, f"/inventory/transfer/{page}/" if page else "")
        for key, number, page in rows
    }


def document(move: StockMove, documents: Documents) -> Any:
    """Return a movement's document: its number as a link, else the source's name."""
    number, url = documents.get((move.source, move.source_id), ("", ""))
    if not number:
        name = move.source.rpartition(".")[2].replace("_", " ").capitalize()
        return f"{name} {move.source_id}"
    return drawing.link(number, url) if url else number
