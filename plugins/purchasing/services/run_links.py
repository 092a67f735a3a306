"""The address that shows exactly the orders that somebody just made."""

from __future__ import annotations

from collections.abc import Sequence

from plugins.inventory.ports import SupplyLink
from plugins.purchasing.domain.ranges import in_ranges

LIST = "/purchasing/order/"


def address_of(links: Sequence[SupplyLink]) -> str:
    """Return the address of the one order, or of the list of these and no others."""
    if len(links) == 1:
        return links[0].url
    ids = [int(link.url.rstrip("/").rpartition("/")[2]) for link in links]
    return f"{LIST}?ids={in_ranges(ids)}" if ids else LIST
