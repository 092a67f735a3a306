"""What can be requested for back orders, and the choices that a dialog offers for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa

from erp_core.db import db
from erp_core.errors import ErpError
from erp_core.registry import providers
from plugins.backorders.models import Backorder
from plugins.inventory.ports import Need, Offer, SupplyRequest, SupplySource
from plugins.inventory.ports import SupplyLink as Link

CUSTOMER = "customer"
GONE = "This way to get stock is not offered any more; choose another one."


@dataclass(frozen=True, slots=True)
class Choice:
    """One offer of one source; `key` names both and travels through the form."""

    source: SupplySource
    offer: Offer

    @property
    def key(self) -> str:
        """Return source and offer as one word."""
        return f"{self.source.key}|{self.offer.key}"

    @property
    def transfers(self) -> bool:
        """Say whether it moves stock that is there already."""
        return self.offer.available is not None

    def places(self, need: Need) -> list[tuple[str, str]]:
        """Return where goods can go, as a select shows it: locations, then the customer (F065)."""
        found = [(str(key), name) for key, name in self.offer.places]
        if self.offer.can_ship_to_customer and need.ship_to:
            found.append((CUSTOMER, f"Ship to customer: {' '.join(need.ship_to.split())}"))
        return found


@dataclass(slots=True)
class Order:
    """What a person wants: a choice, for which need, how many, delivered where."""

    choice: Choice
    need: Need
    qty: int
    place: str = ""

    def request(self) -> SupplyRequest:
        """Return the request; raises ErpError for a place that was not offered."""
        places = dict(self.choice.places(self.need))
        if self.place and self.place not in places:
            raise ErpError("Choose one of the places in the list to deliver to.")
        to_customer = self.place == CUSTOMER
        return SupplyRequest(
            offer=self.choice.offer.key,
            need=self.need,
            qty=self.qty,
            place_id=int(self.place) if self.place and not to_customer else None,
            ship_to_customer=to_customer,
        )


def choices_for(needs: Sequence[Need]) -> list[list[Choice]]:
    """Return for each need every offer of every source, those that make new supply first."""
    found: list[list[Choice]] = [[] for _ in needs]
    for source in providers(SupplySource):  # type: ignore[type-abstract]
        for choices, offers in zip(found, source.offers_for(needs), strict=True):
            choices.extend(Choice(source, offer) for offer in offers)
    return [sorted(choices, key=lambda choice: choice.transfers) for choices in found]


def carry_out(orders: Sequence[Order]) -> list[Link]:
    """Hand the requests to their sources, all of a source at once; one link for each."""
    links: dict[int, Link] = {}
    sources: dict[str, list[int]] = {}
    for place, order in enumerate(orders):
        sources.setdefault(order.choice.source.key, []).append(place)
    for places in sources.values():
        source = orders[places[0]].choice.source
        made = source.request([orders[place].request() for place in places])
        links |= dict(zip(places, made, strict=True))
    db.session.flush()
    return [links[place] for place in range(len(orders))]


@dataclass(frozen=True, slots=True)
class OtherWaiters:
    """Who else waits for the same product: back orders and units nobody requested."""

    orders: int
    missing: int


def others(row: Backorder) -> OtherWaiters:
    """Count the other open back orders of a product, for the hint of the dialog."""
    lacking = sa.case(
        (
            Backorder.short_qty > Backorder.requested_qty,
            Backorder.short_qty - Backorder.requested_qty,
        ),
        else_=0,
    )
    query = sa.select(
        sa.func.count(Backorder.order_id.distinct()), sa.func.coalesce(sa.func.sum(lacking), 0)
    ).where(
        Backorder.product_id == row.product_id,
        Backorder.closed_at.is_(None),
        Backorder.id != row.id,
        lacking > 0,
    )
    count, missing = db.session.execute(query).one()
    return OtherWaiters(int(count), int(missing))


MOST = 1_000_000
"""The largest quantity of one request."""


def whole(text: str) -> int:
    """Return typed text as a quantity; raises ValueError with what is allowed."""
    clean = text.strip()
    number = int(clean) if clean.isascii() and clean.isdigit() and len(clean) < 12 else 0
    if not 1 <= number <= MOST:
        raise ValueError(f"Enter a whole number from 1 to {MOST:,}.")
    return number


@dataclass(slots=True)
class Form:
    """What was typed into a dialog and what is wrong with it, by field name."""

    values: Mapping[str, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    problem: str = ""

    def get(self, name: str, default: str = "") -> str:
        """Return what was typed, else what is proposed."""
        return self.values.get(name, default)
