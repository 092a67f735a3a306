"""What back orders answer when others ask: free stock, needs, and what may ship."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from erp_core.access import can
from erp_core.errors import ErpError
from plugins.backorders.models import DEMAND_SOURCE
from plugins.backorders.ports import Charge
from plugins.backorders.services import explain, forcing, needs, shippable
from plugins.backorders.services.layout import layout
from plugins.inventory.ports import Need, Waiter
from plugins.sales.ports import Kept

REFUSED = 13
"""Last two digits of amounts that the trial gateway declines, so that people can see a refusal."""


class KeptStock:
    """Free stock is what no order line holds (inventory's port FreeStock)."""

    def free(self, product_ids: Collection[int]) -> Mapping[tuple[int, int], int]:
        """Return how many units could be taken from each warehouse."""
        return explain.free_units(product_ids)


class BackorderDemand:
    """Short order lines need supply (inventory's port DemandSource)."""

    key = DEMAND_SOURCE

    def needs(self, product_ids: Collection[int] | None = None) -> list[Need]:
        """List what is short and not on its way, oldest claim first."""
        return needs.needs(product_ids)

    def waiters(self, line_ids: Collection[int]) -> Mapping[int, Waiter]:
        """Say who waits behind these order lines."""
        return needs.waiters(line_ids)


class GivenUnits:
    """What may leave is what was given to a line (sales' port Reservations)."""

    def shippable(self, line_ids: Collection[int]) -> Mapping[int, int] | None:
        """Return units given to each line; None while the workflow is off."""
        return shippable.units(line_ids)

    def waiting(self, product_ids: Collection[int], warehouse_id: int) -> Mapping[int, int]:
        """Return what the lines at this location wait for, by product."""
        return shippable.waiting(product_ids, warehouse_id)

    def kept(self) -> Kept | None:
        """Say which orders lack stock; None while the workflow is off."""
        return shippable.kept()

    def pool_warehouses(self, warehouse_id: int) -> list[int]:
        """Return the warehouses that an order at this location draws on, its own first."""
        return shippable.places(warehouse_id)


class ForcedUnits:
    """Units held back by hand, typed on the page that edits an order (F005, F006)."""

    key = "forced"
    title = "Back order"
    help = "Units put on back order by hand, also when there is stock. 0 ends it."

    def shown(self) -> bool:
        """Say whether this person may force back orders, and the workflow is on."""
        return can("backorders.force") and layout().awake

    def values(self, line_ids: Collection[int]) -> Mapping[int, int]:
        """Return the forced units of each line that stands in the queue."""
        return shippable.forced(line_ids)

    def save(self, units: Mapping[int, int]) -> None:
        """Hold exactly so many units of each line back."""
        forcing.force(units, reason="Typed on the order")


class TrialGateway:
    """A gateway that takes no money: to try card mode with (A14)."""

    key = "test"

    def capture(self, charge: Charge) -> str:
        """Accept, with the same reference for the same key; refuse amounts that end in 13."""
        if charge.amount_minor % 100 == REFUSED:
            raise ErpError(
                "The card was declined: the test gateway takes no amount that ends in 13."
            )
        return f"TEST-{charge.key}"
