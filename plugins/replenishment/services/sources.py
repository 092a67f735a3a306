"""What replenishment asks the sources of supply: who delivers, how fast, and on which terms."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from erp_core.db import db
from erp_core.registry import providers
from plugins.inventory.ports import Need, Offer, SupplySource
from plugins.inventory.services.upsert import chunks


@dataclass(frozen=True, slots=True)
class Supplier:
    """Who supplies a product by default, and its lead time in days."""

    id: int
    name: str
    days: int


def suppliers(product_ids: Collection[int]) -> dict[int, Supplier]:
    """Return the supplier of each product; the first source that knows one names it."""
    found: dict[int, Supplier] = {}
    for source in providers(SupplySource):  # type: ignore[type-abstract]
        known = source.suppliers()
        if known is None:
            continue
        rows = known.subquery()
        product, *_rest = rows.c
        for part in chunks(sorted(set(product_ids) - found.keys())):
            answers = db.session.execute(sa.select(rows).where(product.in_(part)))
            found |= {key: Supplier(number, name, days) for key, number, name, days in answers}
    return found


@dataclass(frozen=True, slots=True)
class Way:
    """New supply that a source offers for a need."""

    source: SupplySource
    offer: Offer


def ways(needs: Sequence[Need]) -> list[Way | None]:
    """Return for each need the best offer of new supply that can be taken, or None.

    A transfer moves what is there already; it is offered where stock is requested, not here.
    """
    found: list[Way | None] = [None] * len(needs)
    for source in providers(SupplySource):  # type: ignore[type-abstract]
        for place, offers in enumerate(source.offers_for(needs)):
            usable = [offer for offer in offers if not offer.problem and offer.available is None]
            if usable and found[place] is None:
                found[place] = Way(source, usable[0])
    return found
