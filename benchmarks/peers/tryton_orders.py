"""Drives Tryton through its public model API: 300 orders of 4 lines, then one reservation pass.

Runs in an environment of its own (`make bench-peers`); prints what it measured as JSON. Usage:
tryton_orders.py SERVER_URI DATABASE, where the database exists and is empty.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from datetime import date
from decimal import Decimal
from pathlib import Path
from random import Random
from statistics import median

import psycopg
from trytond import config

ORDERS, LINES, PRODUCTS, SINGLES = 300, 4, 100, 20
TODAY = date(2026, 11, 2)


class Meter:
    """CPU of this process and of the backends that serve the database."""

    def __init__(self, server: str, name: str) -> None:
        self.connection = psycopg.connect(f"{server}/postgres", autocommit=True)
        self.name = name

    def cpu(self) -> float:
        cursor = self.connection.cursor()
        query = "SELECT pid FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()"
        cursor.execute(query, (self.name,))
        spent = [Path(f"/proc/{pid}/schedstat").read_text().split()[0] for (pid,) in cursor]
        return time.process_time() + sum(map(int, spent)) * 1e-9


def install(server: str, name: str) -> None:
    """Create Tryton's tables and activate the modules that take and reserve orders."""
    folder = tempfile.mkdtemp()
    settings, password = Path(folder) / "trytond.conf", Path(folder) / "password"
    settings.write_text(f"[database]\nuri = {server}\n")
    password.write_text("admin\n")
    config.update_etc(str(settings))
    program = str(Path(sys.executable).with_name("trytond-admin"))
    admin = [program, "-c", str(settings), "-d", name]
    options = ["--all", "-p", "--email", "admin@example.com"]
    env = {"TRYTONPASSFILE": str(password), "PATH": "/usr/bin:/bin"}
    subprocess.run([*admin, *options], check=True, env=env, capture_output=True)
    modules = ["-u", "sale", "purchase", "stock", "--activate-dependencies"]
    subprocess.run([*admin, *modules], check=True, env=env, capture_output=True)


def masters(pool) -> tuple:
    """Make a company, a customer, products, and stock of half of what will be wanted."""
    Currency, Party, Company = map(
        pool.get, ("currency.currency", "party.party", "company.company")
    )
    User, Unit, Category = map(pool.get, ("res.user", "product.uom", "product.category"))
    euro = Currency(name="Euro", symbol="€", code="EUR")
    euro.save()
    owner, buyer = Party(name="Shop", addresses=[{}]), Party(name="Customer", addresses=[{}])
    Party.save([owner, buyer])
    company = Company(party=owner, currency=euro)
    company.save()
    (user,) = User.search([("login", "=", "admin")])
    user.companies, user.company = [company], company
    user.save()
    (unit,) = Unit.search([("symbol", "=", "u")], limit=1)
    category = Category(name="Goods", accounting=True)
    category.save()
    return company, buyer, unit, category


def products(pool, unit, category) -> list:
    Template = pool.get("product.template")
    made = []
    for number in range(PRODUCTS):
        made.append(
            Template(
                name=f"P{number:03}",
                type="goods",
                default_uom=unit,
                salable=True,
                sale_uom=unit,
                list_price=Decimal(5),
                account_category=category,
                products=[{}],
            )
        )
    Template.save(made)
    return [template.products[0] for template in made]


def stock(pool, goods, unit, company, units: int) -> None:
    """Bring goods into the storage zone of the first warehouse."""
    Location, Move = pool.get("stock.location"), pool.get("stock.move")
    (warehouse,) = Location.search([("type", "=", "warehouse")], limit=1)
    (lost,) = Location.search([("type", "=", "lost_found")], limit=1)
    moves = [
        Move(
            product=product,
            unit=unit,
            quantity=units,
            from_location=lost,
            to_location=warehouse.storage_location,
            company=company,
            planned_date=TODAY,
            effective_date=TODAY,
        )
        for product in goods
    ]
    Move.save(moves)
    Move.do(moves)


def sale(pool, buyer, goods, unit, company, random: Random):
    Sale = pool.get("sale.sale")
    lines = [
        {
            "product": product.id,
            "quantity": random.randint(1, 12),
            "unit": unit.id,
            "unit_price": Decimal(5),
            "description": product.rec_name,
        }
        for product in random.sample(goods, LINES)
    ]
    address = buyer.addresses[0]
    values = {
        "company": company.id,
        "party": buyer.id,
        "invoice_party": buyer.id,
        "shipment_party": buyer.id,
        "invoice_address": address.id,
        "shipment_address": address.id,
        "currency": company.currency.id,
        "sale_date": TODAY,
        "invoice_method": "manual",
        "shipment_method": "order",
        "lines": [("create", lines)],
    }
    (made,) = Sale.create([values])
    return made


def confirm(pool, sales) -> None:
    Sale = pool.get("sale.sale")
    Sale.quote(sales)
    Sale.confirm(sales)
    Sale.process(sales)


def main() -> None:
    server, name = sys.argv[1:]
    install(server, name)
    from trytond.pool import Pool
    from trytond.transaction import Transaction

    Pool.start()
    pool = Pool(name)
    with Transaction().start(name, 0):
        pool.init()
    meter, random = Meter(server, name), Random(7)
    with Transaction().start(name, 0) as transaction:
        company, buyer, unit, category = masters(pool)
        transaction.commit()
        kept = {"company": company.id, "employee": None}
    with Transaction().start(name, 0, context=kept) as transaction:
        names = ("company.company", "party.party", "product.uom", "product.category")
        found = (company, buyer, unit, category)
        company, buyer, unit, category = (
            pool.get(model)(record.id) for model, record in zip(names, found, strict=True)
        )
        goods = products(pool, unit, category)
        stock(pool, goods, unit, company, ORDERS * LINES * 6 // PRODUCTS // 2)
        made = [sale(pool, buyer, goods, unit, company, random) for _ in range(ORDERS)]
        confirm(pool, made)
        transaction.commit()
        one, walls = [], []
        for _ in range(SINGLES):
            wall, cpu = time.perf_counter(), meter.cpu()
            confirm(pool, [sale(pool, buyer, goods, unit, company, random)])
            transaction.commit()
            walls.append(time.perf_counter() - wall)
            one.append(meter.cpu() - cpu)
    with Transaction().start(name, 0, context=kept) as transaction:
        Shipment = pool.get("stock.shipment.out")
        waiting = Shipment.search([("state", "=", "waiting")], order=[("id", "ASC")])
        wall, cpu = time.perf_counter(), meter.cpu()
        Shipment.assign_try(waiting)
        transaction.commit()
        wall, cpu = time.perf_counter() - wall, meter.cpu() - cpu
        moves = pool.get("stock.move").search(
            [("shipment", "like", "stock.shipment.out,%"), ("state", "=", "assigned")], count=True
        )
    print(
        json.dumps(
            {
                "lines": len(waiting) * LINES,
                "assigned_moves": moves,
                "pass_cpu": cpu,
                "pass_wall": wall,
                "order_cpu": median(one),
                "order_wall": median(walls),
            }
        )
    )


if __name__ == "__main__":
    main()
