"""Purchasing's answer to inventory's question: who can supply this, and what is on its way."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import sqlalchemy as sa

from plugins.inventory.ports import Incoming, Need, Offer, SupplyLink, SupplyRequest
from plugins.purchasing.models import SUPPLY_SOURCE
from plugins.purchasing.services import offering, requesting, suppliers


class PurchaseSupply:
    """Supply by purchase orders: new ones, and drafts that were not sent yet."""

    key = SUPPLY_SOURCE

    def offers_for(self, needs: Sequence[Need]) -> list[list[Offer]]:
        """List a new order at each supplier, the preferred first, then open drafts (F063-F067)."""
        return offering.offers_for(needs)

    def request(self, wanted: Sequence[SupplyRequest]) -> list[SupplyLink]:
        """Make or extend drafts for the requests, peg them, and return one link for each."""
        return requesting.request(wanted)

    def links(self, supply_line_ids: Collection[int]) -> Mapping[int, SupplyLink]:
        """Return the purchase orders behind pegged lines (F071)."""
        return offering.links(supply_line_ids)

    def incoming(self, product_ids: Collection[int]) -> list[Incoming]:
        """List what suppliers were told to deliver into stock and what has not come yet."""
        return offering.incoming(product_ids)

    def planned(self, product_ids: Collection[int]) -> list[Incoming]:
        """List what stands on drafts that go into stock."""
        return offering.planned(product_ids)

    def suppliers(self) -> sa.Select[tuple[int, int, str, int]]:
        """Return (product_id, supplier_id, supplier_name, lead_time_days), one row a product."""
        return suppliers.preferred()
