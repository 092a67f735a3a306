"""The trade of the back-order tests, with rules for its shelves."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from erp_core.db import db, now
from plugins.inventory.events import MoveKind
from plugins.inventory.models import StockMove
from plugins.replenishment.models import ReorderRule
from tests.plugins.backorders.market import Act
from tests.plugins.backorders.views_trade import Trade, open_trade


@pytest.fixture
def trade(ctx: Flask) -> Trade:
    """Open the trade inside the test's own transaction."""
    return open_trade()


@pytest.fixture
def shop(act: Act) -> Trade:
    """Open the trade, committed."""
    found: Trade = act(open_trade)
    return found


def rule(trade: Trade, product: int, **facts: Any) -> ReorderRule:
    """Add a rule for Porto: order 20 at 5, unless said otherwise."""
    values = {"warehouse_id": trade.market.porto, "min_qty": 5, "max_qty": 20, **facts}
    made = ReorderRule(product_id=product, **values)
    db.session.add(made)
    db.session.flush()
    return made


def shipped(product: int, place: int, *units: int) -> None:
    """Write shipments of the last days into the ledger: `units` today, yesterday, and so on."""
    rows = [
        {
            "product_id": product,
            "warehouse_id": place,
            "qty": -qty,
            "kind": MoveKind.SHIPMENT,
            "source": "test.shipped",
            "source_id": ago,
            "source_line": 1,
            "at": now() - timedelta(days=ago),
        }
        for ago, qty in enumerate(units)
        if qty
    ]
    db.session.execute(sa.insert(StockMove), rows)
