"""Plays six weeks of the demo business through the same services that people use.

One fixed seed: the demo, the tests and the pictures in the documentation show the same data.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from random import Random

import sqlalchemy as sa

from erp_core.db import db, now
from plugins.backorders.models import OPEN_BACKORDERS, Backorder, Status
from plugins.backorders.services import fulfil, request_stock
from plugins.inventory.models import Product
from plugins.inventory.ports import Offer
from plugins.inventory.services import adjust, stock, transfers
from plugins.purchasing.models import PurchaseOrder, PurchaseStatus
from plugins.purchasing.services import orders as purchases
from plugins.purchasing.services import receiving
from plugins.sales.models import SalesOrder
from plugins.sales.services import orders as sales
from plugins.sales.services import payments, shipping
from plugins.samples.demo import masters
from plugins.samples.demo.business import ARTICLES
from plugins.samples.demo.masters import Masters

SEED = 7
DAYS = 42
ORDERS = 90
SELLING = ("LYON", "PORTO", "OUTLET", "CENTRAL")


class DemoBusiness:
    """Answers the core's question for demo data."""

    def fill(self) -> str:
        """Write the demo business; does nothing when there are products already."""
        if db.session.scalar(sa.select(Product.id).limit(1)) is not None:
            return ""
        story = _Story(masters.write())
        story.play()
        return "A demo business with four stores, four suppliers and six weeks of orders is there."


class _Story:
    """Six weeks: opening stock, orders by date, deliveries, and everyday exceptions."""

    def __init__(self, keys: Masters) -> None:
        self.keys = keys
        self.random = Random(SEED)  # noqa: S311 - believable, not secret
        self.today = now().date()
        self.stocked = [a for a in ARTICLES if a.tracked and not a.custom]
        self.prices = {keys.articles[article.sku]: article.price for article in ARTICLES}

    def play(self) -> None:
        """Play the whole story in the order in which it happened."""
        self._opening_stock()
        made = sales.create([self._order(number) for number in range(ORDERS)])
        ids = [order.id for order in made]
        sales.confirm(ids[:-4])
        self._pay(made[:-4])
        self._ship(ids[:50])
        self._everyday(ids)
        self._supply()
        self._fulfil()
        self._age()

    def _opening_stock(self) -> None:
        for code, most in (("LYON", 34), ("PORTO", 26), ("OUTLET", 20), ("CENTRAL", 48)):
            self._open(code, {a.sku: self.random.randint(0, most) for a in self.stocked})
        kettles = {a.sku: 40 for a in self.stocked if a.supplier == "HARBOR"}
        self._open("DROP", kettles)
        self._open("QUARANTINE", {"HF-310": 3, "NL-4410": 2})
        self._open("SHOWROOM", {"BA-100": 1, "HF-405": 1})

    def _open(self, code: str, units: dict[str, int]) -> None:
        balances = {self.keys.articles[sku]: qty for sku, qty in units.items() if qty}
        adjust.open_balances(self.keys.places[code], balances)

    def _order(self, number: int) -> sales.NewOrder:
        back = DAYS - number * DAYS // ORDERS
        day = self.today - timedelta(days=back)
        chosen = self.random.sample(ARTICLES, self.random.choice((1, 1, 2, 2, 3, 4)))
        return sales.NewOrder(
            customer_id=self.random.choice(sorted(self.keys.buyers.values())),
            warehouse_id=self.keys.places[self.random.choice(SELLING)],
            lines=tuple(self._line(self.keys.articles[article.sku]) for article in chosen),
            ordered_on=day,
            required_on=day + timedelta(days=14),
            channel=self.random.choice(("office", "web", "web", "store")),
        )

    def _line(self, product_id: int) -> sales.NewLine:
        qty = self.random.choice((1, 1, 2, 2, 3, 4, 5, 8, 12))
        return sales.NewLine(product_id, qty, self.prices[product_id], 500 if qty >= 8 else 0)

    def _pay(self, orders: list[SalesOrder]) -> None:
        for order in orders:
            part = self.random.choice((0, 30, 100, 100, 100))
            amount = order.total_minor * part // 100
            if amount:
                method = self.random.choice(("card", "bank transfer"))
                payments.record(order.id, method, amount)

    def _ship(self, order_ids: list[int]) -> None:
        """Ship most older orders as far as they are covered."""
        for order_id in order_ids:
            order = db.session.get_one(SalesOrder, order_id)
            if self.random.random() < 0.85 and any(shipping.shippable(order).values()):
                shipping.ship(order_id)

    def _everyday(self, ids: list[int]) -> None:
        waiting = [order_id for order_id in ids[50:-4]]
        sales.hold(waiting[3:5])
        sales.cancel(waiting[8:11])
        sales.approve(waiting[12:16])
        move = transfers.NewTransfer(
            self.keys.places["CENTRAL"], self.keys.places["LYON"], self._spare("CENTRAL"), ""
        )
        if move.lines:
            transfer = transfers.create(move)
            transfers.request(transfer.id)
            transfers.dispatch(transfer.id)

    def _spare(self, code: str) -> tuple[tuple[int, int], ...]:
        """Choose two products that have a few free units at a place."""
        place, products = self.keys.places[code], list(self.keys.articles.values())
        free = stock.free(products)
        spare = [product for product in products if free.get((product, place), 0) >= 4]
        return tuple((product, 3) for product in spare[:2])

    def _supply(self) -> None:
        """Request supply for the older half of what waits; let some of it arrive."""
        query = sa.select(Backorder).where(Backorder.status.in_(OPEN_BACKORDERS))
        rows = list(db.session.scalars(query.order_by(Backorder.id)))
        for row in rows[: len(rows) // 2]:
            missing = row.short_qty - row.requested_qty
            offers = [o for o in request_stock.offers([row.id]) if _serves(o, missing)]
            bought = [offer for offer in offers if offer.available is None]
            chosen = offers if row.id % 5 == 0 else bought or offers
            if chosen and missing > 0:
                request_stock.request([row.id], chosen[0].key)
        self._deliver()

    def _deliver(self) -> None:
        drafts = sa.select(PurchaseOrder.id).filter_by(status=PurchaseStatus.DRAFT)
        ids = list(db.session.scalars(drafts.order_by(PurchaseOrder.id)))
        for order_id in ids[:-2]:
            purchases.mark_sent(order_id)
        for number, order_id in enumerate(ids[: len(ids) // 2]):
            order = db.session.get_one(PurchaseOrder, order_id)
            half = {line.id: (line.open_qty + 1) // 2 for line in order.lines}
            receiving.receive(order_id, half if number % 2 else None)
        if len(ids) > 4:
            purchases.cancel(ids[-3])

    def _fulfil(self) -> None:
        """Hand over some of what has arrived."""
        ready = sa.select(Backorder.id).filter_by(status=Status.STOCK_AVAILABLE)
        for record in list(db.session.scalars(ready.order_by(Backorder.id).limit(7))):
            if fulfil.ready(record).qty:
                fulfil.fulfil(record)

    def _age(self) -> None:
        """Let each back order be as old as its order."""
        rows = db.session.execute(
            sa.select(Backorder, SalesOrder.ordered_on).join(
                SalesOrder, SalesOrder.id == Backorder.order_id
            )
        )
        for record, day in rows:
            record.opened_at = _morning(day)
        db.session.flush()


def _serves(offer: Offer, units: int) -> bool:
    enough = offer.available is None or offer.available >= units
    return enough and not offer.problem


def _morning(day: date) -> datetime:
    return datetime.combine(day, time(9, 12), UTC)
