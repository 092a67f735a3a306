"""A book of open orders of any size: Zipf demand, 4 lines an order, half the products short.

One order of service, three warehouses that share one pool and a dropshipper: the data of the
studies that set the goals, in the product's own tables. Seeded, so two runs see the same book.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import accumulate
from random import Random

import sqlalchemy as sa

from benchmarks.loading import load
from erp_core.companies import first_company
from erp_core.db import db, is_sqlite, transaction
from erp_core.jobs import run_now
from erp_core.settings import save
from plugins.inventory.models import Product, StockBalance, StockMove, Warehouse
from plugins.sales.models import Customer, SalesOrder, SalesOrderLine

SKUS, CUSTOMERS, PER_ORDER = 20_000, 1_000, 4
PLACES = (("A", "warehouse"), ("B", "warehouse"), ("C", "warehouse"), ("D", "dropship"))
FIRST_DAY = date(2024, 1, 1)
REFRESH = "backorders.refresh"


@dataclass(slots=True)
class Plan:
    """What the book will hold; `stock` is known once every line was drawn."""

    lines: int
    skus: int = SKUS
    random: Random = field(default_factory=lambda: Random(7))
    names: list[int] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)
    demand: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.names = list(range(1, self.skus + 1))
        self.random.shuffle(self.names)
        self.weights = list(accumulate(1 / rank for rank in range(1, self.skus + 1)))
        self.demand = [0] * (self.skus + 1)

    @property
    def orders(self) -> int:
        return self.lines // PER_ORDER

    def product(self) -> int:
        """Draw a product: the n-th most popular one with a weight of 1/n."""
        at = bisect(self.weights, self.random.random() * self.weights[-1])
        return self.names[min(self.skus - 1, at)]

    def order_rows(self) -> Iterator[tuple]:
        for number in range(1, self.orders + 1):
            day = FIRST_DAY + timedelta(
                days=number * 365 // self.orders + self.random.randint(0, 6)
            )
            buyer = number % CUSTOMERS + 1
            yield number, f"SO-{1000 + number}", 1, buyer, 1, "confirmed", number, day.isoformat()

    def line_rows(self) -> Iterator[tuple]:
        for row in range(self.orders * PER_ORDER):
            product, units = self.product(), self.random.randint(1, 12)
            self.demand[product] += units
            yield row + 1, row // PER_ORDER + 1, row % PER_ORDER + 1, product, units, 500

    def stock_rows(self) -> list[tuple[int, int, int]]:
        """Cover half of the products with 10 % to spare, the others with a part of their demand."""
        rows = []
        for product in range(1, self.skus + 1):
            enough = self.random.random() < 0.5
            pool = int(self.demand[product] * (1.1 if enough else self.random.random() * 0.8))
            first, second = pool // 2, (pool - pool // 2) // 2
            parts = (first, second, pool - first - second, pool // 3)
            rows += [(product, place, units) for place, units in enumerate(parts, start=1)]
        return rows


def fill(lines: int, skus: int = SKUS) -> None:
    """Fill the present application's empty database, then let the full pass give out the stock."""
    plan = Plan(lines, skus)
    with transaction():
        _write(plan)
        save("backorders", "allocation_scope", "company", by="benchmark")
    settle_down()
    run_now(REFRESH, by="benchmark")
    settle_down()


def _write(plan: Plan) -> None:
    connection = db.session.connection()
    _without_checks(connection)
    _write_masters(connection, plan)
    names = ("id", "number", "company_id", "customer_id", "warehouse_id", "status", "sequence")
    load(connection, SalesOrder, (*names, "ordered_on"), plan.order_rows())
    names = ("id", "order_id", "position", "product_id", "ordered_qty", "unit_price_minor")
    load(connection, SalesOrderLine, names, plan.line_rows())
    _write_stock(connection, plan)
    _count_on(connection, plan)


def _without_checks(connection: sa.Connection) -> None:
    """The rows are right by construction; checking 3 million references would take minutes."""
    if not is_sqlite():
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")


def _write_masters(connection: sa.Connection, plan: Plan) -> None:
    company = first_company()
    assert company is not None
    assert company.id == 1
    connection.execute(sa.delete(Warehouse))
    places = [(key, 1, code, code, kind) for key, (code, kind) in enumerate(PLACES, start=1)]
    load(connection, Warehouse, ("id", "company_id", "code", "name", "kind"), places)
    connection.execute(sa.update(Warehouse).where(Warehouse.id == 4).values(serves_id=1))
    products = ((key, f"P{key:05}", f"Product {key}", 500) for key in range(1, plan.skus + 1))
    load(connection, Product, ("id", "sku", "name", "sale_price_minor"), products)
    people = ((key, f"C{key:04}", f"Customer {key}") for key in range(1, CUSTOMERS + 1))
    load(connection, Customer, ("id", "code", "name"), people)


def _write_stock(connection: sa.Connection, plan: Plan) -> None:
    stock = plan.stock_rows()
    load(connection, StockBalance, ("product_id", "warehouse_id", "on_hand"), stock)
    moves = (
        (key, product, place, units, "opening", "benchmark", key)
        for key, (product, place, units) in enumerate(stock, start=1)
        if units
    )
    names = ("id", "product_id", "warehouse_id", "qty", "kind", "source", "source_id")
    load(connection, StockMove, names, moves)


def _count_on(connection: sa.Connection, plan: Plan) -> None:
    """Let keys and document numbers go on behind what was loaded."""
    for name in ("service", "sales_order"):
        if is_sqlite():
            row = {"name": name, "value": plan.orders}
            text = "INSERT OR REPLACE INTO core_sequence (name, value) VALUES (:name, :value)"
            connection.execute(sa.text(text), row)
        else:
            connection.execute(sa.select(sa.func.setval(f"erp_seq_{name}", plan.orders)))
    if is_sqlite():
        return
    for model in (Warehouse, Product, Customer, SalesOrder, SalesOrderLine, StockMove):
        name = model.__tablename__
        last = f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), max(id)) FROM {name}"
        connection.exec_driver_sql(last)


def settle_down() -> None:
    """Vacuum with fresh statistics, as a running server has them."""
    _outside("ANALYZE", "VACUUM ANALYZE")


def calm_down() -> None:
    """Vacuum or checkpoint outside the clock, so that nobody pays for what was before."""
    tables = "backorders_queue, backorders_balance, backorders_order, backorders_backorder"
    _outside("SELECT 1", f"VACUUM {tables}, inventory_balance")


def _outside(on_sqlite: str, on_postgres: str) -> None:
    db.session.remove()
    with db.engine.connect() as connection:
        raw = connection.connection.dbapi_connection
        if is_sqlite():
            raw.execute(on_sqlite)
            raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            return
        raw.rollback()
        raw.autocommit = True
        raw.execute("SET statement_timeout = 0")
        raw.execute(on_postgres)
        raw.execute("RESET statement_timeout")
        raw.autocommit = False
